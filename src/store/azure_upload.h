#pragma once
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "azure_client.h"

namespace barman::store {

std::string azure_md5(const Body& body);                                          // in base64
std::string azure_stored_md5(const AzureClient& client, const std::string& key);  // empty: none is kept
// What makes a blob the one that it has to become, whether put at once or as a list of blocks.
std::vector<http::Header> azure_new_blob_headers(const PutOptions& options, const std::string& encryption_scope);

// Blocks, and the list of them that makes them an object. What is never listed is forgotten by Azure after a week; to
// commit an empty list would replace the object that is there.
class AzureUpload : public Upload {
 public:
  // `md5`: of all that will be put, where that is known; Azure keeps it with the object.
  AzureUpload(std::shared_ptr<const AzureClient> client, std::string key, std::vector<http::Header> headers,
              std::string md5 = {})
      : client_(std::move(client)), key_(std::move(key)), headers_(std::move(headers)), md5_(std::move(md5)) {}
  void put_part(int number, const Body& body) override;
  void finish() override;
  void abort() override {}

 private:
  std::shared_ptr<const AzureClient> client_;
  std::string key_;
  std::vector<http::Header> headers_;
  std::string md5_;
  std::mutex mutex_;
  std::set<int> numbers_;    // of all parts that were put
  std::set<int> not_empty_;  // Azure takes no block without content
};

}  // namespace barman::store
