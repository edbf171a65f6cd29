// barman-cloud-wal-restore: restore_command of PostgreSQL.
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "barman/cloud/wal_download.h"
#include "barman/cloud/wal_spool.h"
#include "barman/core/log.h"
#include "barman/core/parallel.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "command.h"
#include "programs.h"

namespace barman::cloud::cli {
namespace {

constexpr std::string_view logger = "barman.cloud";
constexpr mode_t spool_file_mode = 0600;
constexpr int most_ahead = 64;

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
    if (!is_special(destination_) && spool.deliver(wal_, destination_)) return;
    const WalWish wish{wal_, !no_partial_, static_cast<std::size_t>(std::clamp(parallel_.value_or(0), 1, most_ahead))};
    const WalSelection selection = select_wal(list_for(session.store, session.layout, wish), wish);
    if (selection.wanted.empty())
      throw Failure(exit_refused, fmt::format("WAL file {} for server {} does not exist", wal_, common_.server));
    const store::Object& found = selection.wanted.front().object;
    log::info(logger, "Found WAL {} for server {} as {}", found.key.substr(found.key.rfind('/') + 1), common_.server,
              found.key);
    fs::remove_abandoned_replacements(destination_);
    const bool keeps = !selection.ahead.empty() && make_spool(spool);
    ThreadGroup others;
    for (const std::vector<WalObject>& copies : selection.ahead)
      if (keeps && !spool.holds(copies.front().name))
        others.start([&session, &spool, &copies] { prefetch(session, spool, copies); });
    download_wal(session.store, selection.wanted, destination_, fs::default_file_mode);
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

  // Without a place for what is fetched ahead, it is fetched when it is asked for.
  static bool make_spool(const WalSpool& spool) {
    try {
      spool.create();
      return true;
    } catch (const Error& error) {
      log::warning(logger, "Nothing is fetched ahead: {}", with_hint(error));
      return false;
    }
  }

  static void prefetch(const Session& session, const WalSpool& spool, const std::vector<WalObject>& copies) {
    try {
      download_wal(session.store, copies, spool.path_of(copies.front().name), spool_file_mode);
    } catch (const std::exception& error) {
      log::warning(logger, "WAL file {} could not be fetched ahead: {}", copies.front().name, error.what());
    }
  }

  bool no_partial_ = false;
  std::optional<int> parallel_;
  std::string spool_directory_ = "/var/tmp/walrestore", wal_, destination_;
};

}  // namespace

std::unique_ptr<Command> wal_restore_command() { return std::make_unique<WalRestore>(); }

}  // namespace barman::cloud::cli
