#include "stall_watch.h"

#include <fmt/core.h>

#include <chrono>

#include "barman/app/check.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/parallel.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::app {
namespace {

constexpr std::string_view logger = "barman.server";
constexpr std::chrono::seconds patience{10};      // with one server
constexpr std::chrono::seconds time_for_all{30};  // cron is started again every minute
constexpr std::size_t most_at_once = 8;

std::string memory_file(const config::GlobalConfig& global, const config::ServerConfig& config) {
  return fmt::format("{}/.{}-stalls", global.barman_home, config.name);
}

void watch(const config::GlobalConfig& global, const config::ServerConfig& config) {
  const std::string file = memory_file(global, config);
  const StallMemory known = parse_stalls(fs::read_file_if_exists(file).value_or(""));
  const check::StallSearch search = stalls_of_server(global, config, patience);
  const StallNews news = compare(known, search.found, search.complete, now());
  for (const report::Stall& stall : news.begun)
    log::warning(logger, "Server {}: {}: {}. Try: {}", config.name, stall.kind, stall.text, stall.command);
  for (const auto& [kind, since] : news.over)
    log::info(logger, "Server {}: {}: this is over, it was reported {} ago", config.name, kind,
              human_interval(std::chrono::floor<std::chrono::seconds>(now() - since)));
  if (news.memory == known) return;
  if (news.memory.empty())
    fs::remove_file(file);
  else
    fs::replace_file(file, to_text(news.memory));
}

// A full disk is reported, although that cannot be remembered.
void watch_guarded(const config::GlobalConfig& global, const config::ServerConfig& config) {
  try {
    watch(global, config);
  } catch (const std::exception& error) {
    log::debug(logger, "Cannot look for stalls on server {}: {}", config.name, error.what());
  }
}

}  // namespace

StallMemory parse_stalls(const std::string& text) {
  StallMemory memory;
  for (const std::string& line : split_lines(text)) {
    const std::size_t blank = line.find(' ');
    const auto seconds = parse_decimal(std::string_view(line).substr(0, blank));
    if (blank == std::string::npos || !seconds || blank + 1 == line.size()) continue;
    memory[line.substr(blank + 1)] = local_timestamp(*seconds * 1'000'000);
  }
  return memory;
}

std::string to_text(const StallMemory& memory) {
  std::string text;
  for (const auto& [kind, since] : memory) text += fmt::format("{} {}\n", since.seconds(), kind);
  return text;
}

StallNews compare(const StallMemory& known, const std::vector<report::Stall>& found, bool complete,
                  const Timestamp& now) {
  StallNews news;
  for (const report::Stall& stall : found) {
    const auto since = known.find(stall.kind);
    if (since == known.end()) news.begun.push_back(stall);
    news.memory.emplace(stall.kind, since == known.end() ? now : since->second);
  }
  for (const auto& [kind, since] : known) {
    if (news.memory.contains(kind)) continue;
    (complete ? news.over : news.memory).emplace(kind, since);
  }
  return news;
}

namespace {

StallMemory remembered(const config::GlobalConfig& global, const config::ServerConfig& config) {
  return parse_stalls(fs::read_file_if_exists(memory_file(global, config)).value_or(""));
}

}  // namespace

bool is_stalled(const config::GlobalConfig& global, const config::ServerConfig& config, const std::string& kind) {
  return remembered(global, config).contains(kind);
}

std::vector<report::KnownStall> known_stalls(const config::GlobalConfig& global, const config::ServerConfig& config) {
  std::vector<report::KnownStall> stalls;
  for (const auto& [kind, since] : remembered(global, config)) stalls.push_back({kind, since});
  return stalls;
}

void watch_for_stalls(const config::GlobalConfig& global, const std::vector<const config::ServerConfig*>& servers) {
  const auto end = std::chrono::steady_clock::now() + time_for_all;
  run_parallel(servers.size(), most_at_once, [&](std::size_t i) {
    if (signals::pending() == 0 && std::chrono::steady_clock::now() <= end) watch_guarded(global, *servers[i]);
  });
}

}  // namespace barman::app
