#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws_keys.h"
#include "barman/http/transport.h"
#include "barman/store/object_store.h"
#include "retry.h"
#include "s3_address.h"
#include "s3_xml.h"

namespace barman::store {

struct S3Request {
  std::string action;  // for messages: "cannot ACTION 'KEY' in s3://BUCKET"
  std::string method;
  std::string key{};  // empty: the bucket itself
  std::vector<std::pair<std::string, std::string>> query{};
  std::vector<http::Header> headers{};
  std::optional<Body> body{};  // its checksum goes with it, so that the store notices damage
};

// Sends requests to one bucket: signed, to the region where it turns out to be, with keys that are renewed. Every
// failure is a StoreError.
class S3Client {
 public:
  S3Client(std::shared_ptr<http::Transport> transport, std::shared_ptr<KeyRing> ring, S3Place place, Retry retry,
           std::function<Timestamp()> clock = now);

  // As often as it takes; what the store has refused for good is returned.
  Retry::Outcome send(const S3Request& request);
  Retry::Outcome send(const S3Request& request, const Retry::Judge& judge);
  // The same, and throws what refused() makes of an answer that is not ok.
  http::Response require(const S3Request& request);
  // Once. Throws TransferError.
  http::Response attempt(const S3Request& request, const http::Take& take = {});

  StoreError refused(const S3Request& request, const http::Response& response) const;
  // The same for HEAD, whose answer has no body: what the store has to say is asked for by GET.
  StoreError refused_head(const S3Request& request, const http::Response& response);
  StoreError unreachable(const S3Request& request, const http::TransferError& error) const;
  StoreError damaged(const S3Request& request, std::string_view how) const;
  std::string subject(const S3Request& request) const;  // "cannot put 'KEY' in s3://BUCKET"
  const Retry& retry() const { return retry_; }
  std::string name() const { return "s3://" + place_.bucket; }
  std::string bucket() const { return place_.bucket; }
  std::string region() const;
  bool own_endpoint() const { return !place_.endpoint_url.empty(); }

 private:
  http::Response send_signed(const S3Request& request, const AwsKeys& keys, const http::Take& take);
  bool moves_to(const std::string& region);

  std::shared_ptr<http::Transport> transport_;
  std::shared_ptr<KeyRing> ring_;
  mutable std::mutex mutex_;
  S3Place place_;  // its region becomes the one that a redirect names
  Retry retry_;
  std::function<Timestamp()> clock_;
  std::atomic<bool> md5_only_ = false;  // the store has asked for it
};

// What bodies of some size go with, unless the store asks for MD5.
DigestKind s3_digest_of_large_bodies();

// Whether another attempt may help: what may_pass() says, and damage on the way.
bool s3_may_pass(const http::Response& response);
Refusal s3_refusal(int status, const S3Error& error, bool of_object);

}  // namespace barman::store
