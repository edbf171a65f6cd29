#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "backup_copy.h"
#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/cloud/catalogue.h"
#include "barman/cloud/wal_key.h"
#include "barman/cloud_copy/copy.h"
#include "barman/core/count_of.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/signals.h"
#include "barman/fs/lock_file.h"
#include "catalogues.h"
#include "retention.h"
#include "wal_copy.h"

namespace barman::cloud_copy {
namespace {

using catalog::BackupInfo;

constexpr std::string_view logger = "barman.cloud";

// How a file of the index would be stored.
std::string extension_of(const catalog::WalEntryView& entry) {
  const auto algorithm = codec::parse_algorithm(entry.compression);
  return algorithm ? std::string(codec::extension(*algorithm)) : "";
}

class Run {
 public:
  Run(ServerContext& server, Progress& progress)
      : server_(server),
        config_(server.config()),
        notifier_(server.notifier()),
        progress_(progress),
        place_(*server.copy_place()),
        ledger_(server.config()) {}

  void work() {
    Outcomes outcomes = ledger_.outcomes();
    try {
      copy_what_is_due();
      outcomes.last_success = now();
      outcomes.retention_due = retention_due_;
      outcomes.failed_at.reset();
      outcomes.failure.clear();
    } catch (const Error& error) {
      outcomes.failed_at = now();
      outcomes.failure = with_hint(error);
      note(outcomes);
      throw;
    }
    note(outcomes);
  }

 private:
  void note(const Outcomes& outcomes) { ledger_.note(outcomes); }

  void copy_what_is_due() {
    if (!ledger_.is_of(place_words(config_))) learn_from_store();
    const CopyPlan plan = make_plan(server_, ledger_, now());
    for (const auto& [what, why] : plan.refused)
      notifier_.warning(fmt::format("Not copying {} of server {}: {}", what, config_.name, why));
    drop_unfinished(place_, ledger_, plan.backups);
    for (const auto& [id, keep] : plan.keeps) put_keep(place_, ledger_, id, keep);
    for (const auto& [id, text] : plan.entries) put_entry(place_, ledger_, id, text);
    WalCopy wal(server_, place_, ledger_, plan.wal);
    for (const std::string& id : plan.backups) copy_one(id, wal);
    wal.copy_all();
    if (wal.copied() > 0)
      notifier_.info(fmt::format("Copied {} of server {} to {}", count_of(wal.copied(), "WAL file"), config_.name,
                                 *config_.cloud_copy));
    if (wal.met_encrypted())
      notifier_.warning(fmt::format("Encrypted WAL files of server {} are not copied", config_.name));
    retention_due_ = std::nullopt;
    if (!make_plan(server_, ledger_, now()).obsolete.empty())
      retention_due_ = enforce_retention(config_, place_, ledger_, notifier_);
  }

  // One listing of the WAL, and the entries of the backups. A file of the same size and compression is taken for the
  // same, but for the newest of each timeline: if another cluster writes here it shows there.
  void learn_from_store() {
    log::info(logger, "server {}: asking {} what the copy has", config_.name, place_.store->name());
    ledger_.begin_anew();
    const cloud::Catalogue catalogue(*place_.store, place_.layout);
    for (const auto& [id, info] : catalogue.backups())
      if (info.status == catalog::BackupStatus::done) ledger_.put_entry(id, serialize(info));
    for (const auto& [id, keep] : catalogue.keeps())
      if (ledger_.holds(id)) ledger_.put_keep(id, keep, Ledger::Keeper::others);
    learn_wal();
    ledger_.complete(place_words(config_));
  }

  void learn_wal() {
    std::map<std::string, std::set<std::pair<std::uint64_t, std::string>>, std::less<>> stored;
    store::for_each_object(*place_.store, {.prefix = place_.layout.wals(), .delimiter = {}, .start_after = {}},
                           [&](const store::Object& object) {
                             if (const auto key = cloud::parse_wal_key(object.key))
                               stored[std::string(key->name)].emplace(object.size, key->extension);
                           });
    if (stored.empty()) return;
    std::vector<std::string> same;
    std::map<std::uint32_t, std::string> newest;
    server_.archive().index().for_each([&](const catalog::WalEntryView& entry) {
      const auto found = stored.find(entry.name);
      const auto parsed = parse_wal_name(entry.name);
      if (!parsed || found == stored.end() ||
          !found->second.contains({static_cast<std::uint64_t>(entry.size), extension_of(entry)}))
        return true;
      same.emplace_back(entry.name);
      std::string& last = newest[parsed->segment.timeline];
      if (parsed->kind == WalKind::segment) last = std::max(last, same.back());
      return true;
    });
    std::erase_if(same, [&](const std::string& name) {
      return std::ranges::any_of(newest, [&](const auto& last) { return last.second == name; });
    });
    ledger_.wals().add(same);
  }

  // Everything that is listed in the copy can be restored: WAL goes first, the entry last.
  void copy_one(const std::string& id, WalCopy& wal) {
    signals::throw_if_pending();
    const BackupInfo* found = server_.backups().find(id);
    if (found == nullptr) return;
    const BackupInfo backup = *found;
    const auto missing = wal.copy_until(*parse_segment(*backup.begin_wal), *parse_segment(*backup.end_wal),
                                        static_cast<std::uint64_t>(backup.xlog_segment_size));
    if (missing) {
      notifier_.warning(fmt::format("Not copying backup {} of server {}: WAL file {}, which it needs, cannot be copied",
                                    id, config_.name, *missing));
      return;
    }
    if (backup.parent_backup_id && !ledger_.holds(*backup.parent_backup_id)) {
      notifier_.warning(fmt::format("Not copying backup {} of server {} before the backup that it is based on, {}", id,
                                    config_.name, *backup.parent_backup_id));
      return;
    }
    notifier_.info(fmt::format("Copying backup {} of server {} to {}", id, config_.name, *config_.cloud_copy));
    switch (copy_backup(server_, place_, ledger_, wal, id, progress_)) {
      case BackupOutcome::copied:
        notifier_.info(fmt::format("Backup {} of server {} is in the copy", id, config_.name));
        return;
      case BackupOutcome::busy:
        notifier_.warning(
            fmt::format("Another action is in progress for the backup {} of server {}: the next run will copy it", id,
                        config_.name));
        return;
      case BackupOutcome::gone:
        return;
    }
  }

  ServerContext& server_;
  const config::ServerConfig& config_;
  Notifier& notifier_;
  Progress& progress_;
  const cloud::Place& place_;
  Ledger ledger_;
  std::optional<Timestamp> retention_due_;
};

}  // namespace

void copy(ServerContext& server, Progress& progress) {
  const config::ServerConfig& config = server.config();
  if (!config.cloud_copy)
    throw Error(Errc::config, fmt::format("Server '{}' has no second copy", config.name),
                "set cloud_copy to the URL of a place in an object store");
  if (const auto problem = config::cloud_copy_problem(config))
    throw Error(Errc::config,
                fmt::format("cannot copy server '{}' to '{}': {}", config.name, *config.cloud_copy, problem->text),
                problem->advice);
  const auto lock = fs::LockFile::try_acquire(server.locks().cloud_copy());
  if (!lock) {
    server.notifier().info(fmt::format("Another cloud-copy process is already running on server {}", config.name));
    return;
  }
  Run(server, progress).work();
}

}  // namespace barman::cloud_copy
