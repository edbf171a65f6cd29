#include "console_writer.h"

#include <fmt/core.h>
#include <unistd.h>

#include "barman/core/log.h"
#include "barman/core/redact.h"
#include "terminal.h"

namespace barman::output {

namespace {
constexpr std::string_view logger = "barman.output";
constexpr std::string_view red = "\033[31m", green = "\033[32m", yellow = "\033[33m", plain = "\033[0m";
}  // namespace

ConsoleWriter::ConsoleWriter(const WriterSettings& settings)
    : settings_(settings),
      out_(STDOUT_FILENO),
      err_(STDERR_FILENO),
      terminal_(STDERR_FILENO, settings.plain_terminal ? TerminalKind::plain : TerminalKind::redrawn) {}

void ConsoleWriter::info(std::string_view text, Logged logged) {
  if (logged == Logged::yes) log::write(log::Level::info, logger, text);
  if (settings_.quiet) return;
  const auto ours = terminal_.step_aside();
  line(text);
  if (bursts_ == 0) out_.flush();
}

void ConsoleWriter::warning(std::string_view text, Logged logged) {
  if (logged == Logged::yes) log::write(log::Level::warning, logger, text);
  to_stderr("WARNING: ", text, yellow);
}

void ConsoleWriter::error(std::string_view text, Logged logged) {
  failed_ = true;
  if (logged == Logged::yes) log::write(log::Level::error, logger, text);
  to_stderr("ERROR: ", text, red);
}

void ConsoleWriter::fatal(std::string_view text) {
  failed_ = true;
  to_stderr({}, text, red);
}

void ConsoleWriter::advise(std::string_view text) {
  log::write(log::Level::warning, logger, text);
  if (!settings_.quiet) to_stderr("WARNING: ", text, yellow);
}

void ConsoleWriter::debug(std::string_view text) {
  log::write(log::Level::debug, logger, text);
  if (settings_.debug) to_stderr("DEBUG: ", text, {});
}

// On a terminal there is somebody to look on.
void ConsoleWriter::begin_burst() {
  if (!::isatty(STDOUT_FILENO) && !::isatty(STDERR_FILENO)) ++bursts_;
}

void ConsoleWriter::end_burst() {
  if (bursts_ == 0 || --bursts_ > 0) return;
  out_.flush();
  err_.flush();
}

void ConsoleWriter::line(std::string_view text) {
  if (settings_.quiet) return;
  out_.write(redact_passwords(text));
  out_.write("\n");
}

void ConsoleWriter::raw(std::string_view bytes) {
  out_.write(bytes);
  out_.flush();
}

std::string ConsoleWriter::good(std::string_view word) const {
  return settings_.color ? fmt::format("{}{}{}", green, word, plain) : std::string(word);
}

std::string ConsoleWriter::bad(std::string_view word) const {
  return settings_.color ? fmt::format("{}{}{}", red, word, plain) : std::string(word);
}

std::unique_ptr<Progress> ConsoleWriter::progress(std::string_view label) {
  if (settings_.quiet || !::isatty(STDOUT_FILENO) || !::isatty(STDERR_FILENO)) return std::make_unique<NoProgress>();
  out_.flush();
  return std::make_unique<ProgressLine>(terminal_, std::string(label));
}

int ConsoleWriter::close() {
  err_.flush();
  const bool complete = out_.finish();
  return failed_ || !complete ? 1 : 0;
}

void ConsoleWriter::to_stderr(std::string_view prefix, std::string_view text, std::string_view color) {
  const auto ours = terminal_.step_aside();
  if (bursts_ == 0) out_.flush();  // the order of the two streams on a terminal is the order of the events
  const std::string message = fmt::format("{}{}", prefix, redact_passwords(text));
  err_.write(settings_.color && !color.empty() ? fmt::format("{}{}{}\n", color, message, plain) : message + "\n");
  if (bursts_ == 0) err_.flush();
}

void print_error_line(std::string_view text) {
  Stream err(STDERR_FILENO);
  err.write(redact_passwords(text));
  err.write("\n");
  err.flush();
}

}  // namespace barman::output
