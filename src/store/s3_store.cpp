#include "s3_store.h"

#include <fmt/core.h>

#include <utility>

#include "barman/core/background_digest.h"
#include "barman/core/crc32c.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "download.h"
#include "http_date.h"
#include "s3_client.h"
#include "s3_removal.h"
#include "s3_upload.h"
#include "s3_xml.h"

namespace barman::store {
namespace {

Object object_of(const std::string& key, const http::Response& head) {
  Object object;
  object.key = key;
  object.size = static_cast<std::uint64_t>(parse_decimal(head.header("Content-Length").value_or("")).value_or(0));
  object.etag = without_quotes(head.header("ETag").value_or(""));
  object.modified = parse_http_date(head.header("Last-Modified").value_or(""));
  return object;
}

// Our own checksum of what was put at once, beside the object: a twentieth of the work of MD5, and there whatever the
// store makes of the ETag.
constexpr const char* crc_header = "x-amz-meta-barman-crc32c";

std::string crc_text(std::uint32_t crc) { return fmt::format("{:08x}", crc); }

// Compares what arrives with what the head of the answer says of the whole object.
class ContentCheck {
 public:
  void note(const http::Response& head, const std::string& etag) {
    crc_wanted_ = head.header(crc_header);
    if (crc_wanted_ || !is_md5(head, etag)) return;
    try {
      md5_.emplace(DigestKind::md5);
      md5_wanted_ = to_lower(etag);
    } catch (const Error& error) {
      if (error.code() != Errc::unsupported)
        throw;  // this machine computes no MD5; the length is compared all the same
    }
  }
  void add(std::string_view bytes) {
    if (crc_wanted_) crc_ = crc32c(bytes, crc_);
    if (md5_) md5_->update(bytes);
  }
  bool holds() { return crc_wanted_ ? *crc_wanted_ == crc_text(crc_) : !md5_ || md5_->hex() == md5_wanted_; }

 private:
  // An ETag is the MD5 of an object that was put at once, unless it is encrypted with a key of somebody else.
  static bool is_md5(const http::Response& head, const std::string& etag) {
    return !s3_hides_md5(head) && etag.size() == hex_size(DigestKind::md5) && is_hex(etag);
  }

  std::optional<std::string> crc_wanted_;
  std::uint32_t crc_ = 0;
  std::optional<BackgroundDigest> md5_;
  std::string md5_wanted_;
};

class S3Store : public ObjectStore {
 public:
  S3Store(std::shared_ptr<http::Transport> transport, std::shared_ptr<KeyRing> ring, const S3Place& place, Retry retry,
          std::function<Timestamp()> clock, S3Encryption encryption)
      : client_(std::move(transport), std::move(ring), place, std::move(retry), std::move(clock)),
        encryption_(std::move(encryption)),
        remover_(client_) {}
  const Abilities& abilities() const override { return abilities_; }
  std::string name() const override { return client_.name(); }
  std::string bucket() const override { return client_.bucket(); }

  bool bucket_exists() override {
    const S3Request request{.action = "access", .method = "HEAD"};
    const http::Response response = client_.send(request).response;
    if (response.status == 404) return false;
    if (!response.ok()) throw client_.refused_head(request, response);
    return true;
  }

  void create_bucket() override;
  void put(const std::string& key, const Body& body, const PutOptions& options) override;

  std::unique_ptr<Upload> begin_upload(const std::string& key, const PutOptions& options) override {
    return begin_s3_upload(client_, encryption_, key, options);
  }

  std::optional<Object> head(const std::string& key) override {
    const S3Request request = head_request("look for", key);
    const http::Response response = client_.send(request).response;
    if (response.status == 404) return std::nullopt;
    if (!response.ok()) throw client_.refused_head(request, response);
    return object_of(key, response);
  }

  Object get(const std::string& key, const std::function<void(std::string_view)>& take, const Range& range) override;

  Page list(const Listing& listing, const std::string& next) override;
  std::vector<RemoveFailure> remove(const std::vector<std::string>& keys) override { return remover_.remove(keys); }
  std::vector<OpenUpload> open_uploads(const std::string& prefix) override { return list_s3_uploads(client_, prefix); }
  void abort_upload(const OpenUpload& upload) override { abort_s3_upload(client_, upload.key, upload.id); }

  Lock lock(const std::string& key) override {
    const S3Request request = head_request("look for a lock on", key);
    const http::Response response = client_.send(request).response;
    if (!response.ok()) throw client_.refused_head(request, response);
    Lock lock;
    lock.held = response.header("x-amz-object-lock-legal-hold") == "ON";
    lock.until_text = response.header("x-amz-object-lock-retain-until-date").value_or("");
    if (lock.until_text.empty()) return lock;
    lock.until = parse_timestamp(lock.until_text);
    if (!lock.until)
      throw client_.damaged(request, fmt::format("'{}' is no end of a retention period", lock.until_text));
    return lock;
  }

 private:
  S3Request head_request(const char* action, const std::string& key) const {
    return {.action = action, .method = "HEAD", .key = key, .headers = encryption_.access};
  }

  S3Client client_;
  const S3Encryption encryption_;
  S3Remover remover_;
  const Abilities abilities_{.object_lock = true,
                             .put_checksums = {.digest = s3_digest_of_large_bodies(), .crc32c = true},
                             .part_checksums = {.digest = s3_digest_of_large_bodies()}};
};

void S3Store::create_bucket() {
  const std::string region = client_.region();
  if (is_arn(client_.bucket()))
    throw StoreError(Refusal::invalid, 0, {},
                     fmt::format("cannot create {}: access points are not created here", name()),
                     "create it with the tools of AWS");
  const std::string place = s3_creation(region);
  S3Request request{.action = "create", .method = "PUT"};
  if (!region.empty() && region != "us-east-1") request.body = Body::of(place);
  http::Response response = client_.send(request).response;
  S3Error error = parse_s3_error(response.body);
  if (request.body && client_.own_endpoint() && error.code == "InvalidLocationConstraint") {
    request.body.reset();  // a region is but a word for signatures there
    response = client_.send(request).response;
    error = parse_s3_error(response.body);
  }
  if (!response.ok() && error.code != "BucketAlreadyOwnedByYou") throw client_.refused(request, response);
}

void S3Store::put(const std::string& key, const Body& body, const PutOptions& options) {
  S3Request request{.action = "put",
                    .method = "PUT",
                    .key = key,
                    .headers = s3_creation_headers(encryption_, options.tags),
                    .body = body};
  request.headers.push_back({crc_header, crc_text(body.crc32c())});
  // Who answers without one is a portal or a proxy, and has stored nothing.
  const auto require_etag = [&](const http::Response& response) {
    if (response.header("ETag").value_or("").empty()) throw client_.damaged(request, "the answer has no ETag");
  };
  if (!options.if_absent) return require_etag(client_.require(request));
  S3Request conditional = request;
  conditional.headers.push_back({"If-None-Match", "*"});
  const auto [response, uncertain] = client_.send(conditional);
  if (response.ok()) return require_etag(response);
  // An attempt whose answer was lost may have put the object: that is no other one's.
  if (response.status == 412 && uncertain) {
    const auto there = head(key);
    if (there && there->etag == to_hex(body.digest(DigestKind::md5))) return;
  }
  const bool unknown_condition = response.status == 501 || parse_s3_error(response.body).code == "NotImplemented";
  if (!unknown_condition) throw client_.refused(conditional, response);
  if (const auto there = head(key))
    throw StoreError(Refusal::exists, 412, {}, client_.subject(request) + ": there is such an object");
  require_etag(client_.require(request));
}

Object S3Store::get(const std::string& key, const std::function<void(std::string_view)>& take, const Range& range) {
  const bool whole = range.offset == 0 && !range.size;
  const S3Request request{.action = "get", .method = "GET", .key = key, .headers = encryption_.access};
  ContentCheck check;
  bool noted = !whole;
  const DownloadSource source{.what = client_.subject(request),
                              .send =
                                  [&](const Range& rest, const std::string& etag, const http::Take& piece) {
                                    S3Request part = request;
                                    if (rest.offset > 0 || rest.size)
                                      part.headers.push_back({"Range", range_header(rest)});
                                    if (!etag.empty()) part.headers.push_back({"If-Match", "\"" + etag + "\""});
                                    return client_.attempt(part, piece);
                                  },
                              .object =
                                  [&](const http::Response& head) {
                                    Object object = object_of(key, head);
                                    if (!std::exchange(noted, true)) check.note(head, object.etag);
                                    return object;
                                  },
                              .refusal = [&](const http::Response& answer) { return client_.refused(request, answer); },
                              .head = [&] { return object_of(key, client_.require(head_request("get", key))); },
                              .judge = s3_may_pass};
  const Object object = download(client_.retry(), source, range, [&](std::string_view bytes) {
    check.add(bytes);
    take(bytes);
  });
  if (!check.holds()) throw client_.damaged(request, "what arrived has another checksum than the object");
  return object;
}

Page S3Store::list(const Listing& listing, const std::string& next) {
  S3Request request{.action = "list", .method = "GET"};
  request.query = {{"list-type", "2"}, {"encoding-type", "url"}};
  const std::pair<const char*, const std::string&> parameters[] = {{"prefix", listing.prefix},
                                                                   {"delimiter", listing.delimiter},
                                                                   {"start-after", listing.start_after},
                                                                   {"continuation-token", next}};
  for (const auto& [name, value] : parameters)
    if (!value.empty()) request.query.emplace_back(name, value);
  const http::Response response = client_.require(request);
  Page page;
  try {
    page = parse_s3_listing(response.body);
  } catch (const Error& error) {
    throw client_.damaged(request, error.what());
  }
  std::erase_if(page.objects, [&](const Object& object) {
    return !object.key.starts_with(listing.prefix) || object.key <= listing.start_after;
  });
  if (!page.next.empty() && page.next == next) throw client_.damaged(request, "the listing does not get any further");
  return page;
}

}  // namespace

std::unique_ptr<ObjectStore> open_s3(std::shared_ptr<http::Transport> transport, std::shared_ptr<KeyRing> ring,
                                     const S3Place& place, const S3Encryption& encryption, Retry retry,
                                     std::function<Timestamp()> clock) {
  s3_address(place);  // what it refuses is refused now
  return std::make_unique<S3Store>(std::move(transport), std::move(ring), place, std::move(retry), std::move(clock),
                                   encryption);
}

}  // namespace barman::store
