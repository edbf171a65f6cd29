#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "barman/output/writer.h"
#include "stream.h"
#include "terminal.h"

namespace barman::output {

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

}  // namespace barman::output
