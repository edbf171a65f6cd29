#include "archive_set.h"

#include <algorithm>
#include <cmath>

#include "backup_logger.h"
#include "barman/cloud/object_removal.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/parallel.h"
#include "barman/core/signals.h"

namespace barman::cloud {
namespace {

// Each holds a part that is being filled and what its compression needs.
constexpr std::size_t most_at_once = 3;
constexpr std::size_t most_workers = 4;
constexpr std::string_view data_name = "data";

std::size_t trees_at_once(std::size_t trees, const ArchivePlan& plan, std::size_t jobs) {
  return std::max<std::size_t>(1, std::min({trees, jobs, plan.buffers - 1, most_at_once}));
}

int workers_for(std::size_t at_once) {
  return static_cast<int>(std::clamp<std::size_t>(core_count() / at_once, 1, most_workers));
}

double to_micros(double seconds) { return std::round(seconds * 1e6) / 1e6; }

ArchivePlan plan_with_warnings(const ArchiveWishes& wishes, const store::ObjectStore& store) {
  const ArchivePlan plan = plan_archives(wishes, store.abilities());
  if (plan.max_archive_size_capped)
    log::warning(logger, "max-archive-size too big. Capping it to to {}",
                 human_size(static_cast<std::int64_t>(largest_archive)));
  if (plan.min_chunk_size_capped)
    log::warning(logger, "min-chunk-size too big: parts are kept in memory. Capping it to {}",
                 human_size(static_cast<std::int64_t>(plan.part_size)));
  return plan;
}

}  // namespace

ArchiveSet::ArchiveSet(store::ObjectStore& store, Setup setup)
    : store_(store),
      setup_(std::move(setup)),
      plan_(plan_with_warnings(setup_.wishes, store)),
      parts_(plan_, setup_.wishes.jobs) {}

ArchiveSet::~ArchiveSet() {
  parts_.stop();  // first: a signal ends what is being sent
  const signals::Deferral deferral;
  std::vector<std::string> appeared;
  for (const auto& archive : archives_) {
    if (!archive) continue;  // it could not be begun
    const std::vector<std::string> keys = archive->abandon();
    appeared.insert(appeared.end(), keys.begin(), keys.end());
  }
  if (setup_.takes_back_complete && !complete_ && !appeared.empty()) take_back(appeared);
}

// Some were complete when another one failed.
void ArchiveSet::take_back(const std::vector<std::string>& keys) const noexcept {
  try {
    remove_objects(store_, keys, store_.abilities().delete_batch);
  } catch (const std::exception& error) {
    log::error(logger, "archives of a backup that has failed may stay in {}: {}", store_.name(), error.what());
  }
}

void ArchiveSet::upload_one(const Tree& tree, ArchiveUpload& archive, const Counted& counted) {
  log::info(logger, "Uploading '{}' directory '{}' as '{}'", tree.label, tree.root, archive.current_file_name());
  if (tree.upload)
    tree.upload(archive, counted);
  else
    upload_tree(archive, tree.root, tree.rules, counted);
  if (tree.name != data_name) archive.close();
}

void ArchiveSet::upload(const std::vector<Tree>& trees, const Counted& counted) {
  const std::size_t at_once = setup_.one_by_one ? 1 : trees_at_once(trees.size(), plan_, setup_.wishes.jobs);
  format_ = archive_format(setup_.compression, workers_for(at_once));
  const ArchiveTarget target{store_, parts_, plan_, format_, setup_.options, setup_.prefix, setup_.journal};
  archives_.resize(trees.size());
  run_parallel(trees.size(), at_once, [&](std::size_t i) {
    try {
      archives_[i] = std::make_unique<ArchiveUpload>(target, trees[i].name);
      upload_one(trees[i], *archives_[i], counted);
    } catch (...) {
      parts_.fail(std::current_exception());  // for those that are in the middle of their own tree
      throw;
    }
  });
  for (const auto& archive : archives_)
    if (archive->name() == data_name) data_ = archive.get();
}

void ArchiveSet::complete() {
  log::info(logger, "Marking all the uploaded archives as 'completed'");
  for (const auto& archive : archives_) archive->close();
  parts_.wait();
  for (const auto& archive : archives_) archive->complete();
  parts_.wait();
  complete_ = true;
}

std::uint64_t ArchiveSet::size() const {
  std::uint64_t sum = 0;
  for (const auto& archive : archives_) sum += archive->size();
  return sum;
}

catalog::CopyStats ArchiveSet::statistics() const {
  catalog::CopyStats stats;
  stats.number_of_workers = static_cast<std::int64_t>(setup_.wishes.jobs);
  stats.analysis_time = 0;
  stats.analysis_time_per_item.emplace();
  stats.copy_time_per_item.emplace();
  stats.serialized_copy_time_per_item.emplace();
  TransferTimes all;
  for (const auto& archive : archives_) {
    const TransferTimes& times = archive->times();
    stats.analysis_time_per_item->emplace_back(archive->name(), 0);  // there is nothing to compare with
    stats.copy_time_per_item->emplace_back(archive->name(), to_micros(times.end - times.begin));
    stats.serialized_copy_time_per_item->emplace_back(archive->name(), to_micros(times.sum));
    if (times.begin != 0) all.add(times.begin, times.end);
  }
  double serialized = 0;
  for (const auto& archive : archives_) serialized += archive->times().sum;
  stats.copy_time = to_micros(all.end - all.begin);
  stats.serialized_copy_time = to_micros(serialized);
  return stats;
}

std::vector<Tree> trees_of(const catalog::BackupInfo& info) {
  std::vector<Tree> trees;
  if (info.tablespaces)
    for (const catalog::Tablespace& tablespace : *info.tablespaces)
      trees.push_back({std::to_string(tablespace.oid), tablespace.name, tablespace.location, tablespace_rules(info)});
  trees.push_back({std::string(data_name), "pgdata", info.pgdata.value_or(""), data_rules(info)});
  return trees;
}

}  // namespace barman::cloud
