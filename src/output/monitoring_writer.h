#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "barman/output/writer.h"
#include "stream.h"

namespace barman::output {

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

}  // namespace barman::output
