#include "server_log.h"

#include <algorithm>

#include "barman/core/text.h"

namespace barman::drill {
namespace {

constexpr std::size_t most_last_lines = 5;

// What follows a word; nullopt: the text does not begin with it.
std::optional<std::string_view> behind(std::string_view text, std::string_view word) {
  if (!text.starts_with(word)) return std::nullopt;
  return trim(text.substr(word.size()));
}

// The first word of "0/3000028 system usage: ...".
std::optional<Lsn> leading_lsn(std::string_view text) { return parse_lsn(text.substr(0, text.find(' '))); }

}  // namespace

void ServerLog::add(std::string_view line, Time at) {
  last_.emplace_back(line);
  if (last_.size() > most_last_lines) last_.pop_front();
  if (line.starts_with("FATAL:") || line.starts_with("PANIC:")) {
    explains_ = failure_.empty();
    if (explains_) failure_.emplace_back(trim(line.substr(line.find(':') + 1)));
    return;
  }
  if (explains_ && (line.starts_with("DETAIL:") || line.starts_with("HINT:"))) {
    failure_.emplace_back(trim(line.substr(line.find(':') + 1)));
    return;
  }
  explains_ = false;
  const auto said = behind(line, "LOG:");
  if (!said) return;
  if (const auto rest = behind(*said, "redo starts at ")) {
    redo_started = at;
    redo_start = leading_lsn(*rest);
  } else if (const auto done = behind(*said, "redo done at ")) {
    redo_done = at;
    redo_end = leading_lsn(*done);
  } else if (said->starts_with("consistent recovery state reached")) {
    if (!consistent) consistent = at;
  } else if (const auto stopped = behind(*said, "recovery stopping ")) {
    stop = std::string(*stopped);
  } else if (said->ends_with("ready to accept connections")) {
    ready = at;
  }
}

std::optional<Lsn> ServerLog::last_applied() const {
  if (!redo_end || !stop || !stop->starts_with("before")) return redo_end;
  return Lsn{redo_end->value - 1};
}

std::string ServerLog::failure() const { return join(failure_, "; "); }

std::string ServerLog::last_lines() const { return join({last_.begin(), last_.end()}, "; "); }

std::optional<std::string> ServerLog::missing_library(const std::vector<std::string>& libraries) const {
  if (redo_started || failure_.empty()) return std::nullopt;
  const std::string& text = failure_.front();
  if (!text.starts_with("could not access file") && !text.starts_with("could not load library")) return std::nullopt;
  // The one that is named, by its own name or by that of its file: the longest, as one name may be part of another.
  std::optional<std::string> found;
  for (const std::string& library : libraries)
    if (text.find(base_name(library)) != std::string::npos && (!found || library.size() > found->size()))
      found = library;
  return found;
}

}  // namespace barman::drill
