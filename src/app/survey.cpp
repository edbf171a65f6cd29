#include "barman/app/survey.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "barman/app/processes.h"
#include "barman/app/recovery_window.h"
#include "barman/app/retention.h"
#include "barman/app/server_facts.h"
#include "barman/archive/wal_archive.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/backup_chain.h"
#include "barman/config/describe_ours.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/core/version.h"
#include "barman/drill/drill.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "held_wal.h"
#include "stall_watch.h"
#include "wal_volumes.h"

namespace barman::app {
namespace {

using catalog::BackupInfo;
using config::ServerConfig;

constexpr std::string_view logger = "barman.server";
// Whoever asks for metrics does not wait for a run of archive-wal, which may take long.
constexpr std::chrono::seconds time_for_locks{5};

std::string mode_of(const ServerConfig& config) {
  if (config.disabled()) return "disabled";
  if (!config.active) return "inactive";
  return config.passive() ? "passive" : "active";
}

std::optional<std::string> id_of(const BackupInfo* backup) {
  return backup == nullptr ? std::nullopt : std::optional(backup->backup_id);
}

bool is_torn(const catalog::BackupCatalog& catalog, const BackupInfo& backup) {
  return backup.type() == catalog::BackupType::incremental && !catalog.is_half_deleted(backup.backup_id) &&
         catalog::problem_of(catalog, catalog::chain_of(catalog, backup), catalog::Look::entries).has_value();
}

// The work on one server.
class ServerSurvey {
 public:
  ServerSurvey(const config::GlobalConfig& global, const ServerConfig& config, const Timestamp& at,
               const Deadline& deadline)
      : global_(global),
        config_(config),
        at_(at),
        server_(global, config, silent_, ServerContext::Given{.offline = true}) {
    server_.set_deadline(deadline);
  }

  report::SurveyedServer run() {
    describe();
    part("backups", [this] { look_at_backups(); });
    part("retention", [this] { look_at_retention(); });
    part("recovery window", [this] { look_at_window(); });
    part("WAL", [this] { look_at_wal(); });
    part("waiting WAL", [this] { look_at_waiting(); });
    part("processes", [this] { result_.processes = running_processes(server_); });
    part("stalls", [this] { result_.stalls = known_stalls(global_, config_); });
    part("drills", [this] { result_.drills = drill::read_history(config_); });
    for (const auto& [parts, why] : failures_) problem(fmt::format("{}: {}", parts, why));
    return std::move(result_);
  }

 private:
  template <typename Look>
  void part(const char* what, Look look) {
    try {
      look();
    } catch (const Error& error) {
      failed(what, error.what());
    } catch (const Interrupted&) {
      throw;
    } catch (const std::exception& error) {
      failed(what, fmt::format("internal error: {}", error.what()));
    }
  }

  // One directory that cannot be read is the end of several.
  void failed(const std::string& part, const std::string& why) {
    const auto same = std::ranges::find(failures_, why, &Failure::why);
    if (same == failures_.end())
      failures_.push_back({part, why});
    else
      same->parts += ", " + part;
  }

  void problem(const std::string& text) {
    log::debug(logger, "Server {}: {}", config_.name, text);
    result_.problems.push_back(text);
  }

  void describe() {
    result_.name = config_.name;
    result_.description = config_.description;
    result_.mode = mode_of(config_);
    result_.backup_method = to_string(config_.backup_method);
    result_.minimum_redundancy = config_.minimum_redundancy;
    result_.maximum_age = config_.last_backup_maximum_age;
    result_.maximum_wal_age = config_.last_wal_maximum_age;
    result_.streams_wal = config_.streaming_archiver && config_.live();
    result_.problems = config_.fault_texts();
    for (const auto& options : {config::describe(config_), config::describe_ours(config_)})
      for (const auto& [name, value] : options)
        if (value.source != "default") result_.configuration[name] = to_fact(name, value);
  }

  void look_at_backups() {
    const catalog::BackupCatalog& backups = server_.backups();
    if (server_.config().keeps_backups_in_store() && !config_.active)
      problem("backups: they are in an object store, which is not asked");
    for (const auto& [id, error] : backups.unreadable()) problem(error.what());
    for (auto at = backups.all().rbegin(); at != backups.all().rend(); ++at)
      if (at->second.status != catalog::BackupStatus::unknown) {
        result_.backups.push_back(look_at(at->second));
        doubt_time(at->second);
      }
    result_.first_backup = id_of(backups.oldest());
    result_.last_backup = id_of(backups.latest());
    const auto& order = backups.in_order();
    if (!order.empty() && order.back()->status == catalog::BackupStatus::failed)
      result_.failed_last = id_of(order.back());
    result_.redundancy = backups.done_full_count();
    result_.backups_known = true;
    if (const BackupInfo* latest = backups.latest()) {
      result_.system_id = latest->systemid;
      result_.postgres_version = latest->version;
      result_.segment_size = latest->xlog_segment_size;
    }
  }

  // One that was taken while the clock of some host was ahead looks young for as long.
  void doubt_time(const BackupInfo& backup) {
    constexpr std::chrono::minutes tolerated{10};
    const auto& time = backup.end_time ? backup.end_time : backup.begin_time;
    if (time && *time - at_ > tolerated)
      problem(fmt::format("backup {} is of {}, which is yet to come: a clock is or was wrong", backup.backup_id,
                          to_python(*time)));
  }

  report::SurveyedBackup look_at(const BackupInfo& backup) {
    report::SurveyedBackup to{.id = backup.backup_id,
                              .status = backup.status_text,
                              .type = std::string(to_string(backup.type())),
                              .name = backup.backup_name,
                              .parent = backup.parent_backup_id,
                              .error = backup.error,
                              .timeline = backup.timeline,
                              .begin = backup.begin_time,
                              .end = backup.end_time,
                              .seconds = {},
                              .keep = {},
                              .reasons = {}};
    to.copied = backup.copy_done() && !server_.backups().is_half_deleted(backup.backup_id);
    if (const auto keep = server_.annotations().keep(backup.backup_id))
      to.keep = *keep == catalog::KeepTarget::standalone ? "standalone" : "full";
    if (!to.copied) return to;
    to.torn = is_torn(server_.backups(), backup);
    to.size = backup.size.value_or(0);
    to.stored = backup.deduplicated_size.value_or(to.size);
    if (backup.copy_stats) to.seconds = backup.copy_stats->copy_time;
    return to;
  }

  report::SurveyedBackup* find(const std::string& id) {
    const auto found = std::ranges::find(result_.backups, id, &report::SurveyedBackup::id);
    return found == result_.backups.end() ? nullptr : &*found;
  }

  void look_at_retention() {
    report::RetentionReport retention = explain_retention(server_, {}, [](const Error&) {});
    result_.retention_policy = std::move(retention.policy);
    result_.retention_calendar = std::move(retention.calendar);
    result_.not_enforced = std::move(retention.not_enforced);
    for (report::RetentionReport::Backup& each : retention.backups) {
      report::SurveyedBackup* backup = find(each.id);
      if (backup == nullptr) continue;
      if (result_.retention_policy) backup->retention = each.retention;
      backup->goes = each.goes && !result_.not_enforced;
      backup->reasons = std::move(each.reasons);
    }
  }

  // The last segment of an interval.
  std::string last_segment(const report::RecoveryInterval& interval) const {
    const Lsn last_byte{std::max<std::uint64_t>(1, interval.to_lsn.value) - 1};
    return to_string(segment_at(last_byte, interval.timeline, static_cast<std::uint64_t>(result_.segment_size)));
  }

  void look_at_wal() {
    std::set<std::string, std::less<>> asked;
    if (result_.window)
      for (const report::RecoveryInterval& interval : result_.window->intervals) asked.insert(last_segment(interval));
    WalVolumes volumes(server_.backups(), at_, std::move(asked));
    const catalog::XlogDb& index = server_.archive().index_as_it_is();
    std::optional<std::string> damage;
    index.for_each(
        [&](const catalog::WalEntryView& entry) {
          volumes.count(entry);
          return true;
        },
        [&](const Error& error) {
          if (!damage) damage = error.what();
        });
    if (damage) problem("WAL: " + *damage);
    result_.timelines = volumes.timelines();
    result_.wal_days = volumes.days();
    if (result_.window)
      for (const report::RecoveryInterval& interval : result_.window->intervals)
        result_.written.push_back(volumes.written(last_segment(interval)));
    for (const auto& [id, window] : volumes.windows()) {
      report::SurveyedBackup* backup = find(id);
      if (backup == nullptr) continue;
      backup->needed_wal = window.wal_size;
      backup->later_wal = window.wal_until_next_size;
    }
  }

  // Backups that failed, or are being taken, are no news here.
  void look_at_window() {
    result_.window = recovery_window(server_, {.timeline = {}, .verify = false, .from_notes = true});
    std::erase_if(result_.window->unrestorable, [&](const report::WithReason& each) {
      const report::SurveyedBackup* backup = find(each.what);
      return backup != nullptr && !backup->copied;
    });
  }

  void look_at_waiting() {
    for (const archive::Origin origin : {archive::Origin::file, archive::Origin::streaming})
      result_.waiting.push_back(waiting_in(server_.archive().queue(origin), at_));
    result_.error_files = static_cast<std::int64_t>(fs::list_directory_if_exists(config_.errors_directory).size());
  }

  const config::GlobalConfig& global_;
  const ServerConfig& config_;
  const Timestamp at_;
  SilentNotifier silent_;
  ServerContext server_;
  report::SurveyedServer result_;
  struct Failure {
    std::string parts, why;
  };
  std::vector<Failure> failures_;
};

// Those that backups and WAL are on, each once.
class Filesystems {
 public:
  // The path that stands for the one of `directory`; empty: it is nowhere, or not known.
  std::string take(const std::string& directory) {
    if (config::is_store_url(directory)) return {};
    struct ::stat info {};
    if (::stat(directory.c_str(), &info) != 0) {
      if (errno != ENOENT) log::debug(logger, "Cannot examine '{}': {}", directory, std::strerror(errno));
      return {};
    }
    const auto [at, is_new] = paths_.emplace(info.st_dev, directory);
    struct ::statvfs room {};
    if (is_new && ::statvfs(directory.c_str(), &room) == 0)
      all.push_back({directory, static_cast<std::int64_t>(room.f_blocks * room.f_frsize),
                     static_cast<std::int64_t>(room.f_bavail * room.f_frsize)});
    return at->second;
  }
  std::vector<report::SurveyedFilesystem> all;

 private:
  std::map<dev_t, std::string> paths_;
};

std::string cron_file(const config::GlobalConfig& global) { return global.barman_home + "/.cron-last-run"; }

// Their answers come in the order of the servers.
void ask(const config::GlobalConfig& global, const SurveyRequest& request, report::Survey& survey) {
  std::size_t next = 0;
  check_servers(global, request.servers, request.timeout,
                [&](const report::CheckReport& check) { survey.servers[next++].check = check; });
  hold_by_servers(global, request.servers, survey.servers);
}

}  // namespace

report::Survey survey(const config::GlobalConfig& global, const SurveyRequest& request) {
  report::Survey survey;
  survey.at = now();
  survey.home = global.barman_home;
  survey.version = native_version;
  survey.compatible = compatible_version;
  survey.cron = last_cron_run(global);
  const Deadline deadline = std::chrono::steady_clock::now() + time_for_locks;
  Filesystems filesystems;
  filesystems.take(global.barman_home);
  for (const ServerConfig* config : request.servers) {
    survey.servers.push_back(ServerSurvey(global, *config, survey.at, deadline).run());
    survey.servers.back().backup_filesystem = filesystems.take(config->basebackups_directory);
    survey.servers.back().wal_filesystem = filesystems.take(config->wals_directory);
  }
  survey.filesystems = std::move(filesystems.all);
  if (request.check) ask(global, request, survey);
  return survey;
}

std::string to_text(const report::CronRun& run) {
  return fmt::format("{}.{:06} {:.3f}\n", run.ended.micros / 1'000'000, run.ended.micros % 1'000'000, run.seconds);
}

std::optional<report::CronRun> parse_cron_run(std::string_view text) {
  const std::vector<std::string> words = split_whitespace(text);
  if (words.size() != 2) return std::nullopt;
  const std::size_t point = words[0].find('.');
  if (point == std::string::npos || words[0].size() - point != 7) return std::nullopt;
  const auto seconds = parse_decimal(words[0].substr(0, point)), micros = parse_decimal(words[0].substr(point + 1));
  const auto took = parse_double(words[1]);
  constexpr std::int64_t latest = 253'402'300'800;  // the year 10000
  if (!seconds || !micros || !took || *seconds >= latest) return std::nullopt;
  return report::CronRun{local_timestamp(*seconds * 1'000'000 + *micros), *took};
}

std::optional<report::CronRun> last_cron_run(const config::GlobalConfig& global) {
  try {
    return parse_cron_run(fs::read_file_if_exists(cron_file(global)).value_or(""));
  } catch (const Error& error) {
    log::debug(logger, "When cron ran last is not known: {}", error.what());
    return std::nullopt;
  }
}

void remember_cron_run(const config::GlobalConfig& global, const report::CronRun& run) {
  try {
    fs::FileReplacement file(cron_file(global));
    file.write(to_text(run));
    file.publish();  // the next minute brings another
  } catch (const Error& error) {
    log::debug(logger, "Cannot remember that cron has run: {}", error.what());
  }
}

}  // namespace barman::app
