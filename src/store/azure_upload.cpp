#include "azure_upload.h"

#include <fmt/core.h>

#include "barman/core/base64.h"
#include "barman/http/url.h"
#include "token.h"

namespace barman::store {

std::string azure_md5(const Body& body) { return base64_encode(body.digest(DigestKind::md5)); }

std::vector<http::Header> azure_new_blob_headers(const PutOptions& options, const std::string& encryption_scope) {
  std::vector<http::Header> headers;
  if (!options.tags.empty()) headers.push_back({"x-ms-tags", form(options.tags)});
  if (options.if_absent) headers.push_back({"If-None-Match", "*"});
  if (!encryption_scope.empty()) headers.push_back({"x-ms-encryption-scope", encryption_scope});
  return headers;
}

void AzureUpload::put_part(int number, const Body& body) {
  if (body.size() > 0) {
    http::Request request{"PUT",
                          client_->url(key_) + "?comp=block&blockid=" + http::percent_encode(azure_block_id(number)),
                          {{"Content-MD5", azure_md5(body)}, {"Content-Type", "application/octet-stream"}},
                          body};
    for (const http::Header& header : headers_)
      if (header.name == "x-ms-encryption-scope") request.headers.push_back(header);
    client_->require(request, client_->what(fmt::format("put part {} of", number).c_str(), key_), true);
  }
  const std::lock_guard lock(mutex_);
  numbers_.insert(number);
  if (body.size() > 0)
    not_empty_.insert(number);
  else
    not_empty_.erase(number);
}

void AzureUpload::finish() {
  const std::string what = client_->what("finish", key_);
  if (numbers_.empty() || *numbers_.begin() != 1 || *numbers_.rbegin() != static_cast<int>(numbers_.size()))
    throw StoreError(Refusal::invalid, 0, {}, fmt::format("{}: a part is missing", what));
  const std::string list = azure_block_list({not_empty_.begin(), not_empty_.end()});
  http::Request request{"PUT", client_->url(key_) + "?comp=blocklist", headers_, Body::of(list)};
  request.headers.push_back({"Content-Type", "application/xml"});
  request.headers.push_back({"Content-MD5", azure_md5(Body::of(list))});
  request.headers.push_back({"x-ms-blob-content-type", "application/octet-stream"});
  if (!md5_.empty()) request.headers.push_back({"x-ms-blob-content-md5", md5_});
  const Retry::Outcome outcome = client_->send(request, what);
  if (outcome.response.ok()) return;
  const StoreError error = client_->refusal(outcome.response, what, true);
  // An attempt whose answer was lost may have created it.
  if (error.refusal() == Refusal::exists && outcome.uncertain && !md5_.empty() &&
      azure_stored_md5(*client_, key_) == md5_)
    return;
  throw error;
}

std::string azure_stored_md5(const AzureClient& client, const std::string& key) {
  return client.send({"HEAD", client.url(key), {}, {}}, client.what("examine", key))
      .response.header("Content-MD5")
      .value_or("");
}

}  // namespace barman::store
