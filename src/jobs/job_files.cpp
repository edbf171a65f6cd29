#include "barman/jobs/job_files.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"

namespace barman::jobs {
namespace {

constexpr std::string_view logger = "barman.jobs";
constexpr std::string_view suffix = ".json";
constexpr mode_t for_us_alone = 0600;  // what is to be changed may be a password
constexpr std::size_t largest_file = 16 * 1024 * 1024;
constexpr Micros time_to_begin = std::chrono::minutes(1);
constexpr const char* died = "The process that did this has ended before it was done.\n";

std::string directory_of(const config::GlobalConfig& global, const std::string& server, const char* name) {
  return server.empty() ? fmt::format("{}/{}", global.barman_home, name)
                        : fmt::format("{}/{}/{}", global.barman_home, server, name);
}

}  // namespace

JobFiles::JobFiles(const config::GlobalConfig& global, std::string server)
    : server_(std::move(server)),
      jobs_(directory_of(global, server_, "jobs")),
      output_(directory_of(global, server_, "output")) {}

std::string JobFiles::job_path(const std::string& id) const { return fmt::format("{}/{}{}", jobs_, id, suffix); }
std::string JobFiles::output_path(const std::string& id) const { return fmt::format("{}/{}{}", output_, id, suffix); }
std::string JobFiles::lock_path(const std::string& id) const { return fmt::format("{}/.{}.lock", jobs_, id); }

std::vector<std::string> JobFiles::ids_in(const std::string& directory) const {
  std::vector<std::string> ids;
  for (const std::string& name : fs::list_directory_if_exists(directory)) {
    if (!name.ends_with(suffix)) continue;
    if (std::string id = name.substr(0, name.size() - suffix.size()); is_id(id)) ids.push_back(std::move(id));
  }
  return ids;
}

std::vector<JobFiles::Item> JobFiles::list() const {
  std::vector<Item> items;
  for (const std::string& id : ids_in(jobs_)) {
    const auto text = fs::read_file_if_exists(job_path(id), largest_file);
    if (const auto type = text ? type_in(*text) : std::nullopt)
      items.push_back({id, *type});
    else
      log::warning(logger, "{} is not the file of an operation", job_path(id));
  }
  return items;
}

// Nobody does it, and nobody will. Who begins makes the file of the lock, takes it, and puts a number into it: one that
// is free was held if it is not empty.
bool JobFiles::is_over(const std::string& id, const Timestamp& now) const {
  if (const auto lock = fs::stat_if_exists(lock_path(id))) {
    if (fs::lock_state(lock_path(id)).held) return false;
    if (lock->st_size > 0) return true;
  }
  const auto info = fs::stat_if_exists(job_path(id));
  return info && now.fractional_seconds() - fs::mtime_seconds(*info) > static_cast<double>(time_to_begin.count()) / 1e6;
}

std::optional<State> JobFiles::state(const std::string& id, const Timestamp& now) const {
  const auto ended = [&]() -> std::optional<State> {
    const auto text = fs::read_file_if_exists(output_path(id), largest_file);
    if (!text) return std::nullopt;
    return success_in(*text).value_or(false) ? State::done : State::failed;
  };
  if (!is_id(id)) return std::nullopt;
  if (const auto state = ended()) return state;
  if (!fs::exists(job_path(id))) return std::nullopt;
  if (!is_over(id, now)) return State::in_progress;
  return ended().value_or(State::failed);  // its output comes before it lets go of its lock
}

std::string JobFiles::create(std::string_view body, Type type, const Timestamp& now) const {
  fs::make_directories(jobs_);
  fs::make_directories(output_);
  const fs::LockFile lock = fs::LockFile::acquire(jobs_ + "/.new.lock");
  Timestamp at = now;
  std::string id = to_backup_id(at);
  while (fs::exists(job_path(id)) || fs::exists(output_path(id))) {
    at = at + std::chrono::seconds(1);
    id = to_backup_id(at);
  }
  fs::replace_file(job_path(id), job_text(body, type, now), for_us_alone);
  return id;
}

JobFiles::Claim JobFiles::claim(const std::string& id) const {
  const std::string whose = server_.empty() ? "the instance" : fmt::format("server '{}'", server_);
  const auto none = [&] {
    return Error(Errc::not_found, fmt::format("There is no operation '{}' of {}", id, whose),
                 fmt::format("the operations are the files in {}", jobs_));
  };
  if (!is_id(id) || !fs::exists(job_path(id))) throw none();
  auto lock = fs::LockFile::try_acquire(lock_path(id));
  if (!lock) throw Error(Errc::refused, fmt::format("Operation '{}' of {} is being done", id, whose));
  if (fs::exists(output_path(id)))
    throw Error(Errc::refused, fmt::format("Operation '{}' of {} has ended", id, whose), "ask for a new one");
  auto job = fs::read_file_if_exists(job_path(id), largest_file);
  if (!job) throw none();
  return {std::move(*lock), std::move(*job)};
}

void JobFiles::finish(const Claim& claim, const std::string& id, const Result& result) const {
  fs::make_directories(output_);
  fs::replace_file(output_path(id), output_text(claim.job, result), for_us_alone);
}

void JobFiles::settle(const Timestamp& now) const {
  for (const std::string& id : ids_in(jobs_)) {
    if (fs::exists(output_path(id)) || !is_over(id, now)) continue;
    try {
      finish(claim(id), id, {false, now, died});
      log::warning(logger, "Operation {} has failed: its process has ended before it was done", id);
    } catch (const Error& error) {
      if (error.code() != Errc::refused && error.code() != Errc::not_found) throw;  // somebody was faster
    }
  }
}

void JobFiles::remove_ended(const Timestamp& now, Micros age) const {
  for (const std::string& id : ids_in(output_)) {
    const auto info = fs::stat_if_exists(output_path(id));
    if (!info || now.fractional_seconds() - fs::mtime_seconds(*info) < static_cast<double>(age.count()) / 1e6) continue;
    fs::remove_durably(job_path(id));  // first: without output it would count as one that has failed
    fs::remove_file(lock_path(id));
    fs::remove_durably(output_path(id));
  }
}

}  // namespace barman::jobs
