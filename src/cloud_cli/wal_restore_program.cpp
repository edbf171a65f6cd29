// barman-cloud-wal-restore: restore_command of PostgreSQL.
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "barman/cloud/wal_fetch.h"
#include "barman/wal/segment.h"
#include "command.h"
#include "programs.h"

namespace barman::cloud::cli {
namespace {

class WalRestore : public Command {
 public:
  void declare(usage::Options& options) override {
    declare_common(options, common_);
    declare_customer_key(options, common_, Use::read);
    options.flag({"--no-partial"}, no_partial_, "do not accept partial segments (.partial)");
    options.number({"-p", "--parallel"}, parallel_, "PARALLEL",
                   "fetch up to this many files at once, and keep those not asked for yet (default: 0, off)");
    options.value({"--spool-dir"}, spool_directory_, "SPOOL_DIR",
                  "where to keep them: in a directory below for each server (default: /var/tmp/walrestore)");
    declare_target(options, common_, Use::read);
    options.positional("wal_name", wal_, "the file: %f in restore_command");
    options.positional("wal_dest", destination_, "where to put it: %p in restore_command");
  }

  int status_when_unreachable() const override { return exit_unreachable; }

  void check() override {
    if (!is_any_wal_name(wal_)) throw Failure(exit_usage, fmt::format("{} is an invalid name for a WAL file", wal_));
  }

  void run(Session& session) override {
    const WalSpool spool(spool_directory_, common_.server, place());
    const WalWish wish{wal_, !no_partial_, static_cast<std::size_t>(std::clamp(parallel_.value_or(0), 1, most_ahead))};
    if (!fetch_wal(session.store, session.layout, spool, wish, destination_))
      throw Failure(exit_refused, fmt::format("WAL file {} for server {} does not exist", wal_, common_.server));
  }

 private:
  // What tells this archive from any other whose segments have the same names.
  std::string place() const {
    std::string place = fmt::format("{}\n{}\n{}\n{}", common_.provider_word.value_or("aws-s3"),
                                    common_.direct.endpoint_url, common_.direct.profile, common_.url);
    for (const char* name : {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE", "STORAGE_EMULATOR_HOST"})
      if (const char* value = std::getenv(name)) place += fmt::format("\n{}={}", name, value);
    return place;
  }

  bool no_partial_ = false;
  std::optional<int> parallel_;
  std::string spool_directory_ = default_spool, wal_, destination_;
};

}  // namespace

std::unique_ptr<Command> wal_restore_command() { return std::make_unique<WalRestore>(); }

}  // namespace barman::cloud::cli
