// A bucket is a directory with one file an object, named by the key with everything but letters, digits, '.', '-' and
// '_' percent-encoded, in one of 256 directories by its hash; a long name is cut, "BEGIN+/+REST". uploads/ID/ has the
// parts of an upload and, in KEY, what it is for.
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>

#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/store/object_store.h"

namespace barman::store {
namespace {

constexpr std::size_t page_size = 1000;
constexpr std::size_t longest_name = 200;

// No name begins with a dot, which those of unfinished files do, and none is too long for a directory.
std::string encoded(std::string_view key) {
  std::string path;
  std::size_t in_name = 0;
  for (const char c : key) {
    if (in_name >= longest_name) {
      path += "+/+";
      in_name = 0;
    }
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       (c == '.' && !path.empty()) || c == '-' || c == '_';
    const std::string next = plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    path += next;
    in_name += next.size();
  }
  return path;
}

std::string decoded(std::string_view path) {
  std::string key;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' && i + 2 < path.size()) {
      key += static_cast<char>(std::stoi(std::string(path.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else if (path[i] != '+' && path[i] != '/') {
      key += path[i];
    }
  }
  return key;
}

void write_body(fs::FileReplacement& file, const Body& body) {
  body.each_block([&](std::string_view block) { file.write(block); });
}

class DirectoryUpload : public Upload {
 public:
  DirectoryUpload(std::string directory, std::string target)
      : directory_(std::move(directory)), target_(std::move(target)) {}
  ~DirectoryUpload() override {
    if (!ended_) abort();
  }
  void put_part(int number, const Body& body) override {
    if (!fs::is_directory(directory_)) return;  // aborted by another; finish() says so
    fs::FileReplacement part(fmt::format("{}/part-{:05}", directory_, number));
    write_body(part, body);
    part.commit();
  }
  void finish() override {
    if (!fs::is_directory(directory_))
      throw StoreError(Refusal::not_found, 404, "NoSuchUpload",
                       fmt::format("cannot finish '{}': the upload was aborted", target_));
    fs::make_directories(fs::parent_directory(target_));
    fs::FileReplacement object(target_);
    for (const std::string& name : fs::list_directory(directory_)) {
      if (!name.starts_with("part-")) continue;
      const std::string path = directory_ + "/" + name;
      const UniqueFd fd = fs::open_file(path, O_RDONLY);
      fs::read_blocks(fd.get(), path, [&](std::string_view block) { object.write(block); });
    }
    object.commit();
    abort();
  }
  void abort() override {
    ended_ = true;
    fs::remove_tree(directory_);
  }

 private:
  std::string directory_, target_;
  bool ended_ = false;
};

class DirectoryStore : public ObjectStore {
 public:
  explicit DirectoryStore(std::string path) : path_(std::move(path)) {}
  const Abilities& abilities() const override { return abilities_; }
  std::string name() const override { return "file://" + path_; }
  std::string bucket() const override { return path_; }
  bool bucket_exists() override { return fs::is_directory(objects()); }
  void create_bucket() override {
    fs::make_directories(objects());
    fs::make_directories(uploads());
  }

  void put(const std::string& key, const Body& body, const PutOptions& options) override {
    require_bucket("put", key);
    std::unique_lock creation(creation_, std::defer_lock);
    if (options.if_absent) creation.lock();
    if (options.if_absent && head(key))
      throw StoreError(Refusal::exists, 412, "PreconditionFailed",
                       fmt::format("cannot put '{}' in {}: it exists", key, name()));
    const std::string path = path_of(key);
    fs::make_directories(fs::parent_directory(path));
    fs::FileReplacement file(path);
    write_body(file, body);
    file.commit();
  }

  std::unique_ptr<Upload> begin_upload(const std::string& key, const PutOptions&) override {
    require_bucket("put", key);
    static std::atomic<int> number = 0;
    const std::string directory = fmt::format("{}/{}-{}", uploads(), ::getpid(), ++number);
    fs::make_directories(directory);
    fs::replace_file(directory + "/KEY", key);
    return std::make_unique<DirectoryUpload>(directory, path_of(key));
  }

  std::optional<Object> head(const std::string& key) override {
    const auto info = fs::stat_if_exists(path_of(key));
    if (!info) return std::nullopt;
    return object_of(key, *info);
  }

  Object get(const std::string& key, const std::function<void(std::string_view)>& take, const Range& range) override {
    require_bucket("get", key);
    const std::string path = path_of(key);
    const auto fd = fs::open_if_exists(path, O_RDONLY);
    if (!fd)
      throw StoreError(Refusal::not_found, 404, "NoSuchKey",
                       fmt::format("cannot get '{}' from {}: there is no such object", key, name()));
    struct ::stat info {};
    if (::fstat(fd->get(), &info) != 0) throw_errno("examine", path);
    const auto whole = static_cast<std::uint64_t>(info.st_size);
    const std::uint64_t offset = std::min(range.offset, whole);
    const std::uint64_t size = std::min(range.size.value_or(whole), whole - offset);
    Body::of_file(fd->get(), offset, size, path).each_block(take);
    return object_of(key, info);
  }

  Page list(const Listing& listing, const std::string& next) override {
    require_bucket("list", listing.prefix);
    std::set<std::string> keys;
    fs::walk(objects(), [&](const fs::Entry& entry) {
      if (!S_ISREG(entry.info.st_mode) || base_name(entry.relative).starts_with('.')) return;
      std::string key = decoded(std::string_view(entry.relative).substr(3));
      if (key.starts_with(listing.prefix) && key > listing.start_after && key > next) keys.insert(std::move(key));
    });
    Page page;
    std::string last;
    for (const std::string& key : keys) {
      const std::size_t cut =
          listing.delimiter.empty() ? std::string::npos : key.find(listing.delimiter, listing.prefix.size());
      if (cut != std::string::npos) {
        const std::string prefix = key.substr(0, cut + listing.delimiter.size());
        if (page.prefixes.empty() || page.prefixes.back() != prefix) page.prefixes.push_back(prefix);
        continue;
      }
      if (page.objects.size() == page_size) {
        page.next = last;
        break;
      }
      if (auto object = head(key)) page.objects.push_back(std::move(*object));
      last = key;
    }
    return page;
  }

  std::vector<RemoveFailure> remove(const std::vector<std::string>& keys) override {
    for (const std::string& key : keys) {
      require_bucket("remove", key);
      fs::remove_file(path_of(key));
    }
    return {};
  }

  std::vector<OpenUpload> open_uploads(const std::string& prefix) override {
    std::vector<OpenUpload> found;
    for (const std::string& id : fs::list_directory_if_exists(uploads())) {
      const auto key = fs::read_file_if_exists(uploads() + "/" + id + "/KEY");
      if (key && key->starts_with(prefix)) found.push_back({*key, id, std::nullopt});
    }
    return found;
  }
  void abort_upload(const OpenUpload& upload) override { fs::remove_tree(uploads() + "/" + upload.id); }
  Lock lock(const std::string&) override { return {}; }

 private:
  std::string objects() const { return path_ + "/objects"; }
  std::string uploads() const { return path_ + "/uploads"; }
  std::string path_of(const std::string& key) const {
    return fmt::format("{}/{:02x}/{}", objects(), std::hash<std::string>{}(key) % 256, encoded(key));
  }
  void require_bucket(const char* action, const std::string& key) {
    if (!bucket_exists())
      throw StoreError(Refusal::no_bucket, 404, "NoSuchBucket",
                       fmt::format("cannot {} '{}': {} does not exist", action, key, name()));
  }
  static Object object_of(const std::string& key, const struct ::stat& info) {
    return {key, static_cast<std::uint64_t>(info.st_size), fmt::format("{}-{}", info.st_ino, info.st_mtim.tv_nsec),
            local_timestamp(info.st_mtim.tv_sec * 1'000'000)};
  }

  std::string path_;
  std::mutex creation_;
  Abilities abilities_{.smallest_part = 1};
};

}  // namespace

std::unique_ptr<ObjectStore> open_directory(const std::string& path) { return std::make_unique<DirectoryStore>(path); }

}  // namespace barman::store
