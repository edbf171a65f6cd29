#include "gcs_upload.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/base64.h"
#include "barman/core/crc32c.h"
#include "barman/core/log.h"
#include "barman/core/signals.h"
#include "barman/http/url.h"
#include "json.h"
#include "s3_xml.h"

namespace barman::store {
namespace {

// Tags are what the reference makes of them: metadata, here in headers.
std::vector<http::Header> creation_headers(const PutOptions& options, const std::string& kms_key) {
  std::vector<http::Header> headers = {{"Content-Type", "application/octet-stream"}};
  for (const auto& [name, value] : options.tags) {
    const bool fits = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
             c == '.';
    });
    if (!fits)
      throw Error(Errc::usage, fmt::format("Google takes no tag named '{}' for an object in parts", for_message(name)),
                  "name it with letters, digits, '-', '_' and '.'");
    headers.push_back({"x-goog-meta-" + name, value});
  }
  if (!kms_key.empty()) headers.push_back({"x-goog-encryption-kms-key-name", kms_key});
  return headers;
}

std::string upload_url(const GcsClient& client, const std::string& key, const std::string& id) {
  return client.xml_url(key) + "?uploadId=" + http::percent_encode(id);
}

// An attempt whose answer was lost may have begun an upload, too: one that nobody knows, and that would stay.
void abort_others(const GcsClient& client, const std::string& key, const std::string& id) {
  try {
    const signals::Deferral first;
    for (const OpenUpload& upload : list_gcs_uploads(client, key))
      if (upload.key == key && upload.id != id) abort_gcs_upload(client, key, upload.id);
  } catch (const std::exception& error) {
    log::warning("barman.store", "an unfinished upload may stay in {}: {}", client.name(), error.what());
  }
}

// No answer at all, or a signal while it was waited for.
Retry::Outcome send_beginning(const GcsClient& client, const http::Request& request, const std::string& key,
                              const std::string& what) {
  try {
    return client.send(request, what);
  } catch (...) {
    abort_others(client, key, "");
    throw;
  }
}

}  // namespace

std::string gcs_crc32c_text(std::uint32_t crc) {
  const std::string bytes = {static_cast<char>(crc >> 24U), static_cast<char>(crc >> 16U), static_cast<char>(crc >> 8U),
                             static_cast<char>(crc)};
  return base64_encode(bytes);
}

GcsUpload::GcsUpload(std::shared_ptr<const GcsClient> client, std::string key, const PutOptions& options,
                     const std::string& kms_key)
    : client_(std::move(client)), key_(std::move(key)), if_absent_(options.if_absent) {
  const std::string what = client_->what("begin", key_);
  const http::Request request{"POST", client_->xml_url(key_) + "?uploads", creation_headers(options, kms_key), Body()};
  const auto [answer, uncertain] = send_beginning(*client_, request, key_, what);
  if (!answer.ok()) throw client_->refusal(answer, what, true);
  try {
    id_ = parse_s3_upload_id(answer.body);
  } catch (const Error& error) {
    throw damaged(what, error.what());
  }
  if (uncertain) abort_others(*client_, key_, id_);
}

GcsUpload::~GcsUpload() {
  if (ended_) return;
  try {
    const signals::Deferral first;  // an interruption is the usual reason to be here
    abort();
  } catch (const std::exception& error) {
    log::error("barman.store", "an unfinished upload stays in {}: {}", client_->name(), error.what());
  }
}

void GcsUpload::put_part(int number, const Body& body) {
  const std::string what = client_->what(fmt::format("put part {} of", number), key_);
  const std::uint32_t crc = body.crc32c();
  const http::Request request{
      "PUT",
      fmt::format("{}&partNumber={}", upload_url(*client_, key_, id_), number),
      {{"Content-Type", "application/octet-stream"}, {"x-goog-hash", "crc32c=" + gcs_crc32c_text(crc)}},
      body};
  const http::Response answer = client_->require(request, what, true);
  const std::string etag = without_quotes(answer.header("ETag").value_or(""));
  if (etag.empty()) throw damaged(what, "the answer has no ETag");
  const std::lock_guard lock(mutex_);
  parts_[number] = {etag, body.size(), crc};
}

void GcsUpload::finish() {
  const std::string what = client_->what("finish", key_);
  if (parts_.empty() || parts_.begin()->first != 1 || parts_.rbegin()->first != static_cast<int>(parts_.size()))
    throw StoreError(Refusal::invalid, 0, {}, fmt::format("{}: a part is missing", what));
  std::vector<std::string> etags;
  for (const auto& [number, part] : parts_) etags.push_back(part.etag);
  const std::string list = s3_completion(etags);
  http::Request request{"POST", upload_url(*client_, key_, id_), {{"Content-Type", "application/xml"}}, Body::of(list)};
  if (if_absent_) request.headers.push_back({"x-goog-if-generation-match", "0"});
  const Retry::Outcome outcome = client_->send(request, what);
  ended_ = outcome.response.ok() || (outcome.uncertain && is_complete());
  if (!ended_) throw client_->refusal(outcome.response, what, true);
}

// After an attempt without an answer the upload may be gone because it has become the object: of the size and the
// checksum of all parts.
bool GcsUpload::is_complete() const {
  std::uint64_t size = 0;
  std::uint32_t crc = 0;
  for (const auto& [number, part] : parts_) {
    crc = crc32c_joined(crc, part.crc, part.size);
    size += part.size;
  }
  const std::string what = client_->what("look for", key_);
  const http::Response answer =
      client_->send({"GET", client_->object_url(key_) + "?fields=size,crc32c", {}, {}}, what).response;
  const auto object = answer.ok() ? parse_json_object(answer.body) : std::nullopt;
  if (!object) return false;
  const std::string stored = text_of(*object, "crc32c");
  return number_of(*object, "size") == static_cast<std::int64_t>(size) &&
         (stored.empty() || stored == gcs_crc32c_text(crc));
}

void GcsUpload::abort() {
  if (ended_) return;
  abort_gcs_upload(*client_, key_, id_);
  ended_ = true;
}

void abort_gcs_upload(const GcsClient& client, const std::string& key, const std::string& id) {
  const std::string what = client.what("abort the upload of", key);
  const http::Response answer = client.send({"DELETE", upload_url(client, key, id), {}, {}}, what).response;
  if (answer.ok()) return;
  const StoreError error = client.refusal(answer, what, true);
  if (error.refusal() != Refusal::not_found) throw error;
}

std::vector<OpenUpload> list_gcs_uploads(const GcsClient& client, const std::string& prefix) {
  const std::string what = client.what("list the uploads in");
  std::vector<OpenUpload> found;
  std::string marker;
  for (;;) {
    const std::string url = client.xml_url() + "?uploads&prefix=" + http::percent_encode(prefix) + marker;
    const http::Response answer = client.require({"GET", url, {}, {}}, what, false);
    S3Uploads page;
    try {
      page = parse_s3_uploads(answer.body);
    } catch (const Error& error) {
      throw damaged(what, error.what());
    }
    for (OpenUpload& upload : page.uploads)
      if (upload.key.starts_with(prefix)) found.push_back(std::move(upload));
    if (!page.truncated) return found;
    std::string next = "&key-marker=" + http::percent_encode(page.next_key) +
                       "&upload-id-marker=" + http::percent_encode(page.next_id);
    if (next == marker) throw damaged(what, "the same page comes again");
    marker = std::move(next);
  }
}

}  // namespace barman::store
