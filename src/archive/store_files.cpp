#include "store_files.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "barman/archive/wal_file.h"
#include "barman/cloud/catalogue.h"
#include "barman/cloud/wal_download.h"
#include "barman/cloud/wal_key.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/fs/scratch.h"
#include "barman/wal/segment.h"
#include "index_writer.h"
#include "store_removal.h"
#include "wal_intake.h"

namespace barman::archive {
namespace {

using catalog::WalEntry;
using catalog::WalEntryView;
using cloud::WalObject;
using codec::Algorithm;

constexpr Algorithm formats[] = {Algorithm::gzip, Algorithm::bzip2, Algorithm::xz,
                                 Algorithm::zstd, Algorithm::lz4,   Algorithm::snappy};
constexpr std::size_t timeline_digits = 8;

WalObject wal_object(const cloud::WalKey& key, const store::Object& object) {
  return {std::string(key.name), std::string(key.extension), object};
}

class StoreFiles : public WalFiles {
 public:
  StoreFiles(const config::ServerConfig& config, WalArchive::OpenPlace open)
      : config_(config), open_(std::move(open)) {}

  std::string location(std::string_view name, std::string_view compression) const override {
    return place().layout.wal(name, extension_of(compression));
  }

  // Whoever asks for one segment asks for its neighbours: what is in its directory is remembered, and listed anew for a
  // segment that was not there.
  bool holds(std::string_view name) const override {
    if (!is_wal_segment(name)) return !copies_of(name).empty();
    const std::string directory = place().layout.wal_directory(name);
    const std::lock_guard lock(mutex_);
    if (listed_directory_ == directory && listed_.contains(name)) return true;
    listed_.clear();
    listed_directory_.clear();
    for_each_in(directory, [&](const WalObject& found) { listed_.insert(found.name); });
    listed_directory_ = directory;
    return listed_.contains(name);
  }

  std::optional<StoredWal> examine(std::string_view name) const override {
    const auto copies = copies_of(name);
    if (copies.empty()) return std::nullopt;
    const Timestamp time = copies.front().object.modified.value_or(now());
    return StoredWal{time, time};
  }

  std::map<std::uint32_t, std::string> newest() const override {
    std::vector<std::string> directories = cloud::list_prefixes(*place().store, place().layout.wals());
    std::ranges::sort(directories, std::greater<>());
    std::map<std::uint32_t, std::string> latest;
    std::string done;  // timeline digits already answered
    for (const std::string& directory : directories) {
      if (!done.empty() && directory.starts_with(done)) continue;
      std::string segment;
      for_each_in(place().layout.wals() + directory + "/", [&](const WalObject& found) {
        if (is_wal_segment(found.name) && found.name > segment) segment = found.name;
      });
      if (segment.empty()) continue;
      done = directory.substr(0, timeline_digits);
      latest[parse_segment(segment)->timeline] = segment;
    }
    return latest;
  }

  // All of them are found by one request, and each is read once.
  std::optional<std::string> history(std::uint32_t timeline) const override {
    const std::lock_guard lock(mutex_);
    if (!histories_) {
      histories_.emplace();
      for_each_in(place().layout.wals(), [&](const WalObject& found) {
        const auto wal = parse_wal_name(found.name);
        if (wal && wal->kind == WalKind::history) (*histories_)[wal->segment.timeline].copies.push_back(found);
      });
    }
    const auto found = histories_->find(timeline);
    if (found == histories_->end()) return std::nullopt;
    History& history = found->second;
    if (!history.read) {
      history.text = read_history(history.copies);
      history.read = true;
    }
    return history.text;
  }

  std::vector<char> are_there(std::span<const Segment> segments) const override {
    return std::vector<char>(segments.size(), 1);
  }

  void read(const std::string& name, const WalArchive::Take& take) const override {
    const auto copies = copies_of(name);
    if (copies.empty())
      throw Error(Errc::not_found, fmt::format("'{}' is not there", address(place(), place().layout.wal(name))));
    const fs::ScratchDirectory directory;
    const std::string path = fmt::format("{}/{}", directory.path(), name);
    cloud::download_wal(*place().store, copies, {.path = path});
    fs::read_blocks(fs::open_file(path, O_RDONLY).get(), path, take);
  }

  void walk(const Visit& visit, const Unexpected& unexpected) const override { list({}, visit, unexpected); }

  // Keys have the order of names. The one itself may have an extension or none: the listing begins a little before it.
  void walk_from(std::string_view name, const Visit& visit) const override {
    std::string before;
    if (!name.empty()) {
      before = place().layout.wal(name);
      before.pop_back();
    }
    const auto take = [&](const WalEntry& entry) {
      if (entry.name >= name) visit(entry);
    };
    list(before, take, [](const std::string&) {});
  }

  void remove(const IndexRemoval& lines, const Removal& removal) const override {
    const std::size_t most = place().store->abilities().delete_batch;
    const auto wanted = config_.cloud_delete_batch_size.value_or(0);
    StoreRemoval objects(place(), removal, wanted > 0 ? std::min(most, static_cast<std::size_t>(wanted)) : most);
    lines.for_each([&](const WalEntryView& entry) { objects.add(entry); });
    objects.flush();
    const std::lock_guard lock(mutex_);
    listed_directory_.clear();
    histories_.reset();
  }

  std::unique_ptr<WalIntake> intake(const codec::Stage& settings) const override {
    return intake_of_store(config_, place(), settings);
  }

 private:
  void list(const std::string& start_after, const Visit& visit, const Unexpected& unexpected) const {
    std::string previous;
    const auto take = [&](const store::Object& object) {
      const auto key = cloud::parse_wal_key(object.key);
      const bool belongs =
          key && key->parsed.kind != WalKind::partial && object.key == place().layout.wal(key->name, key->extension);
      if (!belongs) return unexpected(address(place(), object.key));
      if (key->name == previous) return;  // another copy
      previous = key->name;
      visit(entry_of(wal_object(*key, object)));
    };
    store::for_each_object(*place().store,
                           {.prefix = place().layout.wals(), .delimiter = {}, .start_after = start_after}, take);
  }

  struct History {
    std::vector<WalObject> copies;
    bool read = false;
    std::optional<std::string> text;
  };

  const cloud::Place& place() const {
    std::call_once(opened_, [this] { place_ = &open_(); });
    return *place_;
  }

  std::vector<WalObject> copies_of(std::string_view name) const {
    std::vector<WalObject> copies = cloud::find_wal(*place().store, place().layout, std::string(name));
    std::erase_if(copies, [&](const WalObject& copy) { return copy.name != name; });
    return copies;
  }

  // WAL files directly in a "directory", whose prefix ends in a slash.
  void for_each_in(const std::string& directory, const std::function<void(const WalObject&)>& visit) const {
    std::string next;
    do {
      const store::Page page = place().store->list({.prefix = directory, .delimiter = "/", .start_after = {}}, next);
      for (const store::Object& object : page.objects)
        if (const auto key = cloud::parse_wal_key(object.key)) visit(wal_object(*key, object));
      next = page.next;
    } while (!next.empty());
  }

  WalEntry entry_of(const WalObject& stored) const {
    return {stored.name,
            static_cast<std::int64_t>(stored.object.size),
            stored.object.modified.value_or(now()).fractional_seconds(),
            compression_of(stored.extension, config_),
            {}};
  }

  // Of the first copy that is whole; nullopt where it is encrypted.
  std::optional<std::string> read_history(const std::vector<WalObject>& copies) const {
    const fs::ScratchDirectory directory;
    for (std::size_t i = 0; i < copies.size(); ++i) {
      const std::string& key = copies[i].object.key;
      const std::string path = fmt::format("{}/{}", directory.path(), base_name(key));
      try {
        download_to(place(), key, path);
        if (codec::looks_encrypted(codec::read_head(path))) return std::nullopt;
        if (auto text = text_of(path, config_, codec_settings(config_))) return text;
        throw Error(Errc::corrupt, fmt::format("'{}' is too long for a history file", address(place(), key)));
      } catch (const Error& error) {
        if (error.code() != Errc::corrupt || i + 1 == copies.size()) throw;
        log::warning("barman.cloud", "Cannot read {}: {}", key, error.what());
      }
    }
    return std::nullopt;
  }

  const config::ServerConfig& config_;
  const WalArchive::OpenPlace open_;
  mutable std::once_flag opened_;
  mutable const cloud::Place* place_ = nullptr;
  mutable std::mutex mutex_;
  mutable std::string listed_directory_;
  mutable std::set<std::string, std::less<>> listed_;
  mutable std::optional<std::map<std::uint32_t, History>> histories_;
};

}  // namespace

std::unique_ptr<WalFiles> files_in_store(const config::ServerConfig& config, WalArchive::OpenPlace open) {
  return std::make_unique<StoreFiles>(config, std::move(open));
}

std::string address(const cloud::Place& place, const std::string& key) { return place.store->name() + "/" + key; }

std::optional<std::string> compression_of(std::string_view extension, const config::ServerConfig& config) {
  const auto* const format = std::ranges::find(formats, extension, codec::extension);
  if (extension.empty() || format == std::end(formats)) return std::nullopt;
  const auto configured = config.compression ? codec::parse_algorithm(*config.compression) : std::nullopt;
  return std::string(codec::name(configured && codec::same_format(*configured, *format) ? *configured : *format));
}

std::string extension_of(std::string_view compression) {
  const auto algorithm = codec::parse_algorithm(compression);
  return algorithm ? std::string(codec::extension(*algorithm)) : std::string();
}

void download_to(const cloud::Place& place, const std::string& key, const std::string& path) {
  const UniqueFd file = fs::open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  place.store->get(key, [&](std::string_view piece) { fs::write_all(file.get(), piece, path); });
}

}  // namespace barman::archive
