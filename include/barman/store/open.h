#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "barman/http/transport.h"
#include "barman/store/object_store.h"

namespace barman::store {

enum class Provider { aws_s3, azure_blob_storage, google_cloud_storage };
std::string_view to_string(Provider provider);  // "aws-s3"

// Where a URL leads (docs/reference/cloud.md, section 1): a bucket, and the prefix of keys in it, without a slash at
// either end.
struct Location {
  Provider provider = Provider::aws_s3;
  std::string bucket;  // or container, or the ARN of an access point
  std::string path;
  std::string account;   // Azure
  std::string endpoint;  // Azure: "https://ACCOUNT.blob.core.windows.net", of an emulator "http://HOST:PORT/ACCOUNT"
  bool emulated = false;
};
// Error(usage) with the reference's text: "Invalid s3 URL address: x://lab/w".
Location parse_url(std::string_view url, Provider provider);

// What a store is opened with; what is empty is looked for in environment and files (the chain of each provider).
struct Settings {
  std::chrono::seconds read_timeout{60};
  Deadline deadline{};                 // for a look that must not take longer: nothing is asked of anybody later
  std::uint64_t bytes_per_second = 0;  // 0: no limit
  // S3
  std::string endpoint_url, profile, region, addressing_style;  // "auto", "virtual", "path"
  std::string encryption, kms_key_id, customer_key_file;        // "AES256", "aws:kms"; the file as file:///PATH
  // Azure
  std::string azure_credential;  // "azure-cli", "managed-identity", "default"
  std::string encryption_scope;
  std::uint64_t azure_max_block_size = 4 * 1024 * 1024, azure_max_single_put = 64 * 1024 * 1024;
  // Google
  std::string kms_key_name;
};

// Throws Error for settings that contradict each other. Nothing is asked of the store yet.
std::unique_ptr<ObjectStore> open_store(const Location& location, const Settings& settings);

}  // namespace barman::store
