#include "azure_client.h"

#include <fmt/core.h>

#include "barman/http/url.h"
#include "http_date.h"

namespace barman::store {
namespace {

// Tags, encryption scopes, names that XML cannot carry, batches for a container.
constexpr const char* api_version = "2021-12-02";

}  // namespace

AzureClient::AzureClient(http::Transport& transport, Retry retry, AzureAccess access, std::string container,
                         Clock clock)
    : transport_(transport),
      retry_(std::move(retry)),
      access_(std::move(access)),
      container_(std::move(container)),
      clock_(std::move(clock)) {}

std::string AzureClient::url(const std::string& key) const { return name() + "/" + http::percent_encode(key, "/"); }

std::string AzureClient::what(const char* action, const std::string& key) const {
  return key.empty() ? fmt::format("cannot {} {}", action, name())
                     : fmt::format("cannot {} '{}' in {}", action, for_message(key), name());
}

http::Response AzureClient::attempt(const http::Request& request, const http::Take& take) const {
  for (bool renewed = false;; renewed = true) {
    http::Request signed_request = request;
    signed_request.headers.push_back({"x-ms-version", api_version});
    signed_request.headers.push_back({"x-ms-date", http_date(clock_())});
    access_.credential->authorize(signed_request);
    http::Response answer = transport_.send(signed_request, take);
    if (answer.status != 401 || renewed || !access_.credential->renew()) return answer;
  }
}

Retry::Outcome AzureClient::send(const http::Request& request, const std::string& what) const {
  try {
    return retry_.run([&] { return attempt(request); });
  } catch (const http::TransferError& error) {
    throw unanswered(what, error);
  }
}

http::Response AzureClient::require(const http::Request& request, const std::string& what, bool of_object) const {
  http::Response answer = send(request, what).response;
  if (!answer.ok()) throw refusal(answer, what, of_object);
  return answer;
}

http::Request AzureClient::part_of_batch(http::Request request) const {
  request.headers.push_back({"x-ms-date", http_date(clock_())});
  access_.credential->authorize(request);
  return request;
}

StoreError AzureClient::refusal(const http::Response& answer, const std::string& what, bool of_object) const {
  const Reason reason = azure_reason(answer);
  return refused(azure_refusal(answer.status, reason.code, of_object), answer.status, reason, what);
}

}  // namespace barman::store
