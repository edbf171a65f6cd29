#include "s3_client.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "barman/core/base64.h"
#include "barman/core/digest.h"
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/http/url.h"
#include "refusal.h"

namespace barman::store {
namespace {

struct CodeRow {
  std::string_view code;
  Refusal refusal;
};
constexpr std::array code_rows = {
    CodeRow{"NoSuchBucket", Refusal::no_bucket},
    CodeRow{"NoSuchKey", Refusal::not_found},
    CodeRow{"NoSuchUpload", Refusal::not_found},
    CodeRow{"AccessDenied", Refusal::denied},
    CodeRow{"SignatureDoesNotMatch", Refusal::denied},
    CodeRow{"InvalidAccessKeyId", Refusal::denied},
    CodeRow{"ExpiredToken", Refusal::denied},
    CodeRow{"InvalidToken", Refusal::denied},
    CodeRow{"RequestTimeTooSkewed", Refusal::denied},
    CodeRow{"ObjectLocked", Refusal::locked},
    CodeRow{"PreconditionFailed", Refusal::exists},
    CodeRow{"BucketAlreadyExists", Refusal::exists},
    CodeRow{"BucketAlreadyOwnedByYou", Refusal::exists},
    CodeRow{"OperationAborted", Refusal::busy},
    CodeRow{"ConditionalRequestConflict", Refusal::busy},
    CodeRow{"SlowDown", Refusal::busy},
    CodeRow{"RequestTimeout", Refusal::busy},
    CodeRow{"BadDigest", Refusal::damaged},
    CodeRow{"IncompleteBody", Refusal::damaged},
    CodeRow{"XAmzContentSHA256Mismatch", Refusal::damaged},
};

Refusal by_status(int status, bool of_object) {
  if (status == 401 || status == 403) return Refusal::denied;
  if (status == 404) return of_object ? Refusal::not_found : Refusal::no_bucket;
  if (status == 412) return Refusal::exists;
  if (status == 408 || status == 409 || status == 429 || status >= 500) return Refusal::busy;
  return Refusal::invalid;
}

// Where there is more to say than by the kind of refusal.
std::string hint_for(const S3Error& error, int status) {
  if (error.code == "RequestTimeTooSkewed") return "set the clock of this host, and keep it right with NTP";
  if (error.code == "SignatureDoesNotMatch") return "check the secret key";
  if (error.code == "InvalidAccessKeyId") return "check the access key, and that the endpoint is the right one";
  if (error.code == "ExpiredToken" || error.code == "InvalidToken") return "renew the session token";
  if (status / 100 == 3 || error.code == "AuthorizationHeaderMalformed")
    return "name the region of the bucket (AWS_DEFAULT_REGION)";
  return {};
}

constexpr std::uint64_t large_body = 256 * 1024;

std::string add_sha256(http::Request& request, bool as_header) {
  const std::string bytes = request.body->digest(DigestKind::sha256);
  if (as_header) request.headers.push_back({"x-amz-checksum-sha256", base64_encode(bytes)});
  return to_hex(bytes);
}

// What the store compares with what has arrived, returned in the form in which it is signed: MD5, which every store
// that speaks S3 knows, or the SHA-256 that is part of the signature, which takes half of the time for large bodies
// where the processor computes it. Where this machine computes no MD5, the latter, and in a header besides.
std::string add_checksum(http::Request& request, bool md5_only) {
  if (!request.body) return std::string(unsigned_payload);
  const bool large = request.body->size() >= large_body;
  if (large && !md5_only && s3_digest_of_large_bodies() == DigestKind::sha256) return add_sha256(request, false);
  try {
    request.headers.push_back({"Content-MD5", base64_encode(request.body->digest(DigestKind::md5))});
    return std::string(unsigned_payload);
  } catch (const Error& error) {
    if (error.code() != Errc::unsupported) throw;
  }
  return add_sha256(request, true);
}

// As AWS does for what Object Lock protects.
bool asks_for_md5(const http::Response& response) {
  if (response.status != 400) return false;
  const std::string message = to_lower(parse_s3_error(response.body).message);
  return message.find("content-md5") != std::string::npos && message.find("required") != std::string::npos;
}

std::string url_of(const S3Address& address, const S3Request& request) {
  std::string url = address.url;
  if (!request.key.empty())
    url += "/" + http::percent_encode(request.key, "/");
  else if (url.find('/', url.find("://") + 3) == std::string::npos)
    url += "/";
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    url += separator + http::percent_encode(name) + "=" + http::percent_encode(value);
    separator = '&';
  }
  return url;
}

std::string region_named_by(const http::Response& response) {
  const auto header = response.header("x-amz-bucket-region");
  return header ? *header : parse_s3_error(response.body).region;
}

bool is_of_another_region(const http::Response& response) {
  if (response.status == 301 || response.status == 307) return true;
  if (response.status != 400) return false;
  return response.header("x-amz-bucket-region").has_value() ||
         parse_s3_error(response.body).code == "AuthorizationHeaderMalformed";
}

bool has_expired_keys(const http::Response& response) {
  return (response.status == 400 || response.status == 403) && parse_s3_error(response.body).code == "ExpiredToken";
}

}  // namespace

DigestKind s3_digest_of_large_bodies() { return sha256_in_hardware() ? DigestKind::sha256 : DigestKind::md5; }

bool s3_may_pass(const http::Response& response) {
  if (may_pass(response)) return true;
  if (response.status != 400 && response.status != 409 && response.status != 403) return false;
  const std::string code = parse_s3_error(response.body).code;
  for (const std::string_view passing : {"RequestTimeout", "BadDigest", "IncompleteBody", "OperationAborted",
                                         "ConditionalRequestConflict", "SlowDown", "XAmzContentSHA256Mismatch"})
    if (code == passing) return true;
  return false;
}

Refusal s3_refusal(int status, const S3Error& error, bool of_object) {
  if (to_lower(error.message).find("object lock") != std::string::npos && status == 403) return Refusal::locked;
  for (const auto& [code, refusal] : code_rows)
    if (code == error.code) return refusal;
  return by_status(status, of_object);
}

S3Client::S3Client(std::shared_ptr<http::Transport> transport, std::shared_ptr<KeyRing> ring, S3Place place,
                   Retry retry, std::function<Timestamp()> clock)
    : transport_(std::move(transport)),
      ring_(std::move(ring)),
      place_(std::move(place)),
      retry_(std::move(retry)),
      clock_(std::move(clock)) {}

std::string S3Client::region() const {
  const std::lock_guard lock(mutex_);
  return place_.region;
}

bool S3Client::moves_to(const std::string& region) {
  const std::lock_guard lock(mutex_);
  if (region.empty() || is_arn(place_.bucket)) return false;
  if (place_.region == region) return false;
  log::info("barman.store", "{} is in the region {}", name(), region);
  place_.region = region;
  return true;
}

http::Response S3Client::send_signed(const S3Request& request, const AwsKeys& keys, const http::Take& take) {
  S3Address address;
  {
    const std::lock_guard lock(mutex_);
    address = s3_address(place_);
  }
  http::Request signed_request{request.method, url_of(address, request), request.headers, request.body};
  const std::string hash = add_checksum(signed_request, md5_only_);
  sign(signed_request, hash, keys, address.scope, clock_());
  return transport_->send(signed_request, take);
}

http::Response S3Client::attempt(const S3Request& request, const http::Take& take) {
  AwsKeys keys = ring_->keys();
  http::Response response = send_signed(request, keys, take);
  if (is_of_another_region(response) && moves_to(region_named_by(response)))
    response = send_signed(request, keys, take);
  if (asks_for_md5(response) && !md5_only_.exchange(true)) response = send_signed(request, keys, take);
  if (!has_expired_keys(response)) return response;
  ring_->forget(keys);
  const AwsKeys others = ring_->keys();
  return others == keys ? response : send_signed(request, others, take);
}

Retry::Outcome S3Client::send(const S3Request& request) { return send(request, s3_may_pass); }

Retry::Outcome S3Client::send(const S3Request& request, const Retry::Judge& judge) {
  try {
    return retry_.run([&] { return attempt(request); }, judge);
  } catch (const http::TransferError& error) {
    throw unreachable(request, error);
  }
}

http::Response S3Client::require(const S3Request& request) {
  http::Response response = send(request).response;
  if (!response.ok()) throw refused(request, response);
  return response;
}

StoreError S3Client::refused(const S3Request& request, const http::Response& response) const {
  const S3Error error = parse_s3_error(response.body);
  const Refusal refusal = s3_refusal(response.status, error, !request.key.empty());
  Reason reason{error.code, error.message == "None" ? "" : error.message};
  if (error.code == "RequestTimeTooSkewed")
    reason.message += fmt::format(" (the store's clock says {}, ours {})", response.header("Date").value_or("nothing"),
                                  to_iso(clock_()));
  StoreError usual = store::refused(refusal, response.status, reason, subject(request));
  const std::string hint = hint_for(error, response.status);
  return hint.empty() ? usual : StoreError(refusal, response.status, error.code, usual.what(), hint);
}

StoreError S3Client::refused_head(const S3Request& request, const http::Response& response) {
  S3Request with_words = request;
  with_words.method = "GET";
  if (request.key.empty())
    with_words.query = {{"list-type", "2"}, {"max-keys", "1"}};
  else
    with_words.headers.push_back({"Range", "bytes=0-0"});
  try {
    const http::Response answer = attempt(with_words, [](const http::Response&, std::string_view) {});
    if (answer.status == response.status) return refused(request, answer);
  } catch (const http::TransferError& error) {
    log::info("barman.store", "{}", error.what());  // the status is known all the same
  }
  return refused(request, response);
}

StoreError S3Client::unreachable(const S3Request& request, const http::TransferError& error) const {
  return unanswered(subject(request), error);
}

StoreError S3Client::damaged(const S3Request& request, std::string_view how) const {
  return store::damaged(subject(request), how);
}

std::string S3Client::subject(const S3Request& request) const {
  return request.key.empty() ? fmt::format("cannot {} {}", request.action, name())
                             : fmt::format("cannot {} '{}' in {}", request.action, for_message(request.key), name());
}

}  // namespace barman::store
