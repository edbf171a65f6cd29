#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "barman/core/log.h"
#include "barman/exec/command.h"

namespace barman::exec {

// Where one output stream of a command goes: kept, split into lines for a callback, logged. The same for children and
// for ssh channels.
class StreamSink {
 public:
  static StreamSink for_output(const Command& command);
  static StreamSink for_error(const Command& command);
  void feed(std::string_view bytes);
  void finish();  // the last line may lack its end
  std::string take() { return std::move(kept_); }

 private:
  StreamSink() = default;
  void emit(std::string_view line);

  std::function<void(std::string_view)> on_line_;
  std::string logger_;
  log::Level level_ = log::Level::debug;
  bool logged_ = false;
  std::size_t keep_ = 0;  // at most this many bytes, the last ones
  std::size_t most_ = 0;  // beyond it, what is kept whole is an endless answer: Error(remote), which ends the command
  std::string program_;
  std::string kept_;
  std::string partial_;
};

}  // namespace barman::exec
