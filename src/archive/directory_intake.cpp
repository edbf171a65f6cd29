#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "barman/archive/errors_directory.h"
#include "barman/archive/wal_file.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/parallel.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/fs/unpublished_file.h"
#include "comparison.h"
#include "content_mark.h"
#include "directory_files.h"
#include "note_taker.h"
#include "wal_intake.h"

namespace barman::archive {
namespace {

constexpr std::string_view logger = "barman.wal_archiver";
constexpr std::size_t most_threads = 16;  // a worker may hold two segments in memory

struct ::stat stat_of(const std::string& path) {
  const auto info = fs::stat_if_exists(path);
  if (!info) throw Error(Errc::not_found, fmt::format("'{}' has disappeared", path));
  return *info;
}

class DirectoryIntake : public WalIntake {
 public:
  DirectoryIntake(const config::ServerConfig& config, const codec::Stage& settings)
      : config_(config), settings_(settings) {}

  std::size_t most_at_once() const override { return std::min(core_count(), most_threads); }
  std::string target(const PreparedWal& wal) const override { return path_in_archive(config_, wal.name); }

  // Where the file system knows no files without a name.
  void remove_leftovers(const std::vector<std::string>& names) const override {
    std::set<std::string> directories;
    for (const std::string& name : names) directories.insert(fs::parent_directory(path_in_archive(config_, name)));
    for (const std::string& directory : directories)
      fs::remove_abandoned_replacements(directory,
                                        [](std::string_view name) { return name == fs::unpublished_file_name; });
  }

  void compare(PreparedWal& wal) const override {
    fs::make_directories(fs::parent_directory(wal.target));
    if (!fs::exists(wal.target)) return;
    const auto target = stat_of(wal.target);
    Comparison found{PreparedWal::Kind::archived, {}};
    if (target.st_ino != wal.source_info.st_ino || target.st_dev != wal.source_info.st_dev)
      found = compare_with(wal, wal.target, config_, settings_);
    wal.kind = found.kind;
    wal.problem = std::move(found.problem);
    if (wal.kind != PreparedWal::Kind::archived) return;
    wal.entry = stored_entry(wal.name).value();
    fs::sync_file(wal.target);
  }

  void prepare(PreparedWal& wal) const override {
    if (!wal.recipe.empty())
      encode(wal);
    else if (wal.kind == PreparedWal::Kind::replaces_damaged)
      copy(wal);
    else
      fs::sync_file(wal.source);
  }

  void place(PreparedWal& wal) const override {
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

  void settle(std::span<const PreparedWal> wals) const override {
    std::set<std::string> directories = {config_.wals_directory};  // it may have new hash directories
    for (const PreparedWal& wal : wals) directories.insert(fs::parent_directory(wal.target));
    for (const std::string& directory : directories) fs::sync_directory(directory);
  }

  void withdraw(PreparedWal&) const override {}

  std::string keep_damaged(const PreparedWal& wal) const override {
    return keep_in_errors(wal.target, config_.errors_directory, wal.name, "damaged");
  }

  void exchange(PreparedWal& wal) const override {
    fs::FileReplacement whole(wal.target);
    const fs::UnpublishedFile& prepared = *wal.temporary;
    if (::lseek(prepared.fd(), 0, SEEK_SET) != 0) throw_errno("seek in", prepared.place());
    copy_bytes(prepared.fd(), prepared.place(), whole.fd(), whole.temporary_path());
    finish_copy(whole.fd(), whole.temporary_path(), wal.source_info);
    whole.commit();
  }

  std::optional<catalog::WalEntry> stored_entry(const std::string& name) const override {
    const std::string path = path_in_archive(config_, name);
    if (!fs::is_regular_file(path)) return std::nullopt;
    const auto info = stat_of(path);
    catalog::WalEntry entry{name, info.st_size, fs::mtime_seconds(info), {}, {}};
    describe_stored(path, config_, settings_, entry);
    if (entry.encryption) entry.compression = compression_below_encryption(path);
    // pigz and gzip files look alike: the configured word is the likelier one.
    if (entry.compression && config_.compression &&
        codec::same_format(*codec::parse_algorithm(*entry.compression), settings_.algorithm))
      entry.compression = codec::name(settings_.algorithm);
    return entry;
  }

 private:
  void encode(PreparedWal& wal) const {
    wal.temporary = std::make_unique<fs::UnpublishedFile>(fs::parent_directory(wal.target));
    const fs::UnpublishedFile& packed = *wal.temporary;
    const UniqueFd source = fs::open_file(wal.source, O_RDONLY | O_NOFOLLOW);
    const bool marked = config_.encryption && !config_.encryption_passphrase_command;
    std::optional<ContentDigest> content;
    if (marked) content.emplace();
    const auto noter = wal.delivered.compression ? nullptr : noter_of(wal.name);
    codec::Watch watch;
    if (content || noter)
      watch = [&](std::string_view piece) {
        if (content) content->add(piece);
        if (noter) noter->feed(piece);
      };
    codec::encode(source.get(), packed.fd(), wal.recipe, wal.source, watch);
    if (content) mark_content(packed.fd(), packed.place(), *content);
    if (noter) wal.noted = noter->finish();
    finish_copy(packed.fd(), packed.place(), wal.source_info);
    struct ::stat info {};
    if (::fstat(packed.fd(), &info) != 0) throw_errno("examine", packed.place());
    wal.entry.size = info.st_size;
    const codec::Algorithm first = wal.recipe.front().algorithm, last = wal.recipe.back().algorithm;
    if (codec::compresses(first)) wal.entry.compression = codec::name(first);
    if (config_.encryption) wal.entry.encryption = codec::name(last);
  }

  void copy(PreparedWal& wal) const {
    wal.temporary = std::make_unique<fs::UnpublishedFile>(fs::parent_directory(wal.target));
    const fs::UnpublishedFile& copy = *wal.temporary;
    const UniqueFd source = fs::open_file(wal.source, O_RDONLY | O_NOFOLLOW);
    copy_bytes(source.get(), wal.source, copy.fd(), copy.place());
    finish_copy(copy.fd(), copy.place(), wal.source_info);
  }

  // Where it cannot be seen, what this server compresses with is the likely one: nothing depends on it.
  std::optional<std::string> compression_below_encryption(const std::string& path) const {
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

  const config::ServerConfig& config_;
  const codec::Stage settings_;
};

}  // namespace

std::unique_ptr<WalIntake> intake_of_directory(const config::ServerConfig& config, const codec::Stage& settings) {
  return std::make_unique<DirectoryIntake>(config, settings);
}

}  // namespace barman::archive
