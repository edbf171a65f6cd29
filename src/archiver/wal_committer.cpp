#include "wal_committer.h"

#include <fmt/core.h>
#include <unistd.h>

#include <exception>

#include "barman/archiver/wal_file.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "errors_directory.h"
#include "rename.h"

namespace barman::archiver {
namespace {

constexpr std::string_view logger = "barman.wal_archiver";

}  // namespace

std::size_t WalCommitter::commit(std::vector<PreparedWal>& batch) {
  catalog::XlogDb::Appender index = with_.xlogdb.append();
  repair(index);
  std::size_t placed = 0;
  std::exception_ptr failure;
  try {
    for (; placed < batch.size() && unchanged(batch[placed]); ++placed) place(batch[placed]);
  } catch (...) {
    failure = std::current_exception();
  }
  if (placed > 0) finish(batch, placed, std::move(index));
  if (failure) std::rethrow_exception(failure);
  if (placed < batch.size())
    log::warning(logger, "{} was changed while it was being archived: left for the next run", batch[placed].source);
  return placed;
}

// Gives the file its name in the archive.
void WalCommitter::place(PreparedWal& wal) {
  bool placed = false;
  if (!wal.temporary) {
    bool unable = false;
    placed = link_to_free_name(wal.source, wal.target, unable);
    if (unable) preparer_.copy(wal);
  }
  if (wal.temporary) placed = wal.temporary->publish(std::string(base_name(wal.target)));
  if (!placed)
    throw Error(Errc::refused,
                fmt::format("'{}' has appeared in the archive while '{}' was being archived", wal.target, wal.source),
                "run archive-wal again");
}

void WalCommitter::finish(const std::vector<PreparedWal>& batch, std::size_t count, catalog::XlogDb::Appender index) {
  std::set<std::string> directories = {with_.config.wals_directory};  // it may have new hash directories
  for (std::size_t i = 0; i < count; ++i) directories.insert(fs::parent_directory(batch[i].target));
  for (const std::string& directory : directories) fs::sync_directory(directory);
  for (std::size_t i = 0; i < count; ++i) index.append(batch[i].entry);
  index.sync();
  for (std::size_t i = 0; i < count; ++i) fs::remove_file(batch[i].source);
}

// A writer that was killed in the middle of a line may have been the only one to know that file.
void WalCommitter::repair(catalog::XlogDb::Appender& index) const {
  if (index.torn_line().empty()) return;
  const std::string name(index.torn_line().substr(0, index.torn_line().find('\t')));
  if (is_any_wal_name(name) && fs::is_regular_file(preparer_.target_path(name))) {
    log::warning(logger, "Completing the unfinished last line of {}: {}", with_.xlogdb.path(), name);
    index.append(preparer_.stored_entry(name));
  } else {
    log::warning(logger, "Removed the unfinished last line of {}: {}. {}", with_.xlogdb.path(),
                 python_repr(index.torn_line()), with_.xlogdb.damage_hint());
  }
}

void WalCommitter::end_torn_line() const {
  catalog::XlogDb::Appender index = with_.xlogdb.append();
  repair(index);
  index.sync();
}

void WalCommitter::settle(const PreparedWal& wal) {
  using Change = catalog::XlogDb::Change;
  end_torn_line();
  fs::sync_directory(fs::parent_directory(wal.target));
  fs::sync_directory(with_.config.wals_directory);
  switch (with_.xlogdb.put(wal.entry)) {
    case Change::none:
      break;
    case Change::added:
      log::warning(logger, "{} was in the archive of server {} but not in {}: added", wal.name, with_.config.name,
                   with_.xlogdb.path());
      break;
    case Change::corrected:
      log::warning(logger, "{} had another size in {} than in the archive of server {}: corrected", wal.name,
                   with_.xlogdb.path(), with_.config.name);
  }
  fs::remove_file(wal.source);
}

std::string WalCommitter::replace(PreparedWal& wal) {
  end_torn_line();
  const std::string kept = keep_in_errors(wal.target, with_.config.errors_directory, wal.name, "damaged");
  with_.xlogdb.put(wal.entry, [&] {
    fs::FileReplacement whole(wal.target);
    const fs::UnpublishedFile& prepared = *wal.temporary;
    if (::lseek(prepared.fd(), 0, SEEK_SET) != 0) throw_errno("seek in", prepared.place());
    copy_bytes(prepared.fd(), prepared.place(), whole.fd(), whole.temporary_path());
    finish_copy(whole.fd(), whole.temporary_path(), wal.source_info);
    whole.commit();
  });
  fs::remove_file(wal.source);
  return kept;
}

void WalCommitter::reject(const PreparedWal& wal) {
  move_to_errors(wal.source, with_.config.errors_directory, wal.name, "duplicate");
}

}  // namespace barman::archiver
