#include "barman/archive/publisher.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <exception>
#include <set>
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
#include "content_mark.h"
#include "index_writer.h"

namespace barman::archive {
namespace {

constexpr std::string_view logger = "barman.wal_archiver";

struct ::stat stat_of(const std::string& path) {
  const auto info = fs::stat_if_exists(path);
  if (!info) throw Error(Errc::not_found, fmt::format("'{}' has disappeared", path));
  return *info;
}

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

Publisher::Publisher(WalArchive& archive, Origin origin, std::size_t waiting)
    : config_(archive.config()),
      archive_(archive),
      index_(*archive.writer_),
      queue_(archive.queue(origin)),
      settings_(for_waiting(codec_settings(config_), waiting)) {
  archive.index();
}

void Publisher::remove_leftovers(const std::vector<std::string>& names) const {
  std::set<std::string> directories;
  for (const std::string& name : names) directories.insert(fs::parent_directory(archive_.location(name)));
  for (const std::string& directory : directories)
    fs::remove_abandoned_replacements(directory,
                                      [](std::string_view name) { return name == fs::unpublished_file_name; });
}

catalog::WalEntry Publisher::stored_entry(const std::string& name) const {
  const std::string path = archive_.location(name);
  catalog::WalEntry entry = entry_of(name, stat_of(path), std::nullopt);
  describe_stored(path, config_, settings_, entry);
  if (entry.encryption) entry.compression = compression_below_encryption(path);
  // pigz and gzip files look alike: the configured word is the likelier one.
  if (entry.compression && config_.compression &&
      codec::same_format(*codec::parse_algorithm(*entry.compression), settings_.algorithm))
    entry.compression = codec::name(settings_.algorithm);
  return entry;
}

// Where it cannot be seen, what this server compresses with is the likely one: nothing depends on it.
std::optional<std::string> Publisher::compression_below_encryption(const std::string& path) const {
  if (!config_.encryption_passphrase_command) return config_.compression;
  try {
    const UniqueFd file = fs::open_file(path, O_RDONLY);
    codec::StreamDecoder decrypted(file.get(), {{.algorithm = codec::Algorithm::gpg, .gpg = settings_.gpg}}, path);
    std::string head(head_size(settings_), '\0');
    std::size_t filled = 0;
    while (filled < head.size()) {
      const std::size_t got = decrypted.read(std::span(head).subspan(filled));
      if (got == 0) break;
      filled += got;
    }
    head.resize(filled);
    const auto algorithm = algorithm_of(head, config_, settings_);
    return algorithm ? std::optional<std::string>(codec::name(*algorithm)) : std::nullopt;
  } catch (const Error& error) {
    log::warning(logger, "Cannot look into {}: {}", path, error.what());
    return config_.compression;
  }
}

PreparedWal Publisher::examine(const std::string& name) const {
  PreparedWal wal;
  wal.name = name;
  wal.source = queue_.location(name);
  wal.target = archive_.location(name);
  wal.source_info = link_stat_of(wal.source);
  // What pg_receivewal writes is never compressed, whatever its first bytes look like.
  std::optional<codec::Algorithm> delivered;
  if (queue_.origin() == Origin::file)
    delivered =
        codec::detect_file(wal.source, config_.compression == "custom" ? settings_.custom_magic : std::string());
  wal.delivered = entry_of(name, wal.source_info, delivered);
  wal.entry = wal.delivered;
  // Once more: it may have been begun again since it was listed. What comes compressed is looked into only here.
  auto problem = queue_.unfit(name);
  if (!problem && delivered)
    problem = packed_problem(*parse_wal_name(name), wal.source, codec::stored_as(delivered, settings_));
  if (problem) {
    wal.kind = PreparedWal::Kind::unfit;
    wal.problem = std::move(*problem);
  }
  return wal;
}

void Publisher::complete(PreparedWal& wal) const {
  if (wal.kind == PreparedWal::Kind::unfit) return;
  fs::make_directories(fs::parent_directory(wal.target));
  if (fs::exists(wal.target)) compare(wal);
  if (wal.kind != PreparedWal::Kind::new_file && wal.kind != PreparedWal::Kind::replaces_damaged) return;
  if (const codec::Recipe recipe = recipe_of(wal); !recipe.empty())
    encode(wal, recipe);
  else if (wal.kind == PreparedWal::Kind::replaces_damaged)
    copy(wal);
  else
    fs::sync_file(wal.source);
}

void Publisher::compare(PreparedWal& wal) const {
  if (holds_same_content(wal)) {
    wal.kind = PreparedWal::Kind::archived;
    wal.entry = stored_entry(wal.name);
    fs::sync_file(wal.target);
  } else if (auto problem = stored_problem(*parse_wal_name(wal.name), wal.target, config_, settings_)) {
    wal.kind = PreparedWal::Kind::replaces_damaged;
    wal.problem = std::move(*problem);
  } else if (is_beginning_of(wal.target, *parse_wal_name(wal.name), wal.source, config_, settings_)) {
    wal.kind = PreparedWal::Kind::replaces_damaged;
    wal.problem = "it ends before all lines were there";
  } else {
    wal.kind = PreparedWal::Kind::other_content;
  }
}

PreparedWal Publisher::prepare(const std::string& name) const {
  PreparedWal wal = examine(name);
  complete(wal);
  return wal;
}

bool Publisher::holds_same_content(const PreparedWal& wal) const {
  const auto target = stat_of(wal.target);
  if (target.st_ino == wal.source_info.st_ino && target.st_dev == wal.source_info.st_dev) return true;
  if (codec::looks_encrypted(codec::read_head(wal.target))) return is_encrypted_copy(wal);
  return same_as_stored(wal);
}

bool Publisher::same_as_stored(const PreparedWal& wal) const {
  std::optional<codec::Algorithm> delivered;
  if (wal.delivered.compression) delivered = codec::parse_algorithm(*wal.delivered.compression);
  try {
    return codec::same_content(wal.source, codec::stored_as(delivered, settings_), wal.target,
                               recipe_of_file(wal.target, config_, settings_));
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) throw;
    // One of the two is damaged; which one, the operator must find out. Both are kept.
    log::error(logger, "Cannot compare {} with the archived file: {}", wal.source, error.what());
    return false;
  }
}

// By decrypting it, or by what can be told without. The source came encrypted itself where the two are the same bytes.
bool Publisher::is_encrypted_copy(const PreparedWal& wal) const {
  if (codec::same_content(wal.source, {}, wal.target, {})) return true;
  std::string why_not = "encryption_passphrase_command is not set";
  if (config_.encryption_passphrase_command) {
    try {
      return same_as_stored(wal);
    } catch (const Error& error) {
      if (error.code() != Errc::config && error.code() != Errc::timeout) throw;
      why_not = error.what();
    }
  }
  if (is_marked_with(wal.target, wal.source)) return true;
  log::warning(logger, "Cannot compare {} with the archived file, which is encrypted: {}", wal.source, why_not);
  return false;
}

// What comes compressed stays so.
codec::Recipe Publisher::recipe_of(const PreparedWal& wal) const {
  codec::Recipe recipe;
  if (config_.compression && !wal.delivered.compression) recipe.push_back(settings_);
  if (config_.encryption) recipe.push_back({.algorithm = codec::Algorithm::gpg, .gpg = settings_.gpg});
  return recipe;
}

void Publisher::encode(PreparedWal& wal, const codec::Recipe& recipe) const {
  wal.temporary = std::make_unique<fs::UnpublishedFile>(fs::parent_directory(wal.target));
  const fs::UnpublishedFile& packed = *wal.temporary;
  const UniqueFd source = fs::open_file(wal.source, O_RDONLY | O_NOFOLLOW);
  if (config_.encryption && !config_.encryption_passphrase_command) {
    ContentDigest content;
    codec::encode(source.get(), packed.fd(), recipe, wal.source, [&](std::string_view piece) { content.add(piece); });
    mark_content(packed.fd(), packed.place(), content);
  } else {
    codec::encode(source.get(), packed.fd(), recipe, wal.source);
  }
  finish_copy(packed.fd(), packed.place(), wal.source_info);
  struct ::stat info {};
  if (::fstat(packed.fd(), &info) != 0) throw_errno("examine", packed.place());
  wal.entry.size = info.st_size;
  if (codec::compresses(recipe.front().algorithm)) wal.entry.compression = codec::name(recipe.front().algorithm);
  if (config_.encryption) wal.entry.encryption = codec::name(recipe.back().algorithm);
}

void Publisher::copy(PreparedWal& wal) const {
  wal.temporary = std::make_unique<fs::UnpublishedFile>(fs::parent_directory(wal.target));
  const fs::UnpublishedFile& copy = *wal.temporary;
  const UniqueFd source = fs::open_file(wal.source, O_RDONLY | O_NOFOLLOW);
  copy_bytes(source.get(), wal.source, copy.fd(), copy.place());
  finish_copy(copy.fd(), copy.place(), wal.source_info);
}

std::size_t Publisher::publish(std::vector<PreparedWal>& batch) {
  IndexAppender index = index_.append();
  complete_torn_line(index);
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
void Publisher::place(PreparedWal& wal) const {
  bool placed = false;
  if (!wal.temporary) {
    bool unable = false;
    placed = link_to_free_name(wal.source, wal.target, unable);
    if (unable) copy(wal);
  }
  if (wal.temporary) placed = wal.temporary->publish(std::string(base_name(wal.target)));
  if (!placed)
    throw Error(Errc::refused,
                fmt::format("'{}' has appeared in the archive while '{}' was being archived", wal.target, wal.source),
                "run archive-wal again");
}

void Publisher::finish(const std::vector<PreparedWal>& batch, std::size_t count, IndexAppender index) const {
  std::set<std::string> directories = {archive_.directory()};  // it may have new hash directories
  for (std::size_t i = 0; i < count; ++i) directories.insert(fs::parent_directory(batch[i].target));
  for (const std::string& directory : directories) fs::sync_directory(directory);
  for (std::size_t i = 0; i < count; ++i) index.append(batch[i].entry);
  index.sync();
  for (std::size_t i = 0; i < count; ++i) fs::remove_file(batch[i].source);
}

// A writer that was killed in the middle of a line may have been the only one to know that file.
void Publisher::complete_torn_line(IndexAppender& index) const {
  if (index.torn_line().empty()) return;
  const std::string name(index.torn_line().substr(0, index.torn_line().find('\t')));
  if (is_any_wal_name(name) && fs::is_regular_file(archive_.location(name))) {
    log::warning(logger, "Completing the unfinished last line of {}: {}", index_.path(), name);
    index.append(stored_entry(name));
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
  fs::sync_directory(fs::parent_directory(wal.target));
  fs::sync_directory(archive_.directory());
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
  fs::remove_file(wal.source);
}

std::string Publisher::replace(PreparedWal& wal) {
  end_torn_line();
  const std::string kept = keep_in_errors(wal.target, config_.errors_directory, wal.name, "damaged");
  {
    const fs::LockFile held = index_.lock();
    fs::FileReplacement whole(wal.target);
    const fs::UnpublishedFile& prepared = *wal.temporary;
    if (::lseek(prepared.fd(), 0, SEEK_SET) != 0) throw_errno("seek in", prepared.place());
    copy_bytes(prepared.fd(), prepared.place(), whole.fd(), whole.temporary_path());
    finish_copy(whole.fd(), whole.temporary_path(), wal.source_info);
    whole.commit();
    index_.put(wal.entry, held);
  }
  fs::remove_file(wal.source);
  return kept;
}

void Publisher::reject(const PreparedWal& wal) {
  move_to_errors(wal.source, config_.errors_directory, wal.name, "duplicate");
}

}  // namespace barman::archive
