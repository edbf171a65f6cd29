#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "barman/output/writer.h"

namespace barman::output {

// Keeps the lines that a report writes to a console.
class RecordingWriter : public Writer {
 public:
  void info(std::string_view, Logged) override {}
  void warning(std::string_view, Logged) override {}
  void error(std::string_view, Logged) override {}
  void debug(std::string_view) override {}
  void line(std::string_view text) override { text_ += std::string(text) + "\n"; }
  nlohmann::json* document() override { return nullptr; }
  void raw(std::string_view bytes) override { text_ += bytes; }
  std::string good(std::string_view word) const override { return std::string(word); }
  std::string bad(std::string_view word) const override { return std::string(word); }
  std::unique_ptr<Progress> progress(std::string_view) override { return std::make_unique<NoProgress>(); }
  void fatal(std::string_view) override {}
  void advise(std::string_view) override {}
  void fail() override {}
  int close() override { return 0; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

template <typename Report>
std::string console_text(const Report& report) {
  RecordingWriter writer;
  writer.write(report);
  return writer.text();
}

template <typename Report>
nlohmann::json json_of(const Report& report) {
  nlohmann::json root = nlohmann::json::object();
  write_json(report, root);
  return root;
}

}  // namespace barman::output
