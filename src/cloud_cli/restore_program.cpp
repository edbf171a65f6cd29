// barman-cloud-restore: the files of a backup, from the store to directories of this machine.
#include <fmt/core.h>

#include <cstdlib>

#include "backup_options.h"
#include "barman/cloud/catalogue.h"
#include "barman/cloud/restore.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/python_repr.h"
#include "barman/output/writer.h"
#include "command.h"
#include "programs.h"

namespace barman::cloud::cli {
namespace {

constexpr std::string_view logger = "barman.cloud";

constexpr std::string_view by_goal = "auto";

class RestoreProgram : public Command {
 public:
  void declare(usage::Options& options) override {
    declare_common(options, common_);
    options.repeated({"--tablespace"}, rules_, "NAME:LOCATION", "restore the tablespace to another location");
    options.value({"--snapshot-recovery-instance"}, unused_, "SNAPSHOT_RECOVERY_INSTANCE",
                  "the machine that restored disks are attached to (snapshots are refused by this build)");
    options.value({"--snapshot-recovery-zone"}, unused_, "GCP_ZONE", "deprecated: the same as --gcp-zone");
    declare_customer_key(options, common_, Use::read);
    options.section(s3_section);
    options.value({"--aws-region"}, unused_, "AWS_REGION", "the region of the machine for snapshots");
    options.section(google_section);
    options.value({"--gcp-zone"}, unused_, "GCP_ZONE", "the zone of the machine for snapshots");
    options.section(azure_section);
    options.value({"--azure-resource-group"}, unused_, "AZURE_RESOURCE_GROUP",
                  "the resource group of the machine for snapshots");
    options.section("");
    declare_goal(options);
    declare_target(options, common_, Use::read);
    options.positional("backup_id", backup_,
                       "id or name of the backup, a word as latest, or auto: the newest one that the target can be "
                       "reached from");
    options.positional("recovery_dir", destination_, "directory to restore to; absent, or empty");
  }

  void check() override {
    for (const std::string& text : rules_) {
      const auto rule = parse_relocation(text);
      if (!rule)
        throw Failure(exit_usage,
                      fmt::format("invalid tablespace relocation rule '{}': it has to be NAME:LOCATION", text));
      relocations_[rule->first] = rule->second;
    }
    if (backup_ != by_goal) return;
    goal_.timeline = timeline_;
    if (lsn_) goal_.lsn = target_lsn(*lsn_);
    if (time_) goal_.time = target_time(*time_);
  }

  void run(Session& session) override {
    const RestoreRequest request{session.layout, chosen(session), destination_, relocations_};
    const auto writer = output::make_writer(
        {.quiet = common_.quiet > 0 || common_.verbose > 0,
         .plain_terminal = output::is_plain_terminal(std::getenv("NO_COLOR"), std::getenv("TERM"))});
    const auto progress = writer->progress(fmt::format("Restore of {}", request.backup.backup_id));
    try {
      restore_backup(request, session.store, *progress);
    } catch (const store::StoreError&) {
      throw;
    } catch (const Error& error) {
      if (error.code() == Errc::refused || error.code() == Errc::not_found)
        throw Failure(exit_refused, with_hint(error));
      if (error.code() == Errc::usage) throw Failure(exit_usage, with_hint(error));
      throw;
    }
  }

 private:
  void declare_goal(usage::Options& options) {
    options.value(
        {"--target-tli"}, [this](const std::string& text) { return set_timeline(text); }, "TARGET_TLI",
        "timeline of the target: a number, current or latest; counts for auto only");
    options.value({"--target-lsn"}, lsn_, "TARGET_LSN", "position in the WAL to be reached; counts for auto only");
    options.value({"--target-time"}, time_, "TARGET_TIME", "time to be reached; counts for auto only");
    options.exclusive({"--target-lsn", "--target-time"});
  }

  std::optional<std::string> set_timeline(const std::string& text) {
    timeline_ = text;
    if (text == "current" || text == "latest") return std::nullopt;
    const auto number = parse_python_int(text);
    if (!number) return fmt::format("'{}' is not a valid input", text);
    if (*number < 1) return fmt::format("'{}' is not a valid positive integer", text);
    timeline_ = std::to_string(*number);
    return std::nullopt;
  }

  static Lsn target_lsn(const std::string& text) {
    if (const auto lsn = parse_lsn(text)) return *lsn;
    throw Error(Errc::usage, fmt::format("Unable to parse the target LSN parameter {}", python_repr(text)),
                "an LSN is written as two hexadecimal numbers, for example 0/3000028");
  }

  static Timestamp target_time(const std::string& text) {
    const auto time = read_human_time(text);
    if (!time)
      throw Error(Errc::usage,
                  fmt::format("Unable to parse the target time parameter {}: not a date and time", python_repr(text)),
                  "write it as '2026-11-21 07:26:35+00:00'");
    if (!time->had_zone)
      log::warning(logger, "--target-time {} has no time zone, and is taken for that of this machine",
                   python_repr(text));
    return time->time;
  }

  catalog::BackupInfo chosen(Session& session) const {
    if (backup_ == by_goal) return by_target(session);
    const std::string id = resolve_backup(session.store, session.layout, backup_);
    if (auto info = read_backup(session.store, session.layout, id)) return std::move(*info);
    throw Failure(exit_refused, fmt::format("Backup {} for server {} does not exist", id, session.layout.server));
  }

  catalog::BackupInfo by_target(Session& session) const {
    const Catalogue catalogue(session.store, session.layout);
    for (const auto& [id, reason] : catalogue.unreadable())
      log::warning(logger, "the entry of backup {} cannot be read, so it is not chosen: {}", id, reason);
    std::vector<catalog::BackupInfo> backups;
    for (const catalog::BackupInfo* info : catalogue.in_order()) backups.push_back(*info);
    const std::int64_t highest = goal_.timeline == "latest" ? highest_timeline(session.store, session.layout) : 1;
    try {
      return choose_for_recovery(backups, goal_, highest);
    } catch (const Error& error) {
      throw Failure(exit_refused, error.what());
    }
  }

  std::vector<std::string> rules_;
  std::map<std::string, std::string> relocations_;
  std::string unused_, backup_, destination_;
  std::optional<std::string> timeline_, lsn_, time_;
  RecoveryGoal goal_;
};

}  // namespace

std::unique_ptr<Command> restore_command() { return std::make_unique<RestoreProgram>(); }

}  // namespace barman::cloud::cli
