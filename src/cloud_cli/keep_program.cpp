// barman-cloud-backup-keep: marks a backup that must not be deleted.
#include <fmt/core.h>

#include "barman/cloud/catalogue.h"
#include "command.h"
#include "programs.h"

namespace barman::cloud::cli {
namespace {

class BackupKeep : public Command {
 public:
  void declare(usage::Options& options) override {
    declare_common(options, common_);
    declare_customer_key(options, common_, Use::read);
    options.flag({"-r", "--release"}, release_, "remove the mark: the backup can be deleted again");
    options.flag({"-s", "--status"}, status_, "print whether and how the backup is kept");
    options.choice({"--target"}, target_, {"full", "standalone"},
                   "keep it with all WAL from its beginning on, or with no more than it needs to be consistent");
    options.require_one_of({"-r", "-s", "--target"});
    declare_target(options, common_, Use::read);
    options.positional("backup_id", backup_, "id, name or shortcut of the backup");
  }

  void run(Session& session) override {
    const std::string id = resolve_backup(session.store, session.layout, backup_);
    if (release_) return release(session, id);
    if (status_) return print_status(session, id);
    keep(session, id);
  }

 private:
  static void release(Session& session, const std::string& id) {
    for (const store::RemoveFailure& failure : session.store.remove({session.layout.keep(id)}))
      throw Error(Errc::remote, fmt::format("cannot remove '{}': {}: {}", failure.key, failure.code, failure.message));
  }

  static void print_status(Session& session, const std::string& id) {
    const auto keep = read_keep(session.store, session.layout, id);
    print(fmt::format("Keep: {}\n", !keep                                      ? "nokeep"
                                    : *keep == catalog::KeepTarget::standalone ? "standalone"
                                                                               : "full"));
  }

  void keep(Session& session, const std::string& id) const {
    const auto info = read_backup(session.store, session.layout, id);
    if (!info) throw Failure(exit_refused, fmt::format("Backup {} for server {} does not exist", id, common_.server));
    if (info->status != catalog::BackupStatus::done)
      throw Failure(exit_refused,
                    fmt::format("Cannot add keep to backup {} because it has status {}. Only backups with "
                                "status DONE can be kept.",
                                id, info->status_text));
    session.store.put(session.layout.keep(id), store::Body::of(*target_));
  }

  bool release_ = false, status_ = false;
  std::optional<std::string> target_;
  std::string backup_;
};

}  // namespace

std::unique_ptr<Command> backup_keep_command() { return std::make_unique<BackupKeep>(); }

}  // namespace barman::cloud::cli
