#include "barman/backup/deletion_preview.h"

#include <fmt/core.h>

#include <set>

#include "barman/archive/wal_archive.h"
#include "barman/backup/deletion.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/cloud/object_removal.h"
#include "barman/cloud/place.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"

namespace barman::backup {
namespace {

using catalog::BackupInfo;
using report::DeletionPreview;

class Preview {
 public:
  Preview(ServerContext& server, const std::string& id)
      : server_(server), config_(server.config()), catalog_(server.backups()), id_(id) {
    preview_.server = config_.name;
    preview_.backup_id = id;
  }

  DeletionPreview run() {
    const BackupInfo* backup = entry(id_);
    if (backup == nullptr) return without_entry();
    preview_.refusal = refused(*backup);
    for (const auto& [id, reason] : catalog_.unreadable())
      if (id != id_) preview_.warnings.push_back(describe_unreadable(catalog_, id));
    std::set<std::string> gone;
    std::vector<WalPurgeRule> rules;
    const catalog::Descent descent(catalog_.all());
    for (const std::string& id : deletion_order([this](const std::string& at) { return entry(at); }, descent, id_)) {
      const BackupInfo& member = *entry(id);
      const auto plan = plan_deletion(catalog_, member, keeps(), Requester::command, config_, gone);
      preview_.backups.push_back({id, member.status_text, size_of(member)});
      if (plan.wal_rule) rules.push_back(*plan.wal_rule);
      gone.insert(id);
    }
    if (!rules.empty()) count_wal(rules);
    return std::move(preview_);
  }

 private:
  const BackupInfo* entry(const std::string& id) const {
    const BackupInfo* readable = catalog_.find(id);
    return readable != nullptr ? readable : catalog_.stand_in(id);
  }

  Keeps keeps() {
    return [this](const std::string& id) { return server_.annotations().keep(id); };
  }

  // Of a deletion that was stopped after its last change of the catalogue.
  DeletionPreview without_entry() {
    if (!server_.annotations().delete_this(id_))
      throw Error(Errc::not_found, fmt::format("Unknown backup '{}' for server '{}'", id_, config_.name));
    preview_.warnings.push_back(fmt::format("Backup {} is deleted already, but for the mark of its deletion", id_));
    return std::move(preview_);
  }

  std::optional<std::string> refused(const BackupInfo& backup) {
    if (auto reason = refusal(catalog_, backup, keeps(), config_)) return reason;
    if (backup.type() == catalog::BackupType::snapshot)
      return "this program cannot delete the snapshots of a snapshot backup";
    if (is_held(server_.locks().backup()))
      return fmt::format("Another process in running on server {}. Impossible to delete the backup.", config_.name);
    for (const std::string& id :
         deletion_order([this](const std::string& at) { return entry(at); }, catalog::Descent(catalog_.all()), id_)) {
      if (is_held(server_.locks().backup_id(id)))
        return fmt::format("Another process is holding the lock for backup {} of server {}.", id, config_.name);
      if (auto reason = locked_in_store(id)) return reason;
    }
    return std::nullopt;
  }

  // A lock file that is not there is not made.
  static bool is_held(const std::string& path) { return fs::exists(path) && !fs::LockFile::try_acquire(path); }

  std::optional<std::string> locked_in_store(const std::string& id) {
    const cloud::Place* place = server_.backup_place();
    if (place == nullptr || !config_.aws_check_object_lock) return std::nullopt;
    try {
      const auto locked = cloud::locked_objects(*place->store, cloud::objects_of(*place->store, place->layout, id));
      return locked.empty() ? std::nullopt : std::optional(locked.front());
    } catch (const Error& error) {
      return error.what();
    }
  }

  std::int64_t size_of(const BackupInfo& backup) const {
    return backup.deduplicated_size ? *backup.deduplicated_size : backup.size.value_or(0);
  }

  // Each rule removes what it does not let stay.
  void count_wal(const std::vector<WalPurgeRule>& rules) {
    DeletionPreview::Wal& wal = preview_.wal;
    server_.archive().index().for_each([&](const catalog::WalEntryView& line) {
      if (std::ranges::all_of(rules, [&](const WalPurgeRule& rule) { return rule.stays(line.name); })) return true;
      ++wal.files;
      wal.size += line.size;
      if (!wal.first || line.name < *wal.first) wal.first = line.name;
      if (!wal.last || line.name > *wal.last) wal.last = line.name;
      return true;
    });
  }

  ServerContext& server_;
  const config::ServerConfig& config_;
  const catalog::BackupCatalog& catalog_;
  const std::string id_;
  DeletionPreview preview_;
};

}  // namespace

report::DeletionPreview preview_deletion(ServerContext& server, const std::string& id) {
  return Preview(server, id).run();
}

}  // namespace barman::backup
