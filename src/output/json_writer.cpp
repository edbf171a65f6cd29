#include "json_writer.h"

#include <unistd.h>

#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/output/python_json.h"

namespace barman::output {

namespace {
constexpr std::string_view logger = "barman.output";

// As the console's lines and the log are: wherever a report got its text from, a password does not leave.
void redact(nlohmann::json& value) {
  if (value.is_structured()) {
    for (nlohmann::json& part : value) redact(part);
  } else if (auto* text = value.get_ptr<std::string*>()) {
    *text = redact_passwords(*text);
  }
}

}  // namespace

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
  // A report may have added messages of its own: they come after those told while it was made.
  for (auto& [key, texts] : messages_) {
    nlohmann::json merged = texts;
    if (const auto own = root_.find(key); own != root_.end()) merged.insert(merged.end(), own->begin(), own->end());
    root_[key] = std::move(merged);
  }
  redact(root_);
  // A payload of raw bytes and a document cannot share one stream.
  if (!raw_written_) out_.write(to_python_json(root_));
}

}  // namespace barman::output
