#include "barman/archiver/archive_wal.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "barman/archive/errors_directory.h"
#include "barman/archive/publisher.h"
#include "barman/archive/wal_archive.h"
#include "barman/archive/wal_file.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/parallel.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"
#include "barman/hooks/hooks.h"
#include "barman/wal/segment.h"
#include "hooked.h"

namespace barman::archiver {

namespace {

using archive::PreparedWal;
using archive::Publisher;

constexpr std::string_view logger = "barman.wal_archiver";

// Files that get their names and lines together, at most: one sync of directory and index for all of them.
constexpr std::size_t most_per_commit = 64;

// The archivers in the order in which they run.
std::vector<Origin> origins(const config::ServerConfig& config) {
  std::vector<Origin> result;
  if (config.streaming_archiver) result.push_back(Origin::streaming);
  if (config.archiver) result.push_back(Origin::file);
  return result;
}

void log_nothing_found(Origin origin, const config::ServerConfig& config) {
  log::info(logger, "No xlog segments found from {} for {}.", to_string(origin), config.name);
}

// One directory's worth of archiving.
class ArchiverRun {
 public:
  ArchiverRun(ServerContext& server, Origin origin, Say say)
      : context_(server),
        origin_(origin),
        say_(say),
        name_(to_string(origin)),
        server_(server.config().name),
        queue_(server.archive().queue(origin)),
        directory_(queue_.directory()) {}

  std::size_t run() {
    batch_size_ = origin_ == Origin::streaming ? context_.config().streaming_archiver_batch_size
                                               : context_.config().archiver_batch_size;
    plan_ = plan_archive(origin_, queue_.list(), batch_size_);
    announce();
    if (!plan_.archive.empty()) archive_all();
    move_unknown();
    return done_;
  }

 private:
  void say(const std::string& text) { context_.notifier().info(text, Notifier::Logged::no); }
  bool partial_run() const { return plan_.archive.size() < plan_.found; }

  void announce() {
    const std::size_t count = plan_.archive.size();
    if (count == 0)
      log_nothing_found(origin_, context_.config());
    else if (partial_run())
      log::info(logger, "Found {} xlog segments from {} for {}. Archive a batch of {} segments in this run.",
                plan_.found, name_, server_, count);
    else
      log::info(logger, "Found {} xlog segments from {} for {}. Archive all segments in one run.", plan_.found, name_,
                server_);
    if (count == 0 && say_ != Say::everything) return;
    say(fmt::format("Processing xlog segments from {} for {}{}", name_, server_,
                    count > 0 && partial_run() ? fmt::format(" (batch size: {})", count) : ""));
    if (count == 0) say("\tno file found");
    if (say_ == Say::everything) warn_of_unfit();
  }

  // Not to the log: the watch for stalls says it there, once.
  void warn_of_unfit() {
    constexpr std::size_t most = 10;
    for (std::size_t i = 0; i < std::min(most, plan_.unfit.size()); ++i)
      context_.notifier().warning(fmt::format("{} waits in {} and is not archived: {}", plan_.unfit[i].name, directory_,
                                              *plan_.unfit[i].problem),
                                  Notifier::Logged::no);
    if (plan_.unfit.size() > most)
      context_.notifier().warning(fmt::format("... and {} more", plan_.unfit.size() - most), Notifier::Logged::no);
  }

  void archive_all() {
    Publisher publisher(context_.archive(), origin_, plan_.found);
    publisher.remove_leftovers(plan_.archive);
    if (context_.hooks().configured(hooks::Operation::archive))
      one_by_one(publisher);
    else
      all_at_once(publisher);
    if (partial_run())
      log::debug(logger, "Batch size reached ({}) - Exit {} process for {}", batch_size_, name_, server_);
    log::debug(logger, "Archived {} out of {} xlog segments from {} for {}", done_, plan_.found, name_, server_);
    fs::sync_directory(directory_);
  }

  // The operator reads a file's name once it is archived; around hook scripts, which may stop it, before they run.
  void say_done(const std::string& name) {
    if (!hooked_) say("\t" + name);
  }

  void log_file(std::size_t index) {
    log::info(logger, "Archiving segment {} of {} from {}: {}/{}", index + 1, plan_.archive.size(), name_, server_,
              plan_.archive[index]);
  }

  void all_at_once(Publisher& publisher) {
    const std::size_t count = plan_.archive.size();
    OrderedResults<PreparedWal> workers(count, publisher.most_at_once(), most_per_commit,
                                        [&](std::size_t index) { return publisher.prepare(plan_.archive[index]); });
    std::vector<PreparedWal> batch;
    for (std::size_t index = 0; index < count; ++index) {
      if (!batch.empty() && (batch.size() == most_per_commit || !workers.ready()))
        if (!commit(publisher, batch)) return;
      signals::throw_if_pending();
      std::optional<PreparedWal> wal = take(workers, publisher, batch, index);
      if (wal->kind == PreparedWal::Kind::new_file) {
        batch.push_back(std::move(*wal));
        continue;
      }
      if (!commit(publisher, batch)) return;
      settle(publisher, *wal);
    }
    commit(publisher, batch);
  }

  // The next prepared file. If it failed, those before it are committed first.
  std::optional<PreparedWal> take(OrderedResults<PreparedWal>& workers, Publisher& publisher,
                                  std::vector<PreparedWal>& batch, std::size_t index) {
    try {
      std::optional<PreparedWal> wal = workers.next();
      log_file(index);
      return wal;
    } catch (...) {
      if (commit(publisher, batch)) log_file(index);
      throw;
    }
  }

  // False when the run has to end here.
  bool commit(Publisher& publisher, std::vector<PreparedWal>& batch) {
    if (batch.empty()) return true;
    const std::size_t committed = publisher.publish(batch);
    done_ += committed;
    for (std::size_t i = 0; i < committed; ++i) say_done(batch[i].name);
    const bool all = committed == batch.size();
    batch.clear();
    return all;
  }

  // What the archive has a file for already.
  void settle(Publisher& publisher, PreparedWal& wal) {
    using Kind = PreparedWal::Kind;
    if (wal.kind == Kind::unfit) {
      log::debug(logger, "{} is not archived: {}", wal.source, wal.problem);
      return;
    }
    std::string text;
    if (wal.kind == Kind::other_content) {
      publisher.reject(wal);
      text = fmt::format("\tError: {} is already present in server {}. File moved to errors directory.", wal.name,
                         server_);
    } else if (wal.kind == Kind::replaces_damaged) {
      const std::string moved = publisher.replace(wal);
      text = fmt::format("\tThe archived {} was damaged ({}). It is replaced, and kept as {}.", wal.name, wal.problem,
                         moved);
    } else {
      publisher.confirm(wal);
    }
    ++done_;
    say_done(wal.name);
    if (text.empty()) return;
    say(text);
    log::info(logger, "{}", text);
  }

  // With hook scripts around every file.
  void one_by_one(Publisher& publisher) {
    hooked_ = true;
    for (std::size_t index = 0; index < plan_.archive.size(); ++index) {
      signals::throw_if_pending();
      log_file(index);
      if (!archive_with_hooks(publisher.examine(plan_.archive[index]), publisher)) return;
    }
  }

  // False when the run has to end here.
  bool archive_with_hooks(PreparedWal examined, Publisher& publisher) {
    if (examined.kind == PreparedWal::Kind::unfit) {
      settle(publisher, examined);
      return true;
    }
    say("\t" + examined.name);
    return archiver::archive_with_hooks(context_, std::move(examined), [&](PreparedWal& wal) {
      publisher.complete(wal);
      if (wal.kind == PreparedWal::Kind::new_file) {
        Archived outcome{.described = wal.entry};
        std::vector<PreparedWal> batch;
        batch.push_back(std::move(wal));
        outcome.go_on = commit(publisher, batch);
        if (!outcome.go_on) outcome.error = "the file was changed while it was being archived";
        return outcome;
      }
      Archived outcome{.described = wal.delivered};
      if (wal.kind != PreparedWal::Kind::replaces_damaged) outcome.error = duplicate_error(wal.kind, wal.delivered);
      settle(publisher, wal);
      if (wal.kind == PreparedWal::Kind::replaces_damaged) outcome.described = wal.entry;
      return outcome;
    });
  }

  void move_unknown() {
    if (plan_.unknown.empty()) return;
    log::warning(logger, "Archiver is about to move {} unexpected file(s) to errors directory for {} from {}",
                 plan_.unknown.size(), server_, name_);
    say(
        fmt::format("Some unknown objects have been found while processing xlog segments for {}. "
                    "Objects moved to errors directory:",
                    server_));
    const Burst burst(context_.notifier());
    archive::ErrorsDirectory errors(context_.config().errors_directory);
    for (const std::string& name : plan_.unknown) {
      signals::throw_if_pending();
      log::warning(logger, "Moving unexpected file for {} from {}: {}", server_, name_, name);
      errors.take(directory_ + '/' + name, name, "unknown");
      say("\t" + name);
    }
    errors.settle();
  }

  ServerContext& context_;
  const Origin origin_;
  const Say say_;
  const std::string_view name_;
  const std::string& server_;
  const archive::WalQueue queue_;
  const std::string& directory_;
  std::int64_t batch_size_ = 0;
  ArchivePlan plan_;
  std::size_t done_ = 0;
  bool hooked_ = false;
};

}  // namespace

bool nothing_waits(const config::ServerConfig& config) {
  const std::vector<Origin> all = origins(config);
  const bool nothing = std::ranges::all_of(all, [&](Origin origin) {
    const ArchivePlan plan = plan_archive(origin, archive::WalQueue(config, origin).list(), 0);
    return plan.archive.empty() && plan.unknown.empty();
  });
  if (nothing)
    for (const Origin origin : all) log_nothing_found(origin, config);
  return nothing;
}

std::size_t archive_wal(ServerContext& server, Say say) {
  const config::ServerConfig& config = server.config();
  if (config.passive()) return 0;
  if (config.encryption && !config.encryption_key_id)
    throw Error(Errc::config,
                fmt::format("encryption = {} of server '{}' needs encryption_key_id: nothing was archived",
                            *config.encryption, config.name),
                "set encryption_key_id to the key that gpg encrypts for");
  if (config.compression)
    archive::codec_settings(config);  // a custom compression without filters is reported before anything is done
  log::debug("barman.server", "Starting archive-wal for server {}", config.name);
  const auto lock = fs::LockFile::try_acquire(server.locks().archive_wal());
  if (!lock) {
    const std::string text = fmt::format(
        "Another archive-wal process is already running on server {}. Skipping to the next server", config.name);
    if (say == Say::everything)
      server.notifier().info(text);
    else
      log::info("barman.server", "{}", text);
    return 0;
  }
  std::size_t done = 0;
  for (const Origin origin : origins(config)) done += ArchiverRun(server, origin, say).run();
  return done;
}

namespace {

bool is_partial(const Waiting& item) { return item.name.ends_with(".partial"); }

// Takes out what pg_receivewal still works on.
void leave_the_one_being_streamed(std::vector<Waiting>& archive) {
  const auto newest_partial = std::find_if(archive.rbegin(), archive.rend(), is_partial);
  if (newest_partial != archive.rend())
    archive.erase(std::next(newest_partial).base());
  else if (!archive.empty())
    archive.pop_back();
}

}  // namespace

ArchivePlan plan_archive(Origin origin, std::vector<Waiting> waiting, std::int64_t batch_size) {
  std::erase_if(waiting, [](const Waiting& item) { return item.name.starts_with('.'); });
  std::ranges::sort(waiting, {}, &Waiting::name);
  ArchivePlan plan;
  plan.found = waiting.size();
  std::vector<Waiting> wal;
  for (Waiting& item : waiting) {
    if (item.name.ends_with(".tmp")) continue;
    if (item.regular && is_any_wal_name(item.name))
      wal.push_back(std::move(item));
    else
      plan.unknown.push_back(std::move(item.name));
  }
  if (origin == Origin::streaming) leave_the_one_being_streamed(wal);
  for (Waiting& item : wal) {
    if (item.problem)
      plan.unfit.push_back(std::move(item));
    else
      plan.archive.push_back(std::move(item.name));
  }
  plan.found -= plan.unfit.size();
  if (batch_size > 0 && plan.archive.size() > static_cast<std::size_t>(batch_size))
    plan.archive.resize(static_cast<std::size_t>(batch_size));
  return plan;
}

namespace {

constexpr int pause_ms = 100;
constexpr int pause_for_store_ms = 1000;  // each look is a request

}  // namespace

bool wait_for_wal(ServerContext& server, const std::optional<std::string>& wal, std::chrono::seconds timeout) {
  using Clock = std::chrono::steady_clock;
  const config::ServerConfig& config = server.config();
  const std::string limit = timeout.count() > 0 ? fmt::format(" (max: {} seconds)", timeout.count()) : "";
  if (wal)
    server.notifier().info(fmt::format("Waiting for the WAL file {} from server '{}'{}", *wal, config.name, limit));
  else
    server.notifier().info(fmt::format("Waiting for a WAL file from server '{}' to be archived{}", config.name, limit));

  const auto before = wal ? std::map<std::uint32_t, std::string>() : server.archive().newest();
  const Clock::time_point end = Clock::now() + timeout;
  for (;;) {
    archive_wal(server, Say::what_is_done);
    if (wal ? server.archive().holds(*wal) : server.archive().newest() != before) return true;
    if (timeout.count() > 0 && Clock::now() >= end) break;
    signals::sleep_ms(config.keeps_wal_in_store() ? pause_for_store_ms : pause_ms);
    signals::throw_if_pending();
  }
  if (wal)
    server.notifier().error(fmt::format("The WAL file {} has not been received in {} seconds", *wal, timeout.count()));
  else
    server.notifier().info(fmt::format("A WAL file has not been received in {} seconds", timeout.count()));
  return false;
}

}  // namespace barman::archiver
