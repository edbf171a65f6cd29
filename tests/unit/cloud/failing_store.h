#pragma once
#include <atomic>
#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "barman/store/object_store.h"

namespace barman::cloud {

// A store in a directory in which calls can be made to fail, and which remembers them.
class FailingStore : public store::ObjectStore {
 public:
  explicit FailingStore(const std::string& path) : inner_(store::open_directory(path)) { inner_->create_bucket(); }

  std::atomic<int> parts_until_failure = -1;  // puts of parts that succeed before one fails; -1: all
  std::atomic<int> puts_until_failure = -1;
  std::atomic<int> finishes_until_failure = -1;
  std::atomic<bool> gets_fail = false;
  std::atomic<std::uint64_t> fail_beyond = std::numeric_limits<std::uint64_t>::max();  // gets from there on
  std::atomic<bool> uploads_fail = false;
  std::atomic<int> removals_until_failure = -1;
  // Counts down to 0, where it says yes; several threads ask.
  static bool has_run_out(std::atomic<int>& until_failure) {
    int left = until_failure;
    while (left > 0 && !until_failure.compare_exchange_weak(left, left - 1)) {
    }
    return left == 0;
  }
  // Of put, get, list and remove: from then on all fail.
  static constexpr int all_succeed = std::numeric_limits<int>::max();
  std::atomic<int> calls_until_failure = all_succeed;
  std::atomic<int> lists = 0, gets = 0;
  std::set<std::string> held;  // keys that a legal hold locks
  store::Abilities limits{.smallest_part = 1};

  const store::Abilities& abilities() const override { return limits; }
  std::string name() const override { return "s3://lab"; }
  std::string bucket() const override { return "lab"; }
  bool bucket_exists() override { return inner_->bucket_exists(); }
  void create_bucket() override { inner_->create_bucket(); }
  void put(const std::string& key, const store::Body& body, const store::PutOptions& options) override {
    count("put", key);
    if (has_run_out(puts_until_failure)) fail("put", key);
    inner_->put(key, body, options);
    const std::lock_guard lock(mutex_);
    puts_.push_back(key);
  }
  std::unique_ptr<store::Upload> begin_upload(const std::string& key, const store::PutOptions& options) override {
    if (uploads_fail) fail("begin the upload of", key);
    return std::make_unique<Upload>(*this, inner_->begin_upload(key, options), key);
  }
  std::optional<store::Object> head(const std::string& key) override { return inner_->head(key); }
  store::Object get(const std::string& key, const std::function<void(std::string_view)>& take,
                    const store::Range& range) override {
    count("get", key);
    ++gets;
    if ((gets_fail && range.offset > 0) || range.offset >= fail_beyond) fail("get", key);
    return inner_->get(key, take, range);
  }
  store::Page list(const store::Listing& listing, const std::string& next) override {
    count("list", listing.prefix);
    ++lists;
    return inner_->list(listing, next);
  }
  std::vector<store::RemoveFailure> remove(const std::vector<std::string>& keys) override {
    count("remove", keys.front());
    if (has_run_out(removals_until_failure)) fail("remove", keys.front());
    {
      const std::lock_guard lock(mutex_);
      removals_.push_back(keys.size());
    }
    return inner_->remove(keys);
  }
  std::vector<store::OpenUpload> open_uploads(const std::string& prefix) override {
    return inner_->open_uploads(prefix);
  }
  void abort_upload(const store::OpenUpload& upload) override { inner_->abort_upload(upload); }
  store::Lock lock(const std::string& key) override {
    store::Lock lock;
    lock.held = held.contains(key);
    return lock;
  }

  std::vector<std::string> puts() {
    const std::lock_guard lock(mutex_);
    return puts_;
  }
  std::vector<std::size_t> removals() {  // how many keys each call had
    const std::lock_guard lock(mutex_);
    return removals_;
  }
  std::vector<std::pair<std::string, std::size_t>> parts() {  // key and size
    const std::lock_guard lock(mutex_);
    return parts_;
  }

 private:
  class Upload : public store::Upload {
   public:
    Upload(FailingStore& store, std::unique_ptr<store::Upload> inner, std::string key)
        : store_(store), inner_(std::move(inner)), key_(std::move(key)) {}
    void put_part(int number, const store::Body& body) override {
      if (has_run_out(store_.parts_until_failure)) fail("put part of", key_);
      inner_->put_part(number, body);
      const std::lock_guard lock(store_.mutex_);
      store_.parts_.emplace_back(key_, body.size());
    }
    void finish() override {
      if (has_run_out(store_.finishes_until_failure)) fail("finish", key_);
      inner_->finish();
    }
    void abort() override { inner_->abort(); }

   private:
    FailingStore& store_;
    std::unique_ptr<store::Upload> inner_;
    std::string key_;
  };

  [[noreturn]] static void fail(const std::string& what, const std::string& key) {
    throw store::StoreError(store::Refusal::busy, 503, "SlowDown",
                            "cannot " + what + " '" + key + "' in s3://lab: 503 SlowDown");
  }

  void count(const std::string& what, const std::string& key) {
    if (calls_until_failure.fetch_sub(1) <= 0) fail(what, key);
  }

  std::unique_ptr<store::ObjectStore> inner_;
  std::mutex mutex_;
  std::vector<std::string> puts_;
  std::vector<std::size_t> removals_;
  std::vector<std::pair<std::string, std::size_t>> parts_;
};

}  // namespace barman::cloud
