#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "barman/core/error.h"
#include "barman/core/time.h"
#include "barman/http/body.h"

namespace barman::store {

using http::Body;

// What a caller branches on when a store refuses.
enum class Refusal {
  unreachable,  // no answer from the store, after all attempts
  denied,       // credentials missing, wrong, expired, or without the right
  no_bucket,    // the bucket or container does not exist
  not_found,    // the object or the upload does not exist
  exists,       // an object that was to be created is there
  locked,       // a retention period or legal hold forbids it
  busy,         // throttled or failing, after all attempts
  invalid,      // the store finds the request wrong
  damaged,      // what arrived is not what was sent, or is no answer
};

// "cannot put 'KEY' in s3://BUCKET: 403 SignatureDoesNotMatch: the store's own text". Errc::not_found where something
// does not exist, refused for denied and locked, else remote, timeout or corrupt.
class StoreError : public Error {
 public:
  StoreError(Refusal refusal, int status, std::string code, const std::string& message, std::string hint = {});
  Refusal refusal() const { return refusal_; }
  int status() const { return status_; }                   // of HTTP; 0: there was no answer
  const std::string& store_code() const { return code_; }  // "NoSuchBucket"; may be empty

 private:
  Refusal refusal_;
  int status_;
  std::string code_;
};

struct Object {
  std::string key;
  std::uint64_t size = 0;
  std::string etag;  // opaque, without quotes: another one is another content
  std::optional<Timestamp> modified;
  friend bool operator==(const Object&, const Object&) = default;
};

struct Page {
  std::vector<Object> objects;        // in byte order of their keys
  std::vector<std::string> prefixes;  // with a delimiter: what several keys have in common, up to the delimiter
  std::string next;                   // to be given for the following page; empty: this was the last
};

struct Listing {
  std::string prefix;
  std::string delimiter{};    // "" or "/"
  std::string start_after{};  // only keys behind this one (where the store cannot, they are dropped here)
};

using Tags = std::vector<std::pair<std::string, std::string>>;

struct PutOptions {
  Tags tags{};
  bool if_absent = false;  // StoreError(exists) when there is such an object, decided by the store itself
};

// What of it lies behind the end of the object is left out.
struct Range {
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> size{};  // to the end without it
};

// A large object in the making, invisible until finish(). Parts may be put by several threads at once and in any order;
// they are numbered from 1 without a gap. Whoever does not finish() one must abort() it: destruction does so, and logs
// what fails.
class Upload {
 public:
  virtual ~Upload() = default;
  virtual void put_part(int number, const Body& body) = 0;
  virtual void finish() = 0;
  virtual void abort() = 0;
};

// One that was begun and neither finished nor aborted, by whomever.
struct OpenUpload {
  std::string key;
  std::string id;
  std::optional<Timestamp> begun;
};

struct Lock {
  bool held = false;               // a legal hold
  std::optional<Timestamp> until;  // end of a retention period
  std::string until_text;          // as the store says it
  bool in_force(const Timestamp& now) const { return held || (until && *until > now); }
};

struct RemoveFailure {
  std::string key, code, message;
};

// What differs from store to store (cloud limits and abilities); constant.
struct Abilities {
  int most_parts = 10'000;
  std::uint64_t smallest_part = 5 * 1024 * 1024;  // of all but the last
  std::size_t delete_batch = 1'000;
  bool deletes_prefixes = true;  // the reference deletes WAL by prefix there
  bool object_lock = false;
  bool lists_uploads = true;                              // false: what is not finished goes by itself
  http::ChecksumKinds put_checksums{}, part_checksums{};  // what large content goes with, computed before it is sent
};

// One bucket or container. Every call may be made by several threads at once, is repeated as long as that can help,
// ends within its limits, and throws StoreError or Interrupted. Keys are UTF-8 of at most 1024 bytes without a leading
// '/'.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  virtual const Abilities& abilities() const = 0;
  virtual std::string name() const = 0;  // "s3://BUCKET", for messages
  virtual std::string bucket() const = 0;

  virtual bool bucket_exists() = 0;
  virtual void create_bucket() = 0;

  virtual void put(const std::string& key, const Body& body, const PutOptions& options = {}) = 0;
  virtual std::unique_ptr<Upload> begin_upload(const std::string& key, const PutOptions& options = {}) = 0;
  virtual std::optional<Object> head(const std::string& key) = 0;
  // Hands the bytes over in order, each once, also where the connection had to be made anew in between; the object as
  // it was at the first byte. Returns what head() does.
  virtual Object get(const std::string& key, const std::function<void(std::string_view)>& take,
                     const Range& range = {}) = 0;
  virtual Page list(const Listing& listing, const std::string& next = {}) = 0;
  // At most abilities().delete_batch keys. What is not there counts as removed.
  virtual std::vector<RemoveFailure> remove(const std::vector<std::string>& keys) = 0;

  virtual std::vector<OpenUpload> open_uploads(const std::string& prefix) = 0;
  virtual void abort_upload(const OpenUpload& upload) = 0;
  virtual Lock lock(const std::string& key) = 0;
};

// ---- What every store can do by the calls above ---------------------------------------------------------------------

std::string read_object(ObjectStore& store, const std::string& key, std::size_t limit = 64 * 1024 * 1024);
// Until there are no more, or `take` returns false. A listing that goes on and on without getting further is damaged.
void for_each_page(ObjectStore& store, const Listing& listing, const std::function<bool(const Page&)>& take);
void for_each_object(ObjectStore& store, const Listing& listing, const std::function<void(const Object&)>& take);

// A store in a directory of this machine, for tests of what is above this layer.
std::unique_ptr<ObjectStore> open_directory(const std::string& path);

}  // namespace barman::store
