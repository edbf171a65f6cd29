#include "s3_removal.h"

#include <fmt/core.h>

#include "barman/core/log.h"
#include "removal.h"
#include "s3_xml.h"

namespace barman::store {
namespace {

bool is_unknown_to_the_store(int status, const std::string& code) {
  return status == 405 || status == 501 || code == "NotImplemented" || code == "MethodNotAllowed" ||
         (status == 400 &&
          (code.empty() || code == "InvalidRequest" || code == "MalformedXML" || code == "InvalidArgument"));
}

bool may_pass(const RemoveFailure& failure) {
  return failure.code == "InternalError" || failure.code == "SlowDown" || failure.code == "ServiceUnavailable";
}

}  // namespace

std::vector<RemoveFailure> S3Remover::remove(const std::vector<std::string>& keys) {
  std::vector<RemoveFailure> failures;
  std::vector<std::string> together, single;
  for (const std::string& key : keys) (fits_xml(key) && !one_by_one_ ? together : single).push_back(key);
  if (!together.empty() && !remove_together(together, failures)) {
    log::info("barman.store", "{} removes objects one by one only", client_.name());
    one_by_one_ = true;
    single = keys;
  }
  for (RemoveFailure& failure : remove_one_by_one(single, [this](const std::string& key) { return remove_one(key); }))
    failures.push_back(std::move(failure));
  return failures;
}

// false: the store does not do that.
bool S3Remover::remove_together(const std::vector<std::string>& keys, std::vector<RemoveFailure>& failures) {
  std::vector<std::string> left = keys;
  for (int attempts = 1;; ++attempts) {
    const std::string xml = s3_removal(left);
    S3Request request{.action = fmt::format("remove {} objects from", left.size()), .method = "POST"};
    request.query = {{"delete", ""}};
    request.headers = {{"Content-Type", "application/xml"}};
    request.body = Body::of(xml);
    const http::Response response = client_.send(request).response;
    if (is_unknown_to_the_store(response.status, parse_s3_error(response.body).code)) return false;
    if (!response.ok()) throw client_.refused(request, response);
    left.clear();
    std::vector<RemoveFailure> again;
    try {
      for (RemoveFailure& failure : parse_s3_removal(response.body)) {
        if (failure.code == "NoSuchKey") continue;
        (may_pass(failure) ? again : failures).push_back(std::move(failure));
      }
    } catch (const Error& error) {
      throw client_.damaged(request, error.what());
    }
    if (again.empty()) return true;
    if (!client_.retry().pause(attempts)) {
      failures.insert(failures.end(), again.begin(), again.end());
      return true;
    }
    for (const RemoveFailure& failure : again) left.push_back(failure.key);
  }
}

std::optional<RemoveFailure> S3Remover::remove_one(const std::string& key) const {
  const S3Request request{.action = "remove", .method = "DELETE", .key = key};
  const http::Response response = client_.send(request).response;
  if (response.ok()) return std::nullopt;
  const StoreError error = client_.refused(request, response);
  switch (error.refusal()) {
    case Refusal::not_found:
      return std::nullopt;
    case Refusal::denied:
    case Refusal::locked:
    case Refusal::invalid:
      return RemoveFailure{key, error.store_code(), error.what()};
    default:
      throw error;
  }
}

}  // namespace barman::store
