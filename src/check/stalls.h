#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/check/check.h"
#include "barman/core/time.h"
#include "barman/report/check.h"

// Stalls, judged from facts alone. Sizes are bytes.
namespace barman::check {

inline constexpr Micros longest_wait = std::chrono::minutes(15);

struct SlotHold {
  std::string name;
  bool wanted = false;  // the configuration streams through it
  bool active = false;
  std::uint64_t held_back = 0;
  std::uint64_t allowed = 0;  // what PostgreSQL keeps without it: max_wal_size
};
std::optional<report::Stall> judge_slot_hold(const SlotHold& slot, const std::string& receive, const std::string& drop);

// WAL that archive-wal should have archived.
struct Queue {
  std::string directory;
  std::size_t count = 0;
  Micros oldest{0};       // age
  std::size_t unfit = 0;  // of them, those that archive-wal cannot take as they are
  std::string example{};  // one of those, and why: "NAME is ..."
};
std::optional<report::Stall> judge_waiting(const Queue& queue, const std::string& archive);

struct ArchiveCommand {
  std::optional<std::string> failed_wal;
  std::int64_t failures = 0;           // since the statistics were reset
  std::optional<Micros> last_failure;  // ages
  std::optional<Micros> last_success;
};
std::optional<report::Stall> judge_archive_command(const ArchiveCommand& state, const std::string& test);

struct Progress {
  std::string newest;       // segment in the archive
  Micros age{0};            // since it came
  std::uint64_t ahead = 0;  // segments that PostgreSQL has completed after it
};
std::optional<report::Stall> judge_progress(const Progress& progress, const std::string& explain);

struct Room {
  std::string directory;
  std::uint64_t free = 0, total = 0;              // for this user
  std::uint64_t free_files = 0, total_files = 0;  // total 0: the file system does not count
};
// `segment_size` of the server's WAL: 64 of them, or a fiftieth of the disk, is what must be free.
std::optional<report::Stall> judge_room(const Room& room, std::uint64_t segment_size, const std::string& list);

// "1GB" or "64MB", as SHOW prints a size; std::nullopt for anything else.
std::optional<std::uint64_t> bytes_of_setting(std::string_view shown);

}  // namespace barman::check
