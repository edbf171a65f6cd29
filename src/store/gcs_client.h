#pragma once
#include <memory>
#include <string>

#include "barman/store/object_store.h"
#include "gcs_access.h"
#include "refusal.h"

namespace barman::store {

// The reason and the message of an error, of the JSON API or of the XML API.
Reason gcs_reason(const http::Response& answer);
bool gcs_may_pass(const http::Response& answer);  // another attempt may have better luck
Refusal gcs_refusal(int status, const Reason& reason, bool of_object);

// One bucket, and who asks. Everything but the requests themselves: proof, repetition, and what a refusal is called.
class GcsClient {
 public:
  GcsClient(http::Transport& transport, Retry retry, GcsAccess access, std::string bucket);

  std::string name() const { return "gs://" + bucket_; }
  const std::string& bucket() const { return bucket_; }
  const std::string& project() const { return access_.project; }
  const Retry& retry() const { return retry_; }

  std::string bucket_url() const;  // of the JSON API, as the next two
  std::string buckets_url() const;
  std::string object_url(const std::string& key) const;
  std::string upload_url() const;
  std::string xml_url(const std::string& key = {}) const;
  std::string what(std::string_view action, const std::string& key = {}) const;

  http::Response attempt(const http::Request& request, const http::Take& take = {}) const;
  Retry::Outcome send(const http::Request& request, const std::string& what) const;
  http::Response require(const http::Request& request, const std::string& what, bool of_object) const;
  StoreError refusal(const http::Response& answer, const std::string& what, bool of_object) const;

 private:
  http::Transport& transport_;
  Retry retry_;
  GcsAccess access_;
  std::string bucket_;
};

}  // namespace barman::store
