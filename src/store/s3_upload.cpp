#include "s3_upload.h"

#include <fmt/core.h>

#include <map>
#include <mutex>

#include "barman/core/digest.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/http/url.h"
#include "s3_encryption.h"

namespace barman::store {
namespace {

// A completion that fails late answers 200, with an error in its body.
S3Error late_error(const http::Response& response) { return response.ok() ? parse_s3_error(response.body) : S3Error{}; }

bool completion_may_pass(const http::Response& response) {
  const std::string code = late_error(response).code;
  return s3_may_pass(response) || code == "InternalError" || code == "SlowDown" || code == "ServiceUnavailable";
}

class S3Upload : public Upload {
 public:
  S3Upload(S3Client& client, const S3Encryption& encryption, std::string key, std::string id, bool if_absent)
      : client_(client), encryption_(encryption), key_(std::move(key)), id_(std::move(id)), if_absent_(if_absent) {}
  ~S3Upload() override {
    if (ended_) return;
    try {
      const signals::Deferral first;  // an interruption is the usual reason to be here
      abort();
    } catch (const std::exception& error) {
      log::error("barman.store", "an unfinished upload stays in {}: {}", client_.name(), error.what());
    }
  }

  void put_part(int number, const Body& body) override {
    const S3Request request{.action = fmt::format("put part {} of", number),
                            .method = "PUT",
                            .key = key_,
                            .query = {{"partNumber", fmt::format("{}", number)}, {"uploadId", id_}},
                            .headers = encryption_.access,
                            .body = body};
    const http::Response response = client_.require(request);
    const std::string etag = without_quotes(response.header("ETag").value_or(""));
    if (etag.empty()) throw client_.damaged(request, "the answer has no ETag");
    const std::lock_guard lock(mutex_);
    parts_[number] = {etag, body.size()};
  }

  void finish() override {
    if (parts_.empty()) put_part(1, Body::of({}));
    const std::string xml = s3_completion(etags());
    S3Request request{
        .action = "finish", .method = "POST", .key = key_, .query = {{"uploadId", id_}}, .body = Body::of(xml)};
    request.headers = {{"Content-Type", "application/xml"}};
    if (if_absent_) request.headers.push_back({"If-None-Match", "*"});
    const auto [response, uncertain] = client_.send(request, completion_may_pass);
    const S3Error late = late_error(response);
    if (response.ok() && late.code.empty()) {
      const auto etag = parse_s3_completed(response.body);
      if (!etag && !is_complete()) throw client_.damaged(request, "the answer does not say that it is there");
      ended_ = true;
      if (etag && !s3_hides_md5(response) && is_of_other_parts(*etag))
        throw client_.damaged(request, fmt::format("the store put it together of other parts (ETag {})", *etag));
      return;
    }
    if (uncertain && is_complete()) return;
    http::Response failure = response;
    if (response.ok()) failure.status = late.code == "PreconditionFailed" ? 412 : 500;
    throw client_.refused(request, failure);
  }

  void abort() override {
    if (ended_) return;
    abort_s3_upload(client_, key_, id_);
    ended_ = true;
  }

 private:
  struct Part {
    std::string etag;
    std::uint64_t size = 0;
  };

  std::vector<std::string> etags() const {
    std::vector<std::string> all;
    for (const auto& [number, part] : parts_) {
      if (number != static_cast<int>(all.size()) + 1)
        throw Error(Errc::usage, fmt::format("the upload of '{}' has no part {}", key_, all.size() + 1));
      all.push_back(part.etag);
    }
    return all;
  }

  // The ETag of an object in parts is the MD5 of their MD5s, with the number of parts. What is of another form says
  // nothing.
  bool is_of_other_parts(const std::string& etag) const {
    const std::string number = fmt::format("-{}", parts_.size());
    const std::size_t digits = hex_size(DigestKind::md5);
    if (etag.size() != digits + number.size() || !etag.ends_with(number)) return false;
    std::string sums;
    for (const auto& [each, part] : parts_) {
      const auto sum = from_hex(part.etag);
      if (!sum || part.etag.size() != digits) return false;
      sums += *sum;
    }
    try {
      return to_lower(etag.substr(0, digits)) != digest_of(sums, DigestKind::md5);
    } catch (const Error& error) {
      if (error.code() != Errc::unsupported) throw;
      return false;
    }
  }

  // After an attempt without an answer the upload may be gone because it has become the object: of as many parts and
  // bytes as ours.
  bool is_complete() {
    const http::Response response =
        client_.send({.action = "look for", .method = "HEAD", .key = key_, .headers = encryption_.access}).response;
    std::uint64_t size = 0;
    for (const auto& [number, part] : parts_) size += part.size;
    ended_ = response.ok() && response.header("Content-Length") == fmt::format("{}", size) &&
             without_quotes(response.header("ETag").value_or("")).ends_with(fmt::format("-{}", parts_.size()));
    return ended_;
  }

  S3Client& client_;
  const S3Encryption& encryption_;
  const std::string key_, id_;
  const bool if_absent_;
  std::mutex mutex_;
  std::map<int, Part> parts_;
  bool ended_ = false;
};

}  // namespace

std::string s3_tagging(const Tags& tags) {
  std::string text;
  for (const auto& [name, value] : tags)
    text += (text.empty() ? "" : "&") + http::percent_encode(name) + "=" + http::percent_encode(value);
  return text;
}

std::vector<http::Header> s3_creation_headers(const S3Encryption& encryption, const Tags& tags) {
  std::vector<http::Header> headers = encryption.creation;
  headers.insert(headers.end(), encryption.access.begin(), encryption.access.end());
  if (!tags.empty()) headers.push_back({"x-amz-tagging", s3_tagging(tags)});
  return headers;
}

namespace {

// An attempt whose answer was lost may have begun an upload, too: one that nobody knows, and that would stay.
void abort_others(S3Client& client, const std::string& key, const std::string& id) {
  try {
    const signals::Deferral first;
    for (const OpenUpload& upload : list_s3_uploads(client, key))
      if (upload.key == key && upload.id != id) abort_s3_upload(client, key, upload.id);
  } catch (const std::exception& error) {
    log::warning("barman.store", "an unfinished upload may stay in {}: {}", client.name(), error.what());
  }
}

// No answer at all, or a signal while it was waited for.
Retry::Outcome send_beginning(S3Client& client, const S3Request& request) {
  try {
    return client.send(request);
  } catch (...) {
    abort_others(client, request.key, "");
    throw;
  }
}

}  // namespace

std::unique_ptr<Upload> begin_s3_upload(S3Client& client, const S3Encryption& encryption, const std::string& key,
                                        const PutOptions& options) {
  const S3Request request{.action = "begin the upload of",
                          .method = "POST",
                          .key = key,
                          .query = {{"uploads", ""}},
                          .headers = s3_creation_headers(encryption, options.tags)};
  const auto [response, uncertain] = send_beginning(client, request);
  if (!response.ok()) throw client.refused(request, response);
  std::string id;
  try {
    id = parse_s3_upload_id(response.body);
  } catch (const Error& error) {
    throw client.damaged(request, error.what());
  }
  auto upload = std::make_unique<S3Upload>(client, encryption, key, id, options.if_absent);
  if (uncertain) abort_others(client, key, id);
  return upload;
}

void abort_s3_upload(S3Client& client, const std::string& key, const std::string& id) {
  const S3Request request{.action = "abort the upload of", .method = "DELETE", .key = key, .query = {{"uploadId", id}}};
  const http::Response response = client.send(request).response;
  if (!response.ok() && parse_s3_error(response.body).code != "NoSuchUpload") throw client.refused(request, response);
}

std::vector<OpenUpload> list_s3_uploads(S3Client& client, const std::string& prefix) {
  std::vector<OpenUpload> found;
  std::string key, id;
  for (;;) {
    S3Request request{.action = "list the uploads of", .method = "GET"};
    request.query = {{"uploads", ""}, {"prefix", prefix}};  // radosgw does not say when it encodes keys
    if (!key.empty()) request.query.push_back({"key-marker", key});
    if (!id.empty()) request.query.push_back({"upload-id-marker", id});
    S3Uploads page;
    try {
      page = parse_s3_uploads(client.require(request).body);
    } catch (const StoreError&) {
      throw;
    } catch (const Error& error) {
      throw client.damaged(request, error.what());
    }
    for (OpenUpload& upload : page.uploads)
      if (upload.key.starts_with(prefix)) found.push_back(std::move(upload));
    if (!page.truncated) return found;
    if (page.next_key < key || (page.next_key == key && page.next_id == id))
      throw client.damaged(request, "the listing does not get any further");
    key = page.next_key;
    id = page.next_id;
  }
}

}  // namespace barman::store
