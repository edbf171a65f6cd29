#include <fmt/core.h>

#include <chrono>
#include <csignal>

#include "backup_logger.h"
#include "backup_upload.h"
#include "barman/basebackup/facts.h"
#include "barman/cloud/backup.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"

namespace barman::cloud {
namespace {

using catalog::BackupStatus;

double seconds_since(std::chrono::steady_clock::time_point begun) {
  const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
  return static_cast<double>(elapsed.count()) / 1e6;
}

class CloudBackup {
 public:
  CloudBackup(const BackupRequest& request, store::ObjectStore& store, postgres::Server& postgres,
              const MakeServer& another, Progress& progress)
      : request_(request), store_(store), postgres_(postgres), another_(another), progress_(progress) {
    outcome_.info.backup_id = to_backup_id(now());
    outcome_.info.backup_name = request.name;
    outcome_.info.server_name = "cloud";
    outcome_.info.set_status(BackupStatus::empty);
  }

  BackupOutcome run() {
    log::info(logger, "Starting backup '{}'", info().backup_id);
    try {
      copy();
      log::info(logger, "Calculating backup statistics");
      info().copy_stats->total_time = seconds_since(begun_);
      info().set_status(BackupStatus::done);
    } catch (const Interrupted& interrupted) {
      give_up(signal_words(interrupted), {});
      log::error(logger, "{}", *outcome_.failure);
      save_in_spite_of_signal();
      throw;
    } catch (const Error& error) {
      give_up(error.what(), error.hint());
    } catch (const std::exception& error) {
      give_up(error.what(), {});
    }
    save_at_the_end();
    if (!outcome_.failure && !outcome_.unrecorded) announce_end();
    return std::move(outcome_);
  }

 private:
  catalog::BackupInfo& info() { return outcome_.info; }

  void copy() {
    const std::function<void()> started = [this] { save(); };
    const auto stop = [this](const std::function<void()>& look) {
      log::info(logger, "Stopping backup '{}'", info().backup_id);
      const postgres::BackupStop stopped = postgres_.stop_backup(look);
      create_restore_point();
      return stopped;
    };
    copy_cluster({.upload = request_.upload,
                  .label = "Barman backup cloud " + info().backup_id,
                  .immediate_checkpoint = request_.immediate_checkpoint,
                  .keepalive = request_.keepalive,
                  .started = started,
                  .stop = stop},
                 store_, postgres_, another_, progress_, info());
  }

  // The copy is whole without it; only recovery to this name would not be possible.
  void create_restore_point() {
    const std::string name = "barman_" + info().backup_id;
    try {
      postgres_.create_restore_point(name);
      log::info(logger, "Restore point '{}' successfully created", name);
    } catch (const Error& error) {
      log::warning(logger, "cannot create the restore point '{}': {}", name, error.what());
    }
  }

  void save() { put_backup_info(store_, request_.upload, info().backup_id, catalog::serialize(info())); }

  void save_at_the_end() {
    try {
      save();
    } catch (const Interrupted&) {  // all else is done: it would look like a backup that was killed in its middle
      save_in_spite_of_signal();
      throw;
    } catch (const Error& error) {
      outcome_.unrecorded = failure_to_save(error);
    }
  }

  void save_in_spite_of_signal() {
    const signals::Deferral deferral;
    try {
      save();
    } catch (const Interrupted&) {  // a second signal: whoever sent it does not want to wait for a store
      log::error(logger, "the end of backup '{}' could not be recorded in {}", info().backup_id, store_.name());
    } catch (const Error& error) {
      log::error(logger, "{}", failure_to_save(error));
    }
  }

  static std::string failure_to_save(const Error& error) {
    return fmt::format("Backup failed uploading backup.info file ({})", first_line(error.what()));
  }

  void give_up(const std::string& cause, const std::string& hint) {
    postgres_.close();  // which ends backup mode
    info().set_status(BackupStatus::failed);
    info().error = fmt::format("failure uploading data ({})", first_line(cause));
    outcome_.failure = fmt::format("Backup failed uploading data ({})", first_line(cause));
    outcome_.hint = hint;
  }

  void announce_end() {
    log::info(logger, "Backup end at LSN: {}", basebackup::describe_end(info()));
    log::info(logger, "Backup completed (start time: {}, elapsed time: {})", to_python_naive(begun_at_),
              human_interval(now() - begun_at_));
  }

  static std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

  static std::string signal_words(const Interrupted& interrupted) {
    switch (signals::pending()) {
      case 0:
        return interrupted.what();
      case SIGINT:
        return "KeyboardInterrupt";
      default:
        return "terminated by a signal";
    }
  }

  const BackupRequest& request_;
  store::ObjectStore& store_;
  postgres::Server& postgres_;
  const MakeServer& another_;
  Progress& progress_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  const Timestamp begun_at_ = now();
  BackupOutcome outcome_;
};

}  // namespace

BackupOutcome take_backup(const BackupRequest& request, store::ObjectStore& store, postgres::Server& postgres,
                          const MakeServer& another, Progress& progress) {
  return CloudBackup(request, store, postgres, another, progress).run();
}

}  // namespace barman::cloud
