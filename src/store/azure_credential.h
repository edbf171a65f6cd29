#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "barman/http/transport.h"
#include "token.h"

namespace barman::store {

// Proves to Azure who asks.
class AzureCredential {
 public:
  virtual ~AzureCredential() = default;
  // The last thing that is done to a request; x-ms-date and all other headers are there.
  virtual void authorize(http::Request& request) = 0;
  // The store did not accept it. Whether another attempt has a fresh one.
  virtual bool renew() { return false; }
};

// The key of an account, in base64. Error(config) if it is not.
std::unique_ptr<AzureCredential> azure_shared_key(std::string account, std::string_view key);
// A shared access signature, with or without the '?' before it.
std::unique_ptr<AzureCredential> azure_sas(std::string_view token);
// Only over https, as whoever sees such a token can use it.
std::unique_ptr<AzureCredential> azure_bearer(TokenSource source);

// What is signed with the key of an account (version 2015-02-21 and later).
std::string azure_string_to_sign(const http::Request& request, std::string_view account);

// DefaultEndpointsProtocol=https;AccountName=...;AccountKey=...;EndpointSuffix=..., BlobEndpoint=...,
// SharedAccessSignature=...
struct AzureConnectionString {
  std::string account, key, sas;
  std::string endpoint;  // of blobs, without a slash at the end
};
AzureConnectionString parse_azure_connection_string(std::string_view text);  // Error(config), without its content

}  // namespace barman::store
