#pragma once
#include <atomic>
#include <string>
#include <vector>

#include "s3_client.h"

namespace barman::store {

// Removes many keys by one request, where the store knows that; otherwise, and keys that XML cannot carry, one by one.
class S3Remover {
 public:
  explicit S3Remover(S3Client& client) : client_(client) {}
  std::vector<RemoveFailure> remove(const std::vector<std::string>& keys);

 private:
  bool remove_together(const std::vector<std::string>& keys, std::vector<RemoveFailure>& failures);
  std::optional<RemoveFailure> remove_one(const std::string& key) const;

  S3Client& client_;
  std::atomic<bool> one_by_one_ = false;
};

}  // namespace barman::store
