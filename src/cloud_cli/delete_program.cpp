// barman-cloud-backup-delete: deletes backups, and the WAL that no other backup needs.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/retention.h"
#include "barman/cloud/catalogue.h"
#include "barman/cloud/deletion_plan.h"
#include "barman/cloud/object_removal.h"
#include "barman/core/log.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"
#include "command.h"
#include "programs.h"

namespace barman::cloud::cli {
namespace {

using catalog::BackupInfo;

constexpr std::string_view logger = "barman.cloud";

std::string python_list(const std::vector<std::string>& items) {
  std::vector<std::string> quoted;
  for (const std::string& item : items) quoted.push_back(python_repr(item));
  return fmt::format("[{}]", join(quoted, ", "));
}

void warn_of_missing(const BackupInfo& info, const Layout& layout, const std::vector<std::string>& archives) {
  const std::string prefix = layout.backup(info.backup_id);
  std::set<std::string> found;
  for (const std::string& key : archives) found.insert(parse_archive_name(key.substr(prefix.size()))->name);
  std::vector<std::string> names{"data"};
  for (const catalog::Tablespace& space : info.tablespaces.value_or(std::vector<catalog::Tablespace>()))
    names.push_back(fmt::format("{}", space.oid));
  for (const std::string& name : names)
    if (!found.contains(name)) log::warning(logger, "Missing file {}{}.* for server {}", prefix, name, layout.server);
}

// Of what could not be removed the hint is the first line, and all of them are in the log already.
std::string words_of(const Error& error) {
  return dynamic_cast<const store::StoreError*>(&error) != nullptr ? with_hint(error) : error.what();
}

// Snapshots of disks are nothing that can be deleted here, and their entry is what says where they are.
void refuse_snapshots(const BackupInfo& info) {
  if (info.snapshots_info)
    throw Error(Errc::unsupported,
                fmt::format("backup {} is one of disk snapshots, which this program cannot delete", info.backup_id),
                "delete it with the program that took it");
}

class BackupDelete : public Command {
 public:
  void declare(usage::Options& options) override {
    declare_common(options, common_);
    declare_customer_key(options, common_, Use::read);
    options.value({"-b", "--backup-id"}, id_, "BACKUP_ID", "id, name or shortcut of the backup to delete");
    options.number({"-m", "--minimum-redundancy"}, minimum_, usage::Number::non_negative, "MINIMUM_REDUNDANCY",
                   "number of backups that are left in any case (default: 0)");
    options.value({"-r", "--retention-policy"}, policy_text_, "RETENTION_POLICY",
                  "delete what is obsolete by this policy: 'REDUNDANCY n' or 'RECOVERY WINDOW OF n DAYS' (or WEEKS, "
                  "MONTHS)");
    options.require_one_of({"-b", "-r"});
    options.flag({"--dry-run"}, dry_run_, "print what would be deleted, and delete nothing");
    options.number({"--batch-size"}, batch_, usage::Number::any, "DELETE_BATCH_SIZE",
                   "objects deleted by one request (default: as many as the store takes)");
    options.flag({"--check-object-lock"}, check_lock_, "delete no backup of which an archive is locked (S3 only)");
    declare_target(options, common_, Use::read);
  }

  void check() override {
    if (!policy_text_) return;
    policy_ = config::parse_retention_policy(*policy_text_);
    if (!policy_)
      throw Failure(exit_usage,
                    fmt::format("Could not create retention policy {0}: Cannot parse option retention_policy: {0}",
                                *policy_text_));
  }

  void run(Session& session) override {
    if (check_lock_ && common_.provider() != store::Provider::aws_s3) {
      log::warning(logger,
                   "The --check-object-lock option is currently only supported for aws-s3. Object lock checks will not "
                   "be performed for cloud provider: {}",
                   common_.provider_word.value_or(""));
      check_lock_ = false;
    }
    const Catalogue catalogue(session.store, session.layout);
    require_readable(catalogue);
    DeletionRequest request = policy_ ? obsolete(catalogue) : the_one(session, catalogue);
    if (request.doomed.empty()) return;
    for (const std::string& id : request.doomed) refuse_snapshots(*catalogue.find(id));
    request.at = now();
    for (const BackupInfo* info : request.in_order)
      if (may_be_running(*info, request.at))
        log::info(logger, "WAL from {} on stays for backup {}, which may still be running", *info->begin_wal,
                  info->backup_id);
    DeletionPlan plan(request, session.store.abilities().deletes_prefixes);
    if (plan.removes_wal())
      store::for_each_object(session.store, {.prefix = session.layout.wals(), .delimiter = {}, .start_after = {}},
                             [&](const store::Object& object) { plan.add(object.key); });
    plan.finish();
    for (std::size_t i = 0; i < request.doomed.size(); ++i) {
      remove_backup(session, *catalogue.find(request.doomed[i]));
      remove_wal(session, request.doomed[i], plan.wal()[i]);
    }
  }

 private:
  static void require_readable(const Catalogue& catalogue) {
    if (catalogue.unreadable().empty()) return;
    std::vector<std::string> ids;
    for (const auto& [id, reason] : catalogue.unreadable()) ids.push_back(id);
    throw Failure(exit_refused,
                  fmt::format("Cannot read the following backups: {}\nUnsafe to proceed with deletion due to failure "
                              "reading backup catalog",
                              python_list(ids)));
  }

  // Of an upload as hook script that was killed: its entry would have come last, so no backup leads to what is there.
  void remove_remains(Session& session, const std::string& id) const {
    if (!catalog::is_backup_id(id)) return;
    const std::vector<std::string> keys = archives_of(session.store, session.layout, id);
    if (dry_run_ && !keys.empty())
      print(fmt::format("Skipping deletion of objects {} due to --dry-run option\n", python_list(keys)));
    if (dry_run_) return;
    try {
      if (check_lock_) require_unlocked(session.store, keys);
      abort_uploads(session.store, session.layout, id);
      remove_objects(session.store, keys, batch(session.store));
    } catch (const Error& error) {
      throw Failure(exit_refused, fmt::format("Could not delete what is left of backup {}: {}", id, words_of(error)));
    }
  }

  DeletionRequest the_one(Session& session, const Catalogue& catalogue) const {
    DeletionRequest request;
    request.in_order = catalogue.in_order();
    const std::string id = catalogue.resolve(*id_);
    const BackupInfo* info = catalogue.find(id);
    const bool kept = read_keep(session.store, session.layout, id).has_value();
    if (info == nullptr && !kept) {
      log::warning(logger, "Backup {} does not exist", id);
      remove_remains(session, id);
      return request;
    }
    BackupInfo absent;
    absent.backup_id = id;
    if (const auto problem =
            refusal(common_.server, info ? *info : absent, request.in_order, kept, minimum_.value_or(0)))
      throw Failure(exit_refused, *problem);
    request.keeps = catalogue.keeps();
    request.doomed = {id};
    return request;
  }

  DeletionRequest obsolete(const Catalogue& catalogue) const {
    DeletionRequest request;
    request.requester = catalog::Requester::retention_policy;
    request.in_order = catalogue.in_order();
    request.keeps = catalogue.keeps();
    const auto keep = [&](const std::string& id) -> std::optional<catalog::KeepTarget> {
      const auto found = request.keeps.find(id);
      return found == request.keeps.end() ? std::nullopt : std::optional(found->second);
    };
    const auto statuses = catalog::retention_report(catalogue.backups(), *policy_, minimum_.value_or(0), keep, now(),
                                                    catalogue.histories());
    for (const BackupInfo* info : request.in_order) {
      const auto status = statuses.find(info->backup_id);
      if (status != statuses.end() && status->second == catalog::RetentionStatus::obsolete)
        request.doomed.push_back(info->backup_id);
    }
    return request;
  }

  std::size_t batch(const store::ObjectStore& store) const { return removal_batch(store, batch_); }

  // The entry goes last, so that an interrupted deletion can be repeated.
  void remove_backup(Session& session, const BackupInfo& info) const {
    std::vector<std::string> keys = archives_of(session.store, session.layout, info.backup_id);
    warn_of_missing(info, session.layout, keys);
    const std::string entry = session.layout.backup_info(info.backup_id);
    if (dry_run_) {
      keys.push_back(entry);
      return print(fmt::format("Skipping deletion of objects {} due to --dry-run option\n", python_list(keys)));
    }
    if (read_keep(session.store, session.layout, info.backup_id))
      throw Failure(exit_refused, fmt::format("Backup {} is kept since this program began: nothing of it is deleted",
                                              info.backup_id));
    try {
      if (check_lock_) require_unlocked(session.store, keys);
      abort_uploads(session.store, session.layout, info.backup_id);
      remove_objects(session.store, keys, batch(session.store));
      remove_objects(session.store, {entry}, batch(session.store));
    } catch (const Error& error) {
      throw Failure(exit_refused, fmt::format("Could not delete backup {}: {}", info.backup_id, words_of(error)));
    }
  }

  void remove_wal(Session& session, const std::string& id, const WalDeletion& wal) const {
    if (dry_run_) {
      for (const std::string& prefix : wal.prefixes)
        print(fmt::format("Skipping deletion of all objects under prefix {} due to --dry-run option\n", prefix));
      if (!wal.single.empty())
        print(fmt::format("Skipping deletion of objects {} due to --dry-run option\n", python_list(wal.single)));
      return;
    }
    try {
      remove_objects(session.store, wal.in_prefixes, batch(session.store));
      remove_objects(session.store, wal.single, batch(session.store));
    } catch (const Error& error) {
      throw Failure(exit_refused,
                    fmt::format("Backup {} is deleted, but not all WAL that only it needed: {}", id, words_of(error)));
    }
  }

  std::optional<std::string> id_, policy_text_;
  std::optional<config::RetentionPolicy> policy_;
  std::optional<std::int64_t> minimum_, batch_;
  bool dry_run_ = false, check_lock_ = false;
};

}  // namespace

std::unique_ptr<Command> backup_delete_command() { return std::make_unique<BackupDelete>(); }

}  // namespace barman::cloud::cli
