#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "barman/drill/statements.h"
#include "barman/report/drill.h"
#include "barman/report/progress.h"
#include "barman/restore/restore.h"
#include "barman/server/server_context.h"
#include "checks.h"
#include "drilled_wal.h"
#include "instance.h"
#include "scratch.h"

namespace barman::drill {

// What one drill is about.
struct Subject {
  const catalog::BackupInfo& backup;
  restore::TargetRequest target;
  const std::vector<Statement>& statements;
};

// The steps of one drill, in their order. What goes wrong is a check that failed; only what says nothing about the
// backup is thrown: an interruption.
class Course {
 public:
  Course(ServerContext& server, const Subject& subject, Scratch& scratch, Progress& progress, report::Drill& drill);
  void run();
  // The settings that were restored go back to where they were, for a cluster that stays.
  void give_settings_back() const;

 private:
  using Clock = std::chrono::steady_clock;

  bool restore();
  void require_room() const;
  restore::RestoreRequest request() const;
  bool is_pitr() const;
  std::uint32_t timeline() const;
  recovery::Target recovery_target() const;
  std::string wal_directory() const;
  void take_recovery_settings() const;
  std::string automatic_settings() const { return scratch_.settings() + "/postgresql.auto.conf"; }
  std::string recovery_settings() const { return scratch_.settings() + "/recovery.conf"; }
  void read_wal();
  std::unique_ptr<DrilledWal> wal_in_store(std::optional<Segment> to) const;
  void foretell_what_came(const ServerLog& log);
  Seal make_seal();
  std::vector<std::string> libraries();
  bool start();
  void look_at_start(const ServerLog& log);
  void look_at_target();
  void look_into();
  void finish();
  void add(Check check) { drill_.checks.push_back(std::move(check)); }
  CheckTools tools() const;

  ServerContext& server_;
  const Subject& subject_;
  const catalog::BackupInfo& backup_;
  const recovery::BaseBackup base_;
  Scratch& scratch_;
  Progress& progress_;
  report::Drill& drill_;
  std::optional<Programs> programs_;
  std::optional<ControlData> control_;
  std::unique_ptr<DrilledWal> wal_;
  std::optional<recovery::Judgement> foretold_;
  std::optional<Instance> instance_;
};

}  // namespace barman::drill
