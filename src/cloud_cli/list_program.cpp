// barman-cloud-backup-list: the backups of a server.
#include "barman/cloud/catalogue.h"
#include "barman/output/backups.h"
#include "command.h"
#include "output_format.h"
#include "programs.h"

namespace barman::cloud::cli {
namespace {

std::string archival_status(const catalog::BackupInfo& info, const std::map<std::string, catalog::KeepTarget>& keeps) {
  if (info.status != catalog::BackupStatus::done) return info.status_text;
  const auto keep = keeps.find(info.backup_id);
  if (keep == keeps.end()) return {};
  return keep->second == catalog::KeepTarget::standalone ? "KEEP:STANDALONE" : "KEEP:FULL";
}

class BackupList : public Command {
 public:
  void declare(usage::Options& options) override {
    declare_common(options, common_);
    declare_customer_key(options, common_, Use::read);
    declare_format(options, format_);
    declare_target(options, common_, Use::read);
  }

  void run(Session& session) override {
    const Catalogue catalogue(session.store, session.layout);
    std::map<std::string, catalog::KeepTarget> keeps;
    if (is_console(format_) && !catalogue.backups().empty()) keeps = catalogue.keeps();
    report::StoredBackups report;
    for (const auto& [id, info] : catalogue.backups()) report.entries.push_back({&info, archival_status(info, keeps)});
    write_result(report, format_);
  }

 private:
  std::string format_ = "console";
};

}  // namespace

std::unique_ptr<Command> backup_list_command() { return std::make_unique<BackupList>(); }

}  // namespace barman::cloud::cli
