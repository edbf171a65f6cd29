#include "azure_credential.h"

#include <fmt/core.h>

#include <map>

#include "barman/core/base64.h"
#include "barman/core/digest.h"
#include "barman/core/text.h"
#include "barman/http/url.h"

namespace barman::store {
namespace {

std::string header(const http::Request& request, std::string_view name) {
  return http::Response{0, request.headers, {}}.header(name).value_or("");
}

std::string canonical_headers(const http::Request& request) {
  std::map<std::string, std::string> sorted;
  for (const http::Header& each : request.headers)
    if (const std::string name = to_lower(each.name); name.starts_with("x-ms-")) sorted[name] = trim(each.value);
  std::string text;
  for (const auto& [name, value] : sorted) text += name + ":" + value + "\n";
  return text;
}

// The path as it is sent, parameters decoded.
std::string canonical_resource(std::string_view url, std::string_view account) {
  url.remove_prefix(std::min(url.size(), url.find("://") + 3));
  url.remove_prefix(std::min(url.size(), url.find('/')));
  const std::size_t query = std::min(url.size(), url.find('?'));
  std::string text = fmt::format("/{}{}", account, query == 0 ? "/" : url.substr(0, query));
  std::multimap<std::string, std::string> sorted;
  for (const std::string& each : split(url.substr(std::min(url.size(), query + 1)), '&')) {
    if (each.empty()) continue;
    const std::size_t equals = std::min(each.size(), each.find('='));
    sorted.emplace(to_lower(http::percent_decode(each.substr(0, equals))),
                   http::percent_decode(each.substr(std::min(each.size(), equals + 1))));
  }
  std::string last;
  for (const auto& [name, value] : sorted) {
    text += name == last ? "," + value : fmt::format("\n{}:{}", name, value);
    last = name;
  }
  return text;
}

class SharedKey : public AzureCredential {
 public:
  SharedKey(std::string account, std::string key) : account_(std::move(account)), key_(std::move(key)) {}
  void authorize(http::Request& request) override {
    const std::string signature = base64_encode(hmac_sha256(key_, azure_string_to_sign(request, account_)));
    request.headers.push_back({"Authorization", fmt::format("SharedKey {}:{}", account_, signature)});
  }

 private:
  std::string account_, key_;
};

class Sas : public AzureCredential {
 public:
  explicit Sas(std::string token) : token_(std::move(token)) {}
  void authorize(http::Request& request) override {
    request.url += (request.url.find('?') == std::string::npos ? "?" : "&") + token_;
  }

 private:
  std::string token_;
};

class Bearer : public AzureCredential {
 public:
  explicit Bearer(TokenSource source) : token_(std::move(source)) {}
  void authorize(http::Request& request) override {
    if (!request.url.starts_with("https://"))
      throw Error(Errc::config, "a token is sent to Azure only over https", "use a URL that begins with https://");
    request.headers.push_back({"Authorization", "Bearer " + token_.get()});
  }
  bool renew() override {
    token_.drop();
    return true;
  }

 private:
  TokenCache token_;
};

}  // namespace

std::string azure_string_to_sign(const http::Request& request, std::string_view account) {
  const std::uint64_t size = request.body ? request.body->size() : 0;
  std::string text = request.method + "\n";
  for (const char* name : {"Content-Encoding", "Content-Language"}) text += header(request, name) + "\n";
  text += (size == 0 ? "" : std::to_string(size)) + "\n";
  for (const char* name : {"Content-MD5", "Content-Type", "Date", "If-Modified-Since", "If-Match", "If-None-Match",
                           "If-Unmodified-Since", "Range"})
    text += header(request, name) + "\n";
  return text + canonical_headers(request) + canonical_resource(request.url, account);
}

std::unique_ptr<AzureCredential> azure_shared_key(std::string account, std::string_view key) {
  auto bytes = base64_decode(trim(key));
  if (!bytes || bytes->empty())
    throw Error(Errc::config, fmt::format("the key of the Azure account '{}' is not base64", account),
                "copy the key again from the account's page of access keys");
  if (account.empty())
    throw Error(Errc::config, "there is a key for Azure, but no name of an account",
                "add AccountName=... to the connection string");
  return std::make_unique<SharedKey>(std::move(account), std::move(*bytes));
}

std::unique_ptr<AzureCredential> azure_sas(std::string_view token) {
  token = trim(token);
  if (token.starts_with('?')) token.remove_prefix(1);
  if (token.find("sig=") == std::string_view::npos)
    throw Error(Errc::config, "the shared access signature for Azure has no 'sig='", "create it anew");
  return std::make_unique<Sas>(std::string(token));
}

std::unique_ptr<AzureCredential> azure_bearer(TokenSource source) {
  return std::make_unique<Bearer>(std::move(source));
}

AzureConnectionString parse_azure_connection_string(std::string_view text) {
  std::map<std::string, std::string> fields;
  for (const std::string& each : split(text, ';')) {
    if (trim(each).empty()) continue;
    const std::size_t equals = each.find('=');
    if (equals == std::string::npos)
      throw Error(Errc::config, "the connection string for Azure has a part without '='",
                  "copy AZURE_STORAGE_CONNECTION_STRING again from the account's page of access keys");
    fields[to_lower(trim(each.substr(0, equals)))] = trim(each.substr(equals + 1));
  }
  AzureConnectionString parsed{fields["accountname"], fields["accountkey"], fields["sharedaccesssignature"],
                               fields["blobendpoint"]};
  if (parsed.endpoint.empty() && !parsed.account.empty())
    parsed.endpoint = fmt::format(
        "{}://{}.blob.{}", fields["defaultendpointsprotocol"].empty() ? "https" : fields["defaultendpointsprotocol"],
        parsed.account, fields["endpointsuffix"].empty() ? "core.windows.net" : fields["endpointsuffix"]);
  while (parsed.endpoint.ends_with('/')) parsed.endpoint.pop_back();
  const bool is_url = parsed.endpoint.starts_with("https://") || parsed.endpoint.starts_with("http://");
  if (!is_url || (parsed.key.empty() && parsed.sas.empty()))
    throw Error(Errc::config,
                fmt::format("the connection string for Azure has no {}",
                            is_url ? "AccountKey or SharedAccessSignature" : "AccountName or usable BlobEndpoint"),
                "copy AZURE_STORAGE_CONNECTION_STRING again from the account's page of access keys");
  return parsed;
}

}  // namespace barman::store
