#include "stream_sink.h"

#include <fmt/core.h>

#include <limits>

#include "barman/core/error.h"
#include "barman/core/numbers.h"

namespace barman::exec {
namespace {

constexpr std::size_t error_tail = 64 * 1024, longer_error_tail = 16 * 1024 * 1024;
constexpr std::size_t longest_line = 1024 * 1024;  // what is longer is passed on in pieces
constexpr std::size_t everything = std::numeric_limits<std::size_t>::max();

}  // namespace

StreamSink StreamSink::for_output(const Command& command) {
  StreamSink sink;
  sink.on_line_ = command.on_output_line;
  sink.logger_ = command.logger;
  sink.level_ = log::Level::debug;
  sink.logged_ = command.log_output && log::enabled(log::Level::debug);
  sink.keep_ = command.on_output_line ? 0 : everything;
  sink.most_ = command.most_output;
  sink.program_ = command.argv.empty() ? "" : command.argv.front();
  return sink;
}

StreamSink StreamSink::for_error(const Command& command) {
  StreamSink sink;
  sink.on_line_ = command.on_error_line;
  sink.logger_ = command.logger;
  sink.level_ = log::Level::warning;
  sink.logged_ = command.log_output && log::enabled(log::Level::warning);
  sink.keep_ = command.on_error_line ? error_tail : longer_error_tail;
  return sink;
}

void StreamSink::feed(std::string_view bytes) {
  if (keep_ == everything && bytes.size() > most_ - kept_.size())
    throw Error(Errc::remote,
                fmt::format("'{}' answers with more than {}", program_, human_size(static_cast<std::int64_t>(most_))),
                "run the command by hand to see what it says");
  if (keep_ > 0) {
    kept_.append(bytes);
    // Cut rarely: moving the tail for every read would be quadratic.
    if (keep_ != everything && kept_.size() > 2 * keep_) kept_.erase(0, kept_.size() - keep_);
  }
  if (!on_line_ && !logged_) return;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (end == std::string_view::npos || !partial_.empty()) partial_.append(piece);
    if (end == std::string_view::npos) {
      if (partial_.size() >= longest_line) finish();
      return;
    }
    if (partial_.empty())
      emit(piece);
    else
      finish();
    bytes.remove_prefix(end + 1);
  }
}

void StreamSink::finish() {
  if (keep_ != everything && kept_.size() > keep_) kept_.erase(0, kept_.size() - keep_);
  if (partial_.empty()) return;
  const std::string line = std::move(partial_);
  partial_.clear();
  emit(line);
}

void StreamSink::emit(std::string_view line) {
  if (logged_) log::write(level_, logger_, line);
  if (on_line_) on_line_(line);
}

}  // namespace barman::exec
