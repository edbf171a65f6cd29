#pragma once
#include <functional>
#include <memory>
#include <string>

#include "azure_access.h"
#include "azure_answers.h"

namespace barman::store {

// One container, and who asks. Everything but the requests themselves: their common headers, proof, repetition, and
// what a refusal is called.
class AzureClient {
 public:
  using Clock = std::function<std::time_t()>;
  AzureClient(http::Transport& transport, Retry retry, AzureAccess access, std::string container, Clock clock);

  std::string name() const { return access_.endpoint + "/" + container_; }
  const std::string& container() const { return container_; }
  const Retry& retry() const { return retry_; }

  // "https://.../CONTAINER?restype=container", "https://.../CONTAINER/KEY". A query is added by the caller.
  std::string container_url() const { return name() + "?restype=container"; }
  std::string url(const std::string& key) const;
  // "cannot put 'KEY' in https://..."
  std::string what(const char* action, const std::string& key = {}) const;

  // Repeated as long as that can help. The answer may be a refusal.
  Retry::Outcome send(const http::Request& request, const std::string& what) const;
  // The same; throws what the answer means unless it is a success.
  http::Response require(const http::Request& request, const std::string& what, bool of_object) const;
  // One attempt.
  http::Response attempt(const http::Request& request, const http::Take& take = {}) const;
  // What goes into a batch.
  http::Request part_of_batch(http::Request request) const;
  StoreError refusal(const http::Response& answer, const std::string& what, bool of_object) const;

 private:
  http::Transport& transport_;
  Retry retry_;
  AzureAccess access_;
  std::string container_;
  Clock clock_;
};

}  // namespace barman::store
