#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gcs_client.h"

namespace barman::store {

// An upload in parts, by the XML API: the JSON API has none.
class GcsUpload : public Upload {
 public:
  GcsUpload(std::shared_ptr<const GcsClient> client, std::string key, const PutOptions& options,
            const std::string& kms_key);
  ~GcsUpload() override;
  void put_part(int number, const Body& body) override;
  void finish() override;
  void abort() override;

 private:
  bool is_complete() const;

  std::shared_ptr<const GcsClient> client_;
  std::string key_, id_;
  bool if_absent_;
  bool ended_ = false;
  std::mutex mutex_;
  struct Part {
    std::string etag;
    std::uint64_t size = 0;
    std::uint32_t crc = 0;
  };
  std::map<int, Part> parts_;
};

void abort_gcs_upload(const GcsClient& client, const std::string& key, const std::string& id);
std::vector<OpenUpload> list_gcs_uploads(const GcsClient& client, const std::string& prefix);

// In the base64 of its four bytes, as Google writes it.
std::string gcs_crc32c_text(std::uint32_t crc);

}  // namespace barman::store
