#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "barman/http/transport.h"
#include "environment.h"
#include "retry.h"
#include "token.h"

namespace barman::store {

// What tokens of Google are asked for with. What it refers to must outlive them.
struct GcsWorld {
  http::Transport& transport;
  http::Transport& metadata;  // for addresses of this machine's own network: gives up soon
  Environment environment;
  Retry retry;
};

struct GcsAccess {
  std::string endpoint;               // "https://storage.googleapis.com"
  std::string project;                // in which buckets are made; may be empty
  std::unique_ptr<TokenCache> token;  // none: an emulator, which asks nobody
};
// STORAGE_EMULATOR_HOST; else the file of GOOGLE_APPLICATION_CREDENTIALS, gcloud's own file, the metadata server.
GcsAccess gcs_access(const GcsWorld& world);

// A JSON Web Token, signed by RS256 with a private key in PEM. Error(config) for a text that is no such key.
std::string sign_jwt(std::string_view header, std::string_view claims, std::string_view private_key);

}  // namespace barman::store
