#include "azure_store.h"

#include <fmt/core.h>

#include <random>

#include "azure_upload.h"
#include "barman/core/background_digest.h"
#include "barman/core/base64.h"
#include "barman/http/url.h"
#include "download.h"
#include "removal.h"

namespace barman::store {
namespace {

class AzureStore : public ObjectStore {
 public:
  AzureStore(std::shared_ptr<const AzureClient> client, const AzureLimits& limits, std::string scope)
      : client_(std::move(client)), limits_(limits), scope_(std::move(scope)) {}
  const Abilities& abilities() const override { return abilities_; }
  std::string name() const override { return client_->name(); }
  std::string bucket() const override { return client_->container(); }

  bool bucket_exists() override {
    const std::string what = client_->what("examine");
    const http::Response answer = client_->send({"HEAD", client_->container_url(), {}, {}}, what).response;
    if (answer.ok()) return true;
    const StoreError error = client_->refusal(answer, what, false);
    if (error.refusal() == Refusal::no_bucket) return false;
    throw error;
  }
  void create_bucket() override {
    client_->require({"PUT", client_->container_url(), {}, {}}, client_->what("create"), false);
  }

  void put(const std::string& key, const Body& body, const PutOptions& options) override {
    if (body.size() > limits_.single_put) return put_blocks(key, body, options);
    const std::string md5 = azure_md5(body);
    http::Request request{"PUT", client_->url(key), azure_new_blob_headers(options, scope_), body};
    request.headers.push_back({"x-ms-blob-type", "BlockBlob"});
    request.headers.push_back({"Content-Type", "application/octet-stream"});
    request.headers.push_back({"Content-MD5", md5});
    const std::string what = client_->what("put", key);
    const Retry::Outcome outcome = client_->send(request, what);
    if (outcome.response.ok()) return;
    const StoreError error = client_->refusal(outcome.response, what, true);
    // An attempt whose answer was lost may have created it.
    if (error.refusal() == Refusal::exists && outcome.uncertain && azure_stored_md5(*client_, key) == md5) return;
    throw error;
  }

  std::unique_ptr<Upload> begin_upload(const std::string& key, const PutOptions& options) override {
    return std::make_unique<AzureUpload>(client_, key, azure_new_blob_headers(options, scope_));
  }

  std::optional<Object> head(const std::string& key) override {
    const http::Response answer = head_answer(key);
    if (answer.ok()) return azure_object(key, answer);
    const StoreError error = client_->refusal(answer, client_->what("examine", key), true);
    if (error.refusal() == Refusal::not_found) return std::nullopt;
    throw error;
  }

  Object get(const std::string& key, const std::function<void(std::string_view)>& take, const Range& range) override {
    const std::string what = client_->what("get", key);
    const bool whole = range.offset == 0 && !range.size;
    std::string stored_md5;
    BackgroundDigest digest(DigestKind::md5);
    const DownloadSource source{what,
                                [&](const Range& rest, const std::string& etag, const http::Take& into) {
                                  http::Request request{"GET", client_->url(key), {}, {}};
                                  if (rest.offset > 0 || rest.size)
                                    request.headers.push_back({"x-ms-range", range_header(rest)});
                                  if (!etag.empty()) request.headers.push_back({"If-Match", "\"" + etag + "\""});
                                  return client_->attempt(request, into);
                                },
                                [&](const http::Response& head) {
                                  if (const auto md5 = head.header("x-ms-blob-content-md5")) stored_md5 = *md5;
                                  if (const auto md5 = head.header("Content-MD5"); md5 && head.status == 200)
                                    stored_md5 = *md5;
                                  return azure_object(key, head);
                                },
                                [&](const http::Response& answer) { return client_->refusal(answer, what, true); },
                                [&] { return existing(key); }};
    const Object object = download(client_->retry(), source, range, [&](std::string_view bytes) {
      if (whole) digest.update(bytes);
      take(bytes);
    });
    if (whole && !stored_md5.empty() && base64_encode(digest.bytes()) != stored_md5)
      throw damaged(what, "what arrived has another MD5 than what was stored");
    return object;
  }

  Page list(const Listing& listing, const std::string& next) override {
    std::string url = client_->container_url() + "&comp=list&maxresults=5000";
    const auto add = [&](const char* name, const std::string& value) {
      if (!value.empty()) url += fmt::format("&{}={}", name, http::percent_encode(value));
    };
    add("prefix", listing.prefix);
    add("delimiter", listing.delimiter);
    add("marker", next);
    const http::Response answer = client_->require({"GET", url, {}, {}}, client_->what("list"), false);
    Page page;
    try {
      page = parse_azure_listing(answer.body);
    } catch (const Error& error) {
      throw damaged(client_->what("list"), error.what());
    }
    if (!page.next.empty() && page.next == next) throw damaged(client_->what("list"), "the same page comes again");
    const std::string& behind = listing.start_after;
    if (!behind.empty()) {
      std::erase_if(page.objects, [&](const Object& object) { return object.key <= behind; });
      std::erase_if(page.prefixes, [&](const std::string& prefix) { return prefix <= behind; });
    }
    return page;
  }

  std::vector<RemoveFailure> remove(const std::vector<std::string>& keys) override {
    if (keys.size() > 1)
      if (auto failures = remove_batch(keys)) return std::move(*failures);
    return remove_each(keys);
  }

  // Blocks that are not committed are forgotten by Azure after a week. To commit none would replace the object.
  std::vector<OpenUpload> open_uploads(const std::string&) override { return {}; }
  void abort_upload(const OpenUpload&) override {}
  Lock lock(const std::string&) override { return {}; }

 private:
  http::Response head_answer(const std::string& key) {
    return client_->send({"HEAD", client_->url(key), {}, {}}, client_->what("examine", key)).response;
  }
  Object existing(const std::string& key) {
    const http::Response answer = head_answer(key);
    if (!answer.ok()) throw client_->refusal(answer, client_->what("get", key), true);
    return azure_object(key, answer);
  }

  void put_blocks(const std::string& key, const Body& body, const PutOptions& options) {
    AzureUpload upload(client_, key, azure_new_blob_headers(options, scope_), azure_md5(body));
    const std::uint64_t parts = static_cast<std::uint64_t>(abilities_.most_parts);
    const std::uint64_t size = std::max(limits_.block_size, (body.size() + parts - 1) / parts);
    int number = 0;
    for (std::uint64_t offset = 0; offset < body.size(); offset += size)
      upload.put_part(++number, body.part(offset, size));
    upload.finish();
  }

  std::vector<RemoveFailure> remove_each(const std::vector<std::string>& keys) {
    return remove_one_by_one(keys, [this](const std::string& key) { return remove_one(key); });
  }

  std::optional<RemoveFailure> remove_one(const std::string& key) {
    const std::string what = client_->what("remove", key);
    const http::Response answer = client_->send({"DELETE", client_->url(key), {}, {}}, what).response;
    return answer.ok() ? std::nullopt : failure_of(key, answer.status, azure_reason(answer), what);
  }

  // What concerns the container, or its service, is thrown: it is the same for all keys.
  std::optional<RemoveFailure> failure_of(const std::string& key, int status, const Reason& reason,
                                          const std::string& what) {
    const Refusal refusal = azure_refusal(status, reason.code, true);
    if (refusal == Refusal::not_found) return std::nullopt;
    if (refusal == Refusal::no_bucket || refusal == Refusal::busy) throw refused(refusal, status, reason, what);
    return RemoveFailure{key, reason.code.empty() ? std::to_string(status) : reason.code, for_message(reason.message)};
  }

  // std::nullopt: the service does not take batches, or not from us.
  std::optional<std::vector<RemoveFailure>> remove_batch(const std::vector<std::string>& keys) {
    std::vector<http::Request> requests;
    for (const std::string& key : keys)
      requests.push_back(client_->part_of_batch({"DELETE", client_->url(key), {}, {}}));
    const std::string boundary = fmt::format("batch_{:016x}{:08x}", std::random_device{}(), std::random_device{}());
    const std::string body = azure_batch(requests, boundary);
    const std::string what = client_->what("remove objects from");
    const http::Response answer = client_
                                      ->send({"POST",
                                              client_->container_url() + "&comp=batch",
                                              {{"Content-Type", "multipart/mixed; boundary=" + boundary}},
                                              Body::of(body)},
                                             what)
                                      .response;
    if (!answer.ok()) {
      const StoreError error = client_->refusal(answer, what, false);
      if (error.refusal() == Refusal::busy) throw error;
      return std::nullopt;
    }
    std::vector<bool> answered(keys.size());
    std::vector<RemoveFailure> failures;
    std::vector<std::string> again;
    for (const AzureBatchAnswer& each : parse_azure_batch(answer.header("Content-Type").value_or(""), answer.body)) {
      if (each.index >= keys.size() || answered[each.index]) continue;
      answered[each.index] = true;
      if (each.status >= 200 && each.status < 300) continue;
      if (azure_refusal(each.status, each.reason.code, true) == Refusal::busy)
        again.push_back(keys[each.index]);
      else if (auto failure = failure_of(keys[each.index], each.status, each.reason, what))
        failures.push_back(std::move(*failure));
    }
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (!answered[i]) again.push_back(keys[i]);
    for (RemoveFailure& failure : remove_each(again)) failures.push_back(std::move(failure));
    return failures;
  }

  std::shared_ptr<const AzureClient> client_;
  AzureLimits limits_;
  std::string scope_;
  Abilities abilities_{.most_parts = 50'000,
                       .smallest_part = 64 * 1024,
                       .delete_batch = 256,
                       .deletes_prefixes = false,
                       .object_lock = false,
                       .lists_uploads = false,
                       .put_checksums = {.digest = DigestKind::md5},
                       .part_checksums = {.digest = DigestKind::md5}};
};

}  // namespace

std::unique_ptr<ObjectStore> make_azure_store(std::shared_ptr<const AzureClient> client, const AzureLimits& limits,
                                              std::string encryption_scope) {
  return std::make_unique<AzureStore>(std::move(client), limits, std::move(encryption_scope));
}

}  // namespace barman::store
