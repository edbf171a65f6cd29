#include "barman/archive/publisher.h"

#include <fmt/core.h>
#include <unistd.h>

#include <exception>
#include <span>
#include <utility>

#include "barman/archive/errors_directory.h"
#include "barman/archive/wal_file.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "index_writer.h"
#include "note_taker.h"
#include "wal_files.h"
#include "wal_intake.h"

namespace barman::archive {
namespace {

constexpr std::string_view logger = "barman.wal_archiver";

struct ::stat link_stat_of(const std::string& path) {
  const auto info = fs::lstat_if_exists(path);
  if (!info) throw Error(Errc::not_found, fmt::format("'{}' has disappeared", path));
  return *info;
}

catalog::WalEntry entry_of(const std::string& name, const struct ::stat& info,
                           std::optional<codec::Algorithm> algorithm) {
  catalog::WalEntry entry;
  entry.name = name;
  entry.size = info.st_size;
  entry.time = fs::mtime_seconds(info);
  if (algorithm) entry.compression = codec::name(*algorithm);
  return entry;
}

// Whether the source is still the file that was read: same inode, size and time of change.
bool unchanged(const PreparedWal& wal) {
  const auto now = fs::lstat_if_exists(wal.source);
  const struct ::stat& before = wal.source_info;
  return now && now->st_ino == before.st_ino && now->st_dev == before.st_dev && now->st_size == before.st_size &&
         now->st_mtim.tv_sec == before.st_mtim.tv_sec && now->st_mtim.tv_nsec == before.st_mtim.tv_nsec;
}

}  // namespace

Publisher::Publisher(WalArchive& archive, WalQueue queue, std::size_t waiting, Sources sources)
    : config_(archive.config()),
      archive_(archive),
      index_(*archive.writer_),
      queue_(std::move(queue)),
      sources_(sources),
      settings_(for_waiting(codec_settings(config_), waiting)),
      intake_(archive.files_->intake(settings_)),
      notes_(std::make_unique<NoteTaker>(config_)) {
  // What a store has already, on a host that is new to it, is listed before the first line of ours.
  if (config_.keeps_wal_in_store()) fs::make_directories(fs::parent_directory(index_.path()));
  archive.index();
}

Publisher::Publisher(WalArchive& archive, Origin origin, std::size_t waiting)
    : Publisher(archive, archive.queue(origin), waiting, Sources::removed) {}

Publisher::~Publisher() = default;

std::size_t Publisher::most_at_once() const { return intake_->most_at_once(); }

std::optional<catalog::WalEntry> Publisher::stored(const std::string& name) const {
  return intake_->stored_entry(name);
}

void Publisher::remove_leftovers(const std::vector<std::string>& names) const { intake_->remove_leftovers(names); }

PreparedWal Publisher::examine(const std::string& name) const {
  PreparedWal wal;
  wal.name = name;
  wal.source = queue_.location(name);
  wal.source_info = link_stat_of(wal.source);
  // What pg_receivewal writes is never compressed, whatever its first bytes look like.
  std::optional<codec::Algorithm> delivered;
  if (queue_.origin() == Origin::file)
    delivered =
        codec::detect_file(wal.source, config_.compression == "custom" ? settings_.custom_magic : std::string());
  wal.delivered = entry_of(name, wal.source_info, delivered);
  wal.entry = wal.delivered;
  wal.recipe = recipe_of(wal);
  wal.target = intake_->target(wal);
  // Once more: it may have been begun again since it was listed. What comes compressed is looked into only here.
  auto problem = queue_.unfit(name);
  if (!problem && delivered) {
    const auto noter = noter_of(name);
    problem = packed_problem(*parse_wal_name(name), wal.source, codec::stored_as(delivered, settings_),
                             [&](std::string_view piece) {
                               if (noter) noter->feed(piece);
                             });
    if (noter) wal.noted = noter->finish();
  }
  if (problem) {
    wal.kind = PreparedWal::Kind::unfit;
    wal.problem = std::move(*problem);
  }
  return wal;
}

void Publisher::complete(PreparedWal& wal) const {
  using Kind = PreparedWal::Kind;
  if (wal.kind == Kind::unfit) return;
  intake_->compare(wal);
  if (wal.kind == Kind::new_file || wal.kind == Kind::replaces_damaged) intake_->prepare(wal);
}

PreparedWal Publisher::prepare(const std::string& name) const {
  PreparedWal wal = examine(name);
  complete(wal);
  return wal;
}

// What comes compressed stays so.
codec::Recipe Publisher::recipe_of(const PreparedWal& wal) const {
  codec::Recipe recipe;
  if (config_.compression && !wal.delivered.compression) recipe.push_back(settings_);
  if (config_.encryption) recipe.push_back({.algorithm = codec::Algorithm::gpg, .gpg = settings_.gpg});
  return recipe;
}

std::size_t Publisher::publish(std::vector<PreparedWal>& batch) {
  IndexAppender index = index_.append();
  complete_torn_line(index);
  std::size_t placed = 0;
  std::exception_ptr failure;
  try {
    for (; placed < batch.size() && unchanged(batch[placed]); ++placed) intake_->place(batch[placed]);
  } catch (...) {
    failure = std::current_exception();
  }
  if (placed > 0) finish(batch, placed, std::move(index));
  if (failure) std::rethrow_exception(failure);
  if (placed < batch.size()) {
    log::warning(logger, "{} was changed while it was being archived: left for the next run", batch[placed].source);
    intake_->withdraw(batch[placed]);
  }
  return placed;
}

void Publisher::finish(const std::vector<PreparedWal>& batch, std::size_t count, IndexAppender index) const {
  intake_->settle(std::span(batch).first(count));
  for (std::size_t i = 0; i < count; ++i) index.append(batch[i].entry);
  index.sync();
  notes_->take(std::span(batch).first(count));
  for (std::size_t i = 0; i < count; ++i) drop_source(batch[i]);
}

// A writer that was killed in the middle of a line may have been the only one to know that file.
void Publisher::complete_torn_line(IndexAppender& index) const {
  if (index.torn_line().empty()) return;
  const std::string name(index.torn_line().substr(0, index.torn_line().find('\t')));
  if (const auto stored = is_any_wal_name(name) ? intake_->stored_entry(name) : std::nullopt) {
    log::warning(logger, "Completing the unfinished last line of {}: {}", index_.path(), name);
    index.append(*stored);
  } else {
    log::warning(logger, "Removed the unfinished last line of {}: {}. {}", index_.path(),
                 python_repr(index.torn_line()), archive_.index().damage_hint());
  }
}

void Publisher::end_torn_line() const {
  IndexAppender index = index_.append();
  complete_torn_line(index);
  index.sync();
}

void Publisher::confirm(const PreparedWal& wal) {
  using Change = IndexWriter::Change;
  end_torn_line();
  intake_->settle({&wal, 1});
  switch (index_.put(wal.entry)) {
    case Change::none:
      break;
    case Change::added:
      log::warning(logger, "{} was in the archive of server {} but not in {}: added", wal.name, config_.name,
                   index_.path());
      break;
    case Change::corrected:
      log::warning(logger, "{} had another size in {} than in the archive of server {}: corrected", wal.name,
                   index_.path(), config_.name);
  }
  drop_source(wal);
}

void Publisher::drop_source(const PreparedWal& wal) const {
  if (sources_ == Sources::removed) fs::remove_file(wal.source);
}

std::string Publisher::replace(PreparedWal& wal) {
  end_torn_line();
  const std::string kept = intake_->keep_damaged(wal);
  {
    const fs::LockFile held = index_.lock();
    intake_->exchange(wal);
    index_.put(wal.entry, held);
    notes_->take({&wal, 1});
  }
  drop_source(wal);
  return kept;
}

void Publisher::reject(const PreparedWal& wal) {
  move_to_errors(wal.source, config_.errors_directory, wal.name, "duplicate");
}

}  // namespace barman::archive
