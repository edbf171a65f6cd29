#include "barman/output/writer.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/log.h"
#include "barman/core/redact.h"
#include "barman/core/text.h"
#include "json.h"
#include "progress.h"
#include "stream.h"

namespace barman::output {
namespace {

constexpr std::string_view logger = "barman.output";

// Text for people: results and info on stdout, warnings and errors on stderr (commands.md 1.4).
class ConsoleWriter : public Writer {
 public:
  explicit ConsoleWriter(const WriterSettings& settings);

  void info(std::string_view text, Logged logged) override;
  void warning(std::string_view text, Logged logged) override;
  void error(std::string_view text, Logged logged) override;
  void debug(std::string_view text) override;
  void begin_burst() override;
  void end_burst() override;
  void line(std::string_view text) override;
  nlohmann::json* document() override { return nullptr; }
  void raw(std::string_view bytes) override;
  std::string good(std::string_view word) const override;
  std::string bad(std::string_view word) const override;
  std::unique_ptr<Progress> progress(std::string_view label) override;
  void fatal(std::string_view text) override;
  void advise(std::string_view text) override;
  void fail() override { failed_ = true; }
  int close() override;

 private:
  void to_stderr(std::string_view prefix, std::string_view text, std::string_view color);
  WriterSettings settings_;
  Stream out_;
  Stream err_;
  TerminalLine terminal_;  // what progress is drawn on
  int bursts_ = 0;
  bool failed_ = false;
};

constexpr std::string_view red = "\033[31m", green = "\033[32m", yellow = "\033[33m", plain = "\033[0m";

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

// One JSON document on stdout, without a final newline, when the command ends (json.md 1).
class JsonWriter : public Writer {
 public:
  explicit JsonWriter(const WriterSettings& settings);

  void info(std::string_view text, Logged logged) override;
  void warning(std::string_view text, Logged logged) override;
  void error(std::string_view text, Logged logged) override;
  void debug(std::string_view text) override;
  void line(std::string_view) override {}
  nlohmann::json* document() override { return &root_; }
  void raw(std::string_view bytes) override;
  std::string good(std::string_view word) const override { return std::string(word); }
  std::string bad(std::string_view word) const override { return std::string(word); }
  std::unique_ptr<Progress> progress(std::string_view) override { return std::make_unique<NoProgress>(); }
  void fatal(std::string_view text) override { error(text, Logged::no); }
  void advise(std::string_view text) override;
  void fail() override { failed_ = true; }
  int close() override;

 private:
  void print_document();
  void message(const char* key, std::string_view text) { messages_[key].emplace_back(text); }
  WriterSettings settings_;
  Stream out_;
  nlohmann::json root_ = nlohmann::json::object();
  std::map<std::string, std::vector<std::string>> messages_;
  bool raw_written_ = false;
  bool failed_ = false;
};

// As the console's lines and the log are: wherever a report got its text from, a password does not leave.
void redact(nlohmann::json& value) {
  if (value.is_structured()) {
    for (nlohmann::json& part : value) redact(part);
  } else if (auto* text = value.get_ptr<std::string*>()) {
    *text = redact_passwords(*text);
  }
}

JsonWriter::JsonWriter(const WriterSettings& settings) : settings_(settings), out_(STDOUT_FILENO) {}

void JsonWriter::info(std::string_view text, Logged logged) {
  if (logged == Logged::yes) log::write(log::Level::info, logger, text);
  message("_INFO", text);
}

void JsonWriter::warning(std::string_view text, Logged logged) {
  if (logged == Logged::yes) log::write(log::Level::warning, logger, text);
  message("_WARNING", text);
}

void JsonWriter::error(std::string_view text, Logged logged) {
  failed_ = true;
  if (logged == Logged::yes) log::write(log::Level::error, logger, text);
  message("_ERROR", text);
}

void JsonWriter::advise(std::string_view text) { log::write(log::Level::warning, logger, text); }

void JsonWriter::debug(std::string_view text) {
  log::write(log::Level::debug, logger, text);
  if (settings_.debug) message("_DEBUG", text);
}

void JsonWriter::raw(std::string_view bytes) {
  raw_written_ = true;
  out_.write(bytes);
  out_.flush();
}

int JsonWriter::close() {
  if (!settings_.quiet) print_document();
  const bool complete = out_.finish();
  return failed_ || !complete ? 1 : 0;
}

void JsonWriter::print_document() {
  // A report may have added messages of its own: they come after those reported while it was made.
  for (auto& [key, texts] : messages_) {
    nlohmann::json merged = texts;
    if (const auto own = root_.find(key); own != root_.end()) merged.insert(merged.end(), own->begin(), own->end());
    root_[key] = std::move(merged);
  }
  redact(root_);
  // A payload of raw bytes and a document cannot share one stream.
  if (!raw_written_) out_.write(to_python_json(root_));
}

// What a monitoring plugin reads: the result that the command prints as raw(), or one line that says why there is none.
// Everything else goes to the log.
class MonitoringWriter : public Writer {
 public:
  MonitoringWriter();

  void info(std::string_view text, Logged logged) override;
  void warning(std::string_view text, Logged logged) override;
  void error(std::string_view text, Logged logged) override;
  void debug(std::string_view text) override;
  void line(std::string_view) override {}
  nlohmann::json* document() override { return nullptr; }
  void raw(std::string_view bytes) override;
  std::string good(std::string_view word) const override { return std::string(word); }
  std::string bad(std::string_view word) const override { return std::string(word); }
  std::unique_ptr<Progress> progress(std::string_view) override { return std::make_unique<NoProgress>(); }
  void fatal(std::string_view text) override { error(text, Logged::no); }
  void advise(std::string_view text) override;
  void fail() override {}  // the result says so
  int close() override;

 private:
  Stream out_;
  std::string first_error_;
  bool answered_ = false;
};

constexpr int critical = 2;

// Plugins read one line, of which what follows a bar are numbers.
std::string one_line(std::string_view text) {
  std::string line = replace_all(trim(text), "\n", " * ");
  std::ranges::replace_if(
      line, [](char c) { return c == '\t' || c == '\r'; }, ' ');
  std::ranges::replace(line, '|', '/');
  return line;
}

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

}  // namespace

std::unique_ptr<Writer> make_writer(const WriterSettings& settings) {
  if (settings.format == Format::json) return std::make_unique<JsonWriter>(settings);
  if (settings.format == Format::monitoring) return std::make_unique<MonitoringWriter>();
  return std::make_unique<ConsoleWriter>(settings);
}

bool is_plain_terminal(const char* no_color, const char* term) {
  return (no_color != nullptr && *no_color != '\0') || (term != nullptr && std::string_view(term) == "dumb");
}

void print_error_line(std::string_view text) {
  Stream err(STDERR_FILENO);
  err.write(redact_passwords(text));
  err.write("\n");
  err.flush();
}

}  // namespace barman::output
