#include "barman/cloud/wal_download.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "barman/cloud/wal_key.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"
#include "barman/fs/scratch.h"
#include "barman/wal/segment.h"
#include "barman/wal/wal_content.h"
#include "object_content.h"
#include "scratch_file.h"

namespace barman::cloud {
namespace {

constexpr std::string_view logger = "barman.cloud";
constexpr std::uint64_t largest_segment = std::uint64_t{1} << 30;

// Takes the content as it comes and refuses what cannot be the file.
class Judged {
 public:
  Judged(const WalName& wal, const std::string& key, fs::FileReplacement& file)
      : content_(wal, Unrecognised::refuse), key_(key), file_(file) {}
  void add(std::string_view piece) {
    size_ += piece.size();
    refuse(size_ > largest_segment ? std::optional<std::string>("it is larger than any WAL file")
                                   : content_.add(piece));
    file_.write(piece);
  }
  void finish() const { refuse(content_.problem()); }

 private:
  void refuse(const std::optional<std::string>& problem) const {
    if (!problem) return;
    throw Error(Errc::corrupt, fmt::format("'{}' is not the WAL file of its name: {}", key_, *problem),
                "look for another copy of the file, and do not start the cluster without it");
  }
  WalContent content_;
  const std::string& key_;
  fs::FileReplacement& file_;
  std::uint64_t size_ = 0;
};

void download(store::ObjectStore& store, const WalObject& copy, RateLimit* rate, fs::FileReplacement& file) {
  const std::string& key = copy.object.key;
  Judged judged(*parse_wal_name(copy.name), key, file);
  const auto take = [&](std::string_view piece) {
    if (!piece.empty()) judged.add(piece);
  };
  const auto pass = [rate](std::string_view piece) {
    if (rate != nullptr) rate->pass(piece.size());
  };
  if (copy.extension.empty()) {
    store.get(key, [&](std::string_view piece) {
      pass(piece);
      take(piece);
    });
  } else {
    ScratchFile received(copy.object.size, fs::parent_directory(file.temporary_path()));
    store.get(key, [&](std::string_view piece) {
      pass(piece);
      received.write(piece);
    });
    received.rewind();
    codec::inspect(received.fd(), recipe_of(copy.extension), key, take);
  }
  judged.finish();
}

// Another copy may do.
bool is_damage(const Error& error) {
  const auto* refused = dynamic_cast<const store::StoreError*>(&error);
  return error.code() == Errc::corrupt || (refused != nullptr && refused->refusal() == store::Refusal::not_found);
}

void download_to_file(store::ObjectStore& store, const WalObject& copy, const WalTarget& target) {
  fs::FileReplacement file(target.path, target.mode);
  download(store, copy, target.rate, file);
  if (target.durable)
    file.commit();
  else
    file.publish();
}

void download_to_special(store::ObjectStore& store, const WalObject& copy, const std::string& destination,
                         RateLimit* rate) {
  if (fs::is_directory(destination))
    throw Error(Errc::io, fmt::format("the destination '{}' is a directory", destination));
  const fs::ScratchDirectory directory;
  const std::string path = directory.path() + "/" + copy.name;
  download_to_file(store, copy, {.path = path, .mode = 0600, .rate = rate});
  const UniqueFd out(::open(destination.c_str(), O_WRONLY | O_CLOEXEC));
  if (!out) throw_errno("open", destination);
  const UniqueFd in = fs::open_file(path, O_RDONLY);
  fs::read_blocks(in.get(), path, [&](std::string_view block) { fs::write_all(out.get(), block, destination); });
}

bool is_complete_segment(const WalObject& object) { return is_wal_segment(object.name); }

}  // namespace

bool is_special(const std::string& path) {
  const auto info = fs::stat_if_exists(path);
  return info && !S_ISREG(info->st_mode);
}

void download_wal(store::ObjectStore& store, const std::vector<WalObject>& copies, const WalTarget& target) {
  for (std::size_t i = 0; i < copies.size(); ++i) {
    try {
      if (is_special(target.path))
        download_to_special(store, copies[i], target.path, target.rate);
      else
        download_to_file(store, copies[i], target);
      return;
    } catch (const Error& error) {
      log::error(logger, "Failure downloading WAL {} to {}: {}", copies[i].object.key, target.path, error.what());
      if (!is_damage(error) || i + 1 == copies.size()) throw;
    }
  }
}

WalSelection select_wal(const std::vector<WalObject>& stored, const WalWish& wish) {
  WalSelection selection;
  std::vector<WalObject> partial;
  for (const WalObject& object : stored) {
    if (object.name == wish.name)
      selection.wanted.push_back(object);
    else if (wish.partial && object.name == wish.name + ".partial")
      partial.push_back(object);
  }
  selection.wanted.insert(selection.wanted.end(), partial.begin(), partial.end());
  if (!is_wal_segment(wish.name) || selection.wanted.empty()) return selection;
  for (const WalObject& object : stored) {
    if (!is_complete_segment(object) || object.name <= wish.name) continue;
    if (!selection.ahead.empty() && selection.ahead.back().front().name == object.name)
      selection.ahead.back().push_back(object);
    else if (selection.ahead.size() + 1 < wish.files)
      selection.ahead.push_back({object});
  }
  return selection;
}

std::vector<WalObject> list_for(store::ObjectStore& store, const Layout& layout, const WalWish& wish) {
  if (wish.files < 2 || !is_wal_segment(wish.name)) return find_wal(store, layout, wish.name);
  std::string before = layout.wal(wish.name);
  --before.back();  // behind every name that is earlier, before this one
  const store::Listing listing{.prefix = layout.wal_directory(wish.name), .delimiter = {}, .start_after = before};
  std::vector<WalObject> found;
  std::set<std::string> segments;
  store::for_each_page(store, listing, [&](const store::Page& page) {
    for (const store::Object& object : page.objects) {
      const auto key = parse_wal_key(object.key);
      if (!key || key->name.substr(0, wish.name.size()) < wish.name) continue;
      found.push_back({std::string(key->name), std::string(key->extension), object});
      if (is_complete_segment(found.back())) segments.insert(found.back().name);
    }
    return segments.size() <= wish.files;
  });
  return found;
}

}  // namespace barman::cloud
