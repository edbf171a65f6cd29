#include "barman/copy/smart_copy.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/on_exit.h"
#include "barman/core/parallel.h"
#include "barman/fs/file.h"
#include "barman/fs/rsync.h"
#include "barman/fs/scratch.h"
#include "listing.h"
#include "local_copy.h"
#include "rsync_call.h"
#include "stopwatch.h"
#include "task_pool.h"

namespace barman::copy {
namespace {

constexpr std::string_view logger = "barman.copy_controller";
constexpr int partial_transfer = 23;
constexpr int vanished_files = 24;
constexpr std::size_t most_threads = 8;  // more do not make a disk faster

// Bytes of files dealt with, reported by several threads.
class Counter {
 public:
  Counter(Progress& progress, std::int64_t expected) : progress_(progress) { progress_.start("", expected); }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  ~Counter() { progress_.finish(); }
  void add(std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    done_ += bytes;
    progress_.update(done_);
  }

 private:
  Progress& progress_;
  std::mutex mutex_;
  std::int64_t done_ = 0;
};

// What is known about an item before its copy starts.
struct State {
  const Item* item = nullptr;
  std::size_t index = 0;
  bool reuse = false;             // files can be taken from the reuse directory
  bool destination_used = false;  // it held something before
  bool here = false;              // copied without rsync
  bool has_reference() const { return reuse || destination_used; }
};

// With a slash at its end the name of a directory stands for what is in it, too.
std::string_view without_slash(std::string_view directory) {
  return directory.ends_with('/') ? directory.substr(0, directory.size() - 1) : directory;
}

[[noreturn]] void fail(const exec::Command& command, const exec::Outcome& outcome) {
  throw Error(Errc::remote, fmt::format("data transfer failure\nrsync error:\n{}", exec::describe(command, outcome)));
}

using Visit = std::function<void(const Itemized&)>;
const Visit nothing = [](const Itemized&) {};

// What the listing of an item found.
struct Analysis {
  Listing files;         // that something is left to do for
  FileList directories;  // all but the item itself
  std::uint64_t kept = 0;
};

// All that is left, and the directories.
Buckets::Bucket one_bucket(const Listing& listing, FileList directories, FileList compare) {
  Listing::Cursor cursor(listing);
  while (const auto file = cursor.next()) (file->compare ? compare : directories).add(file->name);
  directories.finish();
  compare.finish();
  return {std::move(directories), std::move(compare)};
}

class Copier {
 public:
  Copier(const Request& request, exec::Runner& local, fs::Host& remote_end, Progress& progress)
      : request_(request),
        local_(local),
        remote_end_(remote_end),
        cancellation_(request.cancellation != nullptr ? *request.cancellation : own_cancellation_),
        counter_(progress, request.expected_bytes),
        stopwatch_(request.items.size()) {}

  Statistics run();

 private:
  State examine(std::size_t index) const;
  bool destination_used(const Item& item) const;
  std::string list_name(const State& state, std::string_view suffix) const {
    return fmt::format("{}/{}_{}.list", directory_.path(), state.index, suffix);
  }
  bool several_jobs() const { return request_.jobs > 1; }

  bool must_be_compared(const State& state, const Itemized& entry) const {
    return entry.taken && entry.size > 0 && state.has_reference() && must_compare(entry.mtime, request_.safe_horizon);
  }
  bool keep(const State& state, const Itemized& entry) const;
  Analysis analyse(const State& state);
  void prepare(const State& state);
  std::vector<std::function<void()>> tasks_of(const State& state);
  void copy_whole(const State& state);
  void copy_bucket(const State& state, const Buckets::Bucket& bucket);
  void copy_here(const State& state);
  void copy_file(const State& state);
  void copy_listed(const State& state, const FileList& list, RsyncCall what);
  void run_pass(const std::vector<State>& states);

  void call(const State& state, const RsyncCall& what, const Visit& visit);
  void run_for_file(const exec::Command& command, bool optional);
  void call_with_retry(const State& state, const std::function<RsyncCall(bool again)>& what, const Visit& visit);
  std::function<void()> timed(const State& state, std::function<void()> task);

  const Request& request_;
  exec::Runner& local_;
  fs::Host& remote_end_;
  exec::Cancellation own_cancellation_;
  exec::Cancellation& cancellation_;
  Counter counter_;
  Stopwatch stopwatch_;
  fs::ScratchDirectory directory_;
  // Of each item that was dealt out; the others are left to copy_whole.
  std::vector<std::optional<std::vector<Buckets::Bucket>>> buckets_{request_.items.size()};
};

// Here or there.
bool Copier::destination_used(const Item& item) const {
  const std::vector<std::string> names = request_.source_is_remote_end ? fs::list_directory_if_exists(item.destination)
                                                                       : remote_end_.list(item.destination);
  return std::ranges::any_of(names, [](const std::string& name) { return name != "pg_tblspc"; });
}

State Copier::examine(std::size_t index) const {
  State state;
  state.item = &request_.items[index];
  state.index = index;
  if (!state.item->directory) return state;
  if (request_.reuse != ReuseMode::none && state.item->reuse_directory) {
    state.reuse = fs::is_directory(*state.item->reuse_directory);
    if (!state.reuse)
      log::warning(logger, "cannot reuse '{}' for '{}': it is not there", *state.item->reuse_directory,
                   state.item->label);
  }
  state.here = can_copy_here(request_, *state.item, remote_end_);
  state.destination_used = !state.here && destination_used(*state.item);
  return state;
}

void Copier::call(const State& state, const RsyncCall& what, const Visit& visit) {
  exec::Command command = rsync_command(request_, *state.item, what, remote_end_);
  command.environment = {{"TZ", "UTC0"}};
  command.logger = "RsyncPgData";
  command.cancellation = &cancellation_;
  command.on_output_line = [&visit](std::string_view line) {
    if (const auto entry = parse_itemized(line)) visit(*entry);
  };
  if (!state.item->directory) return run_for_file(command, state.item->optional);
  const bool may_vanish = request_.source_is_remote_end && request_.files_may_vanish;
  const exec::Outcome outcome = fs::run_rsync(local_, command, may_vanish);
  if (outcome.status == vanished_files && !may_vanish) fail(command, outcome);
}

// A single file that is missing ends rsync's connection early, which shows in its messages.
void Copier::run_for_file(const exec::Command& command, bool optional) {
  const exec::Outcome outcome = local_.run(command);
  if (outcome.ok()) return;
  const bool partial = outcome.status == partial_transfer || outcome.status == vanished_files;
  if (!(optional && partial && reports_missing_file(outcome.err))) fail(command, outcome);
}

// `what` is asked before each attempt. Nothing is retried once the copy was cancelled.
void Copier::call_with_retry(const State& state, const std::function<RsyncCall(bool again)>& what, const Visit& visit) {
  bool again = false;
  const auto attempt = [&] {
    try {
      call(state, what(std::exchange(again, true)), visit);
    } catch (const Error&) {
      if (!cancellation_.cancelled()) throw;
      throw Interrupted("the copy was given up");
    }
  };
  exec::with_retry(request_.retry, attempt, [&](int number, const std::string& failure) {
    log::warning(logger, "Failure executing rsync on {} (attempt {}): {}", state.item->label, number, failure);
    log::warning(logger, "Retrying in {} seconds", request_.retry.sleep_seconds);
  });
}

// The whole directory by size and date, then what that cannot decide.
void Copier::copy_whole(const State& state) {
  std::optional<FileList> doubtful;
  call_with_retry(
      state,
      [&](bool again) {
        doubtful.emplace(list_name(state, "check"));
        return RsyncCall{.recursive = true, .remove = again || state.destination_used, .reuse = state.reuse};
      },
      [&](const Itemized& entry) {
        if (entry.kind != Itemized::Kind::file) return;
        counter_.add(entry.size);
        if (must_be_compared(state, entry)) doubtful->add(entry.name);
      });
  doubtful->finish();
  if (doubtful->empty()) return;
  log::info(logger, "Comparing the content of {} files of {}", doubtful->count(), state.item->label);
  call_with_retry(
      state, [&](bool) { return RsyncCall{.files_from = doubtful->path(), .compare = true, .reuse = state.reuse}; },
      nothing);
}

// Whether nothing is left to do for a file that needs no comparison: it is in its place, or can be linked there.
bool Copier::keep(const State& state, const Itemized& entry) const {
  if (!entry.taken || !entry.unchanged) return false;
  if (entry.there) return true;
  const bool may_link = state.reuse && request_.reuse == ReuseMode::link && !state.destination_used;
  return may_link && link_from_reuse_directory(*state.item, entry.name);
}

// What there is to do, by one listing; what is known to be as in the backup before is linked at once.
Analysis Copier::analyse(const State& state) {
  log::info(logger, "Analyzing {}: {}", state.item->label, state.item->source);
  std::optional<Analysis> found;
  call_with_retry(
      state,
      [&](bool) {
        found.emplace(Analysis{Listing(list_name(state, "all")), FileList(list_name(state, "dir"))});
        return RsyncCall{.recursive = true, .dry_run = true, .reuse = state.reuse};
      },
      [&](const Itemized& entry) {
        if (entry.kind == Itemized::Kind::directory) {
          found->files.add_directory(entry.name);
          if (entry.name != "./") found->directories.add(without_slash(entry.name));
        }
        if (entry.kind != Itemized::Kind::file) return;
        const bool doubtful = must_be_compared(state, entry);
        if (!doubtful && keep(state, entry)) {
          counter_.add(entry.size);
          ++found->kept;
        } else {
          found->files.add(entry.name, doubtful, doubtful || !entry.taken ? entry.size : 0);
        }
      });
  found->files.finish();
  log::info(logger, "{} files of {} are as before", found->kept, state.item->label);
  return std::move(*found);
}

// For several jobs: the files are dealt out; what the source does not have is deleted, and directories are made, before
// any job starts. What is enough for one job only is left to copy_whole, unless there are links already: then the
// directories go with it.
void Copier::prepare(const State& state) {
  Analysis found = analyse(state);
  const bool one_job = found.files.weight() < request_.worth_a_job;
  // Without directories the first job would have to make the destination.
  if (found.directories.empty() || (one_job && found.kept == 0)) return;
  if (state.destination_used)
    call_with_retry(
        state, [&](bool) { return RsyncCall{.recursive = true, .remove = true, .only_remove = true}; }, nothing);
  auto& buckets = buckets_[state.index].emplace();
  if (one_job) {
    buckets.push_back(one_bucket(found.files, std::move(found.directories), FileList(list_name(state, "check"))));
    return;
  }
  found.directories.finish();
  call_with_retry(
      state, [&](bool) { return RsyncCall{.files_from = found.directories.path()}; }, nothing);
  Buckets dealt(directory_.path(), std::to_string(state.index), static_cast<std::size_t>(request_.jobs),
                {.worth_a_job = request_.worth_a_job});
  deal_out(found.files, static_cast<std::size_t>(request_.jobs), dealt);
  buckets = dealt.take();
}

void Copier::copy_listed(const State& state, const FileList& list, RsyncCall what) {
  if (list.empty()) return;
  what.files_from = list.path();
  what.reuse = state.reuse;
  call_with_retry(
      state, [&](bool) { return what; },
      [&](const Itemized& entry) {
        if (entry.kind == Itemized::Kind::file) counter_.add(entry.size);
      });
}

void Copier::copy_bucket(const State& state, const Buckets::Bucket& bucket) {
  copy_listed(state, bucket.quick, {.recursive = bucket.trees});
  copy_listed(state, bucket.compare, {.compare = true});
}

void Copier::copy_here(const State& state) {
  const auto threads = std::min(core_count(), most_threads);
  copy_directory_here(*state.item, std::max(threads, static_cast<std::size_t>(request_.jobs)), cancellation_,
                      [this](std::int64_t bytes) { counter_.add(bytes); });
}

void Copier::copy_file(const State& state) {
  call_with_retry(
      state, [](bool) { return RsyncCall{}; }, [&](const Itemized& entry) { counter_.add(entry.size); });
}

std::function<void()> Copier::timed(const State& state, std::function<void()> task) {
  return [this, index = state.index, task = std::move(task)] {
    const auto start = Stopwatch::Clock::now();
    const OnExit record([&] { stopwatch_.copied(index, start, Stopwatch::Clock::now()); });
    task();
  };
}

std::vector<std::function<void()>> Copier::tasks_of(const State& state) {
  if (!state.item->directory) return {timed(state, [this, state] { copy_file(state); })};
  if (state.here) return {timed(state, [this, state] { copy_here(state); })};
  const auto& buckets = buckets_[state.index];
  if (!buckets) return {timed(state, [this, state] { copy_whole(state); })};
  std::vector<std::function<void()>> tasks;
  for (const Buckets::Bucket& bucket : *buckets)
    tasks.push_back(timed(state, [this, state, &bucket] { copy_bucket(state, bucket); }));
  return tasks;
}

void Copier::run_pass(const std::vector<State>& states) {
  const StartGate gate(request_.jobs_start_batch_size, std::chrono::seconds(request_.jobs_start_batch_period));
  const auto workers = static_cast<std::size_t>(request_.jobs);
  std::vector<std::function<void()>> tasks;
  if (several_jobs())
    for (const State& state : states)
      if (state.item->directory && !state.here)
        tasks.emplace_back([this, &state] {
          const auto start = Stopwatch::Clock::now();
          prepare(state);
          stopwatch_.analysed(state.index, start, Stopwatch::Clock::now());
        });
  run_tasks(tasks, workers, gate, cancellation_);
  tasks.clear();
  for (const State& state : states)
    for (auto& task : tasks_of(state)) tasks.push_back(std::move(task));
  run_tasks(tasks, workers, gate, cancellation_);
}

Statistics Copier::run() {
  log::info(
      logger, "Copy started ({})",
      request_.safe_horizon ? fmt::format("safe before {}", to_python(*request_.safe_horizon)) : "no safe horizon");
  std::vector<State> first, last;
  for (std::size_t i = 0; i < request_.items.size(); ++i) (request_.items[i].last ? last : first).push_back(examine(i));
  run_pass(first);
  run_pass(last);
  Statistics statistics = stopwatch_.statistics(request_);
  log::info(logger, "Copy finished (safe before {})",
            request_.safe_horizon ? to_python(*request_.safe_horizon) : std::string("None"));
  return statistics;
}

}  // namespace

Statistics smart_copy(const Request& request, exec::Runner& local, fs::Host& remote_end, Progress& progress) {
  return Copier(request, local, remote_end, progress).run();
}

}  // namespace barman::copy
