#include "gcs_client.h"

#include <fmt/core.h>

#include "barman/http/url.h"
#include "json.h"
#include "s3_xml.h"

namespace barman::store {

Reason gcs_reason(const http::Response& answer) {
  const auto json = parse_json_object(answer.body);
  if (!json) {
    const S3Error error = parse_s3_error(answer.body);
    return {error.code, error.message};
  }
  const auto error = json->find("error");
  if (error == json->end() || !error->is_object()) return {};
  Reason reason{text_of(*error, "status"), text_of(*error, "message")};
  if (const auto all = error->find("errors");
      all != error->end() && all->is_array() && !all->empty() && all->front().is_object())
    reason.code = text_of(all->front(), "reason");
  return reason;
}

Refusal gcs_refusal(int status, const Reason& reason, bool of_object) {
  const std::string& code = reason.code;
  if (code == "NoSuchBucket" ||
      (status == 404 && (!of_object || reason.message.find("bucket does not exist") != std::string::npos)))
    return Refusal::no_bucket;
  if (status == 412 || code == "BucketAlreadyOwnedByYou") return Refusal::exists;
  if (code == "retentionPolicyNotMet" || code == "objectUnderActiveHold" || code == "RetentionPolicyNotMet" ||
      code == "ObjectUnderActiveHold")
    return Refusal::locked;
  if (code == "rateLimitExceeded" || code == "userRateLimitExceeded") return Refusal::busy;
  if (code == "BadDigest" || code == "InvalidDigest") return Refusal::damaged;
  return refusal_of_status(status);
}

bool gcs_may_pass(const http::Response& answer) {
  return may_pass(answer) || (answer.status == 403 && gcs_refusal(403, gcs_reason(answer), true) == Refusal::busy);
}

GcsClient::GcsClient(http::Transport& transport, Retry retry, GcsAccess access, std::string bucket)
    : transport_(transport), retry_(std::move(retry)), access_(std::move(access)), bucket_(std::move(bucket)) {}

std::string GcsClient::buckets_url() const { return access_.endpoint + "/storage/v1/b"; }
std::string GcsClient::bucket_url() const { return buckets_url() + "/" + http::percent_encode(bucket_); }
std::string GcsClient::object_url(const std::string& key) const {
  return bucket_url() + "/o/" + http::percent_encode(key);
}
std::string GcsClient::upload_url() const {
  return fmt::format("{}/upload/storage/v1/b/{}/o", access_.endpoint, http::percent_encode(bucket_));
}
std::string GcsClient::xml_url(const std::string& key) const {
  const std::string url = access_.endpoint + "/" + http::percent_encode(bucket_);
  return key.empty() ? url : url + "/" + http::percent_encode(key, "/");
}

std::string GcsClient::what(std::string_view action, const std::string& key) const {
  return key.empty() ? fmt::format("cannot {} {}", action, name())
                     : fmt::format("cannot {} '{}' in {}", action, for_message(key), name());
}

http::Response GcsClient::attempt(const http::Request& request, const http::Take& take) const {
  for (bool renewed = false;; renewed = true) {
    http::Request proven = request;
    if (access_.token) proven.headers.push_back({"Authorization", "Bearer " + access_.token->get()});
    http::Response answer = transport_.send(proven, take);
    if (answer.status != 401 || renewed || !access_.token) return answer;
    access_.token->drop();
  }
}

Retry::Outcome GcsClient::send(const http::Request& request, const std::string& what) const {
  try {
    return retry_.run([&] { return attempt(request); }, gcs_may_pass);
  } catch (const http::TransferError& error) {
    throw unanswered(what, error);
  }
}

http::Response GcsClient::require(const http::Request& request, const std::string& what, bool of_object) const {
  http::Response answer = send(request, what).response;
  if (!answer.ok()) throw refusal(answer, what, of_object);
  return answer;
}

StoreError GcsClient::refusal(const http::Response& answer, const std::string& what, bool of_object) const {
  const Reason reason = gcs_reason(answer);
  return refused(gcs_refusal(answer.status, reason, of_object), answer.status, reason, what);
}

}  // namespace barman::store
