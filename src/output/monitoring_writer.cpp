#include "monitoring_writer.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

#include "barman/core/log.h"
#include "barman/core/text.h"

namespace barman::output {

namespace {

constexpr std::string_view logger = "barman.output";
constexpr int critical = 2;

// Plugins read one line, of which what follows a bar are numbers.
std::string one_line(std::string_view text) {
  std::string line = replace_all(trim(text), "\n", " * ");
  std::ranges::replace_if(
      line, [](char c) { return c == '\t' || c == '\r'; }, ' ');
  std::ranges::replace(line, '|', '/');
  return line;
}

}  // namespace

MonitoringWriter::MonitoringWriter() : out_(STDOUT_FILENO) {}

void MonitoringWriter::info(std::string_view text, Logged logged) {
  if (logged == Logged::yes) log::write(log::Level::info, logger, text);
}

void MonitoringWriter::warning(std::string_view text, Logged logged) {
  if (logged == Logged::yes) log::write(log::Level::warning, logger, text);
}

void MonitoringWriter::error(std::string_view text, Logged logged) {
  if (logged == Logged::yes) log::write(log::Level::error, logger, text);
  if (first_error_.empty()) first_error_ = redact_passwords(text);
}

void MonitoringWriter::advise(std::string_view text) { log::write(log::Level::warning, logger, text); }

void MonitoringWriter::debug(std::string_view text) { log::write(log::Level::debug, logger, text); }

void MonitoringWriter::raw(std::string_view bytes) {
  answered_ = true;
  out_.write(bytes);
}

int MonitoringWriter::close() {
  if (!answered_)
    out_.write(fmt::format("BARMAN CRITICAL - {}\n", first_error_.empty() ? "no result" : one_line(first_error_)));
  return out_.finish() && answered_ ? 0 : critical;
}

}  // namespace barman::output
