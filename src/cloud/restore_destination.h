#pragma once
#include <optional>
#include <string>
#include <vector>

#include "barman/fs/lock_file.h"
#include "restore_plan.h"

namespace barman::cloud {

// Throws Error(refused) unless every destination is absent or empty ("Destination {D} already exists and it is not
// empty"), or holds what a restore that was killed has left, and is a place of its own, with room for what is certain
// to come.
void judge_destinations(const RestorePlan& plan, std::optional<std::int64_t> cluster_size);

// The destinations, made where they are missing, and marked until they are kept: what was left there by a restore that
// was killed goes. Unless kept, they are as they were before when this goes, in spite of a signal.
class Destinations {
 public:
  explicit Destinations(const RestorePlan& plan);
  Destinations(const Destinations&) = delete;
  Destinations& operator=(const Destinations&) = delete;
  ~Destinations() {
    if (!kept_) remove();
  }
  void keep();

 private:
  void make(const std::string& directory);
  void remove() const noexcept;
  struct Place {
    std::string directory;
    std::optional<std::string> first_missing;  // what had to be made, from there on
    fs::LockFile mark;
  };
  std::vector<Place> places_;
  bool kept_ = false;
};

}  // namespace barman::cloud
