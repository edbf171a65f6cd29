#include "retention.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "barman/cloud/catalogue.h"
#include "barman/cloud/deletion_plan.h"
#include "barman/cloud/object_removal.h"
#include "barman/cloud/wal_key.h"
#include "barman/core/count_of.h"
#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "plan.h"

namespace barman::cloud_copy {
namespace {

constexpr std::chrono::hours pause_of_locked{1};

void require_readable(const cloud::Catalogue& catalogue, const cloud::Place& place) {
  if (catalogue.unreadable().empty()) return;
  const auto& [id, reason] = *catalogue.unreadable().begin();
  throw Error(Errc::refused,
              fmt::format("nothing is deleted from {}, as the entry of backup {} cannot be read: {}",
                          place.store->name(), id, reason),
              "repair or remove that object");
}

// What somebody has kept or deleted there is known from now on.
void learn_from_others(const cloud::Catalogue& catalogue, const KeepMap& keeps, Ledger& ledger) {
  std::vector<std::string> gone;
  for (const auto& [id, backup] : ledger.backups()) {
    const auto kept = keeps.find(id);
    if (catalogue.find(id) == nullptr)
      gone.push_back(id);
    else if (kept != keeps.end() && !ledger.keeps().contains(id))
      ledger.put_keep(id, kept->second, Ledger::Keeper::others);
  }
  for (const std::string& id : gone) ledger.forget(id);
}

class CopyDeletion {
 public:
  CopyDeletion(const config::ServerConfig& config, const cloud::Place& place, Ledger& ledger, Notifier& notifier)
      : place_(place),
        ledger_(ledger),
        notifier_(notifier),
        batch_(cloud::removal_batch(*place.store, config.cloud_delete_batch_size)),
        config_(config) {}

  void run(const cloud::Catalogue& catalogue, const cloud::DeletionRequest& request) {
    cloud::DeletionPlan plan(request, false);
    if (plan.removes_wal())
      store::for_each_object(*place_.store, {.prefix = place_.layout.wals(), .delimiter = {}, .start_after = {}},
                             [&](const store::Object& object) { plan.add(object.key); });
    plan.finish();
    for (std::size_t i = 0; i < request.doomed.size(); ++i) {
      signals::throw_if_pending();
      remove_backup(*catalogue.find(request.doomed[i]));
      remove_wal(plan.wal()[i].single);
    }
  }

 private:
  // The entry goes last, so that an interrupted deletion is repeated.
  void remove_backup(const catalog::BackupInfo& backup) {
    const std::string& id = backup.backup_id;
    notifier_.info(fmt::format("Retention policy of the copy: removing backup {} of server {} from {}", id,
                               config_.name, *config_.cloud_copy));
    const auto archives = cloud::archives_of(*place_.store, place_.layout, id);
    cloud::abort_uploads(*place_.store, place_.layout, id);
    cloud::remove_objects(*place_.store, archives, batch_);
    cloud::remove_objects(*place_.store, {place_.layout.backup_info(id)}, batch_);
    ledger_.forget(id);
  }

  // What the ledger says is in the copy may be gone at any moment from here on.
  void remove_wal(const std::vector<std::string>& keys) {
    if (keys.empty()) return;
    std::set<std::string, std::less<>> names;
    for (const std::string& key : keys)
      if (const auto wal = cloud::parse_wal_key(key)) names.emplace(wal->name);
    ledger_.wals().keep([&](std::string_view name) { return !names.contains(name); });
    cloud::remove_objects(*place_.store, keys, batch_);
    notifier_.info(fmt::format("Removed {} from {} that no backup there needs", count_of(keys.size(), "WAL file"),
                               *config_.cloud_copy));
  }

  const cloud::Place& place_;
  Ledger& ledger_;
  Notifier& notifier_;
  const std::size_t batch_;
  const config::ServerConfig& config_;
};

// Those of the doomed that nothing locks, nor any that is based on them: those come first.
std::vector<std::string> unlocked(const std::vector<std::string>& doomed, const cloud::Catalogue& catalogue,
                                  const cloud::Place& place, const config::ServerConfig& config, Notifier& notifier) {
  std::vector<std::string> free;
  std::set<std::string> needed;
  for (const std::string& id : doomed) {
    signals::throw_if_pending();
    const auto archives = cloud::archives_of(*place.store, place.layout, id);
    const auto locked = cloud::locked_objects(*place.store, archives);
    if (locked.empty() && !needed.contains(id)) {
      free.push_back(id);
      continue;
    }
    if (const auto& parent = catalogue.find(id)->parent_backup_id) needed.insert(*parent);
    if (!locked.empty())
      notifier.info(
          fmt::format("Backup {} of server {} stays in {}: {}", id, config.name, *config.cloud_copy, locked.front()));
  }
  return free;
}

}  // namespace

std::optional<Timestamp> enforce_retention(const config::ServerConfig& config, const cloud::Place& place,
                                           Ledger& ledger, Notifier& notifier) {
  const cloud::Catalogue catalogue(*place.store, place.layout);
  require_readable(catalogue, place);
  cloud::DeletionRequest request;
  request.in_order = catalogue.in_order();
  request.keeps = catalogue.keeps();
  request.requester = catalog::Requester::retention_policy;
  request.at = now();
  request.doomed =
      obsolete_backups(catalogue.backups(), request.keeps, policy_of(config), catalogue.histories(), request.at);
  const std::size_t obsolete = request.doomed.size();
  if (config.aws_check_object_lock) request.doomed = unlocked(request.doomed, catalogue, place, config, notifier);
  if (!request.doomed.empty()) CopyDeletion(config, place, ledger, notifier).run(catalogue, request);
  learn_from_others(catalogue, request.keeps, ledger);
  return request.doomed.size() < obsolete ? std::optional(request.at + pause_of_locked) : std::nullopt;
}

}  // namespace barman::cloud_copy
