#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "barman/output/writer.h"
#include "stream.h"

namespace barman::output {

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

}  // namespace barman::output
