#pragma once
// What every ObjectStore does, whichever store it talks to. A test program instantiates StoreSuite for its stores; the
// cases are in suite_objects_test.cpp and suite_uploads_test.cpp. Each works below a prefix of its own, which it leaves
// empty.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/time.h"
#include "barman/store/object_store.h"

namespace barman::store {

struct Subject {
  const char* label;
  std::function<std::unique_ptr<ObjectStore>(const std::string& bucket)> open;
  std::string bucket = "barman-suite";  // made by the suite if it is not there
  std::string missing_bucket = "barman-suite-that-is-not-there";
  std::size_t many = 2300;        // keys; more than two pages
  bool keeps_backslashes = true;  // Azure takes them for slashes
};
inline void PrintTo(const Subject& subject, std::ostream* out) { *out << subject.label; }
inline std::string label_of(const testing::TestParamInfo<Subject>& info) { return info.param.label; }

// Bytes that no compression shortens and no other seed repeats.
inline std::string content_of(std::uint64_t seed, std::size_t size) {
  std::string bytes;
  bytes.reserve(size + 8);
  for (std::uint64_t x = seed * 0x9E3779B97F4A7C15U + 1; bytes.size() < size;) {
    x ^= x << 13U;
    x ^= x >> 7U;
    x ^= x << 17U;
    bytes.append(reinterpret_cast<const char*>(&x), sizeof x);
  }
  bytes.resize(size);
  return bytes;
}

class StoreSuite : public testing::TestWithParam<Subject> {
 protected:
  void SetUp() override {
    static std::atomic<int> number = 0;
    prefix_ = "suite/" + std::to_string(::getpid()) + "-" + std::to_string(now().micros) + "-" +
              std::to_string(++number) + "/";
    store_ = GetParam().open(GetParam().bucket);
    if (!store_->bucket_exists()) store_->create_bucket();
  }
  void TearDown() override {
    if (!store_) return;  // it could not be opened
    std::vector<std::string> keys = keys_of({.prefix = prefix_});
    while (!keys.empty()) {
      const std::size_t count = std::min(keys.size(), store().abilities().delete_batch);
      const auto end = keys.begin() + static_cast<std::ptrdiff_t>(count);
      for (const RemoveFailure& failure : store().remove({keys.begin(), end}))
        ADD_FAILURE() << failure.key << ": " << failure.code << ": " << failure.message;
      keys.erase(keys.begin(), end);
    }
    EXPECT_TRUE(keys_of({.prefix = prefix_}).empty());
    EXPECT_TRUE(store().open_uploads(prefix_).empty());
  }

  ObjectStore& store() { return *store_; }
  std::string key(std::string_view name) const { return prefix_ + std::string(name); }
  void put(std::string_view name, std::string_view bytes, const PutOptions& options = {}) {
    store().put(key(name), Body::of(bytes), options);
  }
  std::string get(std::string_view name, const Range& range = {}) {
    std::string bytes;
    store().get(
        key(name), [&](std::string_view block) { bytes += block; }, range);
    return bytes;
  }
  std::vector<std::string> keys_of(const Listing& listing) {
    std::vector<std::string> keys;
    for_each_object(store(), listing, [&](const Object& object) { keys.push_back(object.key); });
    return keys;
  }
  // Names of the objects below the prefix of this test.
  std::vector<std::string> names() {
    std::vector<std::string> keys = keys_of({.prefix = prefix_});
    for (std::string& each : keys) each.erase(0, prefix_.size());
    return keys;
  }
  const std::string& prefix() const { return prefix_; }

  // The refusal that an action meets.
  template <typename Action>
  static Refusal refusal_of(const Action& action) {
    try {
      action();
    } catch (const StoreError& error) {
      EXPECT_STRNE(error.what(), "");
      return error.refusal();
    }
    ADD_FAILURE() << "nothing was refused";
    return {};
  }

 private:
  std::string prefix_;
  std::unique_ptr<ObjectStore> store_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreSuite);

}  // namespace barman::store
