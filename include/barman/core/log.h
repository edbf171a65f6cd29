#pragma once
#include <fmt/core.h>

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

// The log file (config.md section 6). One process-wide sink, opened once at start; loggers are named by the module that
// speaks ("barman.backup"). spdlog writes it; nothing outside core knows.
namespace barman::log {

enum class Level { debug, info, warning, error, critical };

// Python's names, any case, or its numbers ("20"); NOTSET is debug.
std::optional<Level> parse_level(std::string_view text);

struct Settings {
  std::string file;    // absolute or relative path; empty: standard error
  std::string format;  // Python logging format; empty: "%(asctime)s [%(process)s] %(name)s %(levelname)s: %(message)s"
  Level level = Level::info;
};

// Opens for append, creating the parent directory. When the file cannot be opened the log goes to standard error,
// starting with Barman's warning. A file that was renamed away is reopened. Safe from several threads.
void open(const Settings& settings);
void set_level(Level level);

namespace detail {
extern std::atomic<int> threshold;  // above every level until open()
}
inline bool enabled(Level level) {
  return static_cast<int>(level) >= detail::threshold.load(std::memory_order_relaxed);
}

// Passwords are redacted here, whatever the caller passes. Before open() nothing is written.
void write(Level level, std::string_view logger, std::string_view message);

// While one exists, lines for the file are gathered and written together, at most some tens of KiB late: for work that
// reports very many things. The last one ends with all written. A process that is killed loses what was gathered.
class Burst {
 public:
  Burst();
  ~Burst();
  Burst(const Burst&) = delete;
  Burst& operator=(const Burst&) = delete;
};

template <typename... Args>
void debug(std::string_view logger, fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::debug)) write(Level::debug, logger, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void info(std::string_view logger, fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::info)) write(Level::info, logger, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void warning(std::string_view logger, fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::warning)) write(Level::warning, logger, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void error(std::string_view logger, fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::error)) write(Level::error, logger, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace barman::log
