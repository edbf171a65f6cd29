#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "barman/core/time.h"

namespace barman::store {

struct AwsKeys {
  std::string access_key, secret_key;
  std::string session_token;         // empty: none
  std::optional<Timestamp> expires;  // keys that somebody lends
  friend bool operator==(const AwsKeys&, const AwsKeys&) = default;
};

// Keys that are fetched when they are first needed, and anew some minutes before they expire. For several threads.
class KeyRing {
 public:
  explicit KeyRing(std::function<AwsKeys()> fetch, std::function<Timestamp()> clock = now)
      : fetch_(std::move(fetch)), clock_(std::move(clock)) {}
  AwsKeys keys();
  void forget(const AwsKeys& refused);  // the store says that they have expired: the next keys() fetches others

 private:
  std::function<AwsKeys()> fetch_;
  std::function<Timestamp()> clock_;
  std::mutex mutex_;
  std::optional<AwsKeys> keys_;
};

}  // namespace barman::store
