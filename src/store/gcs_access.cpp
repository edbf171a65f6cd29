#include "gcs_access.h"

#include <fmt/core.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <ctime>

#include "barman/core/base64.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "json.h"
#include "refusal.h"

namespace barman::store {
namespace {

constexpr std::string_view scope = "https://www.googleapis.com/auth/devstorage.read_write";
constexpr std::string_view usual_universe = "googleapis.com";

std::string base64_url(std::string_view bytes) {
  std::string text = replace_all(replace_all(base64_encode(bytes), "+", "-"), "/", "_");
  while (text.ends_with('=')) text.pop_back();
  return text;
}

// What a file of credentials says, with the place it was read from.
struct Credentials {
  Json json;
  std::string path;
  std::string operator[](const char* name) const {
    const std::string value = text_of(json, name);
    if (value.empty())
      throw Error(Errc::config, fmt::format("the credentials in '{}' have no '{}'", path, name), "create them anew");
    return value;
  }
};

Credentials parse_credentials(const std::string& path, const std::string& text) {
  auto json = parse_json_object(text);
  if (!json) throw Error(Errc::config, fmt::format("'{}' holds no credentials of Google", path), "create them anew");
  return {std::move(*json), path};
}

std::string https_only(const std::string& url, const std::string& path) {
  if (url.starts_with("https://")) return url;
  throw Error(Errc::config, fmt::format("the credentials in '{}' name an address without https", path),
              "create them anew");
}

std::string claims_of(const Credentials& key, std::string_view audience) {
  const std::int64_t time = std::time(nullptr);
  Json claims = {{"iss", key["client_email"]}, {"scope", scope}, {"iat", time}, {"exp", time + 3600}};
  if (audience.empty())
    claims["sub"] = key["client_email"];
  else
    claims["aud"] = audience;
  return claims.dump();
}

std::string assertion_of(const Credentials& key, std::string_view audience) {
  Json header = {{"alg", "RS256"}, {"typ", "JWT"}};
  if (const std::string id = text_of(key.json, "private_key_id"); !id.empty()) header["kid"] = id;
  return sign_jwt(header.dump(), claims_of(key, audience), key["private_key"]);
}

Token service_account_token(const GcsWorld& world, const Credentials& key, const std::string& universe) {
  // Elsewhere than at Google itself nothing exchanges it: the store takes the assertion as it is.
  if (universe != usual_universe)
    return {assertion_of(key, {}), std::chrono::system_clock::now() + std::chrono::seconds(3600)};
  const std::string url = https_only(key["token_uri"], key.path);
  const std::string body = form({{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                                 {"assertion", assertion_of(key, key["token_uri"])}});
  return request_token(world.transport, world.retry, form_request(url, body), "cannot get a token from " + url);
}

Token user_token(const GcsWorld& world, const Credentials& user) {
  const std::string named = text_of(user.json, "token_uri");
  const std::string url = named.empty() ? "https://oauth2.googleapis.com/token" : https_only(named, user.path);
  const std::string body = form({{"grant_type", "refresh_token"},
                                 {"client_id", user["client_id"]},
                                 {"client_secret", user["client_secret"]},
                                 {"refresh_token", user["refresh_token"]}});
  return request_token(world.transport, world.retry, form_request(url, body), "cannot get a token from " + url);
}

Token metadata_token(const GcsWorld& world) {
  const std::string host = world.environment("GCE_METADATA_HOST").value_or("metadata.google.internal");
  const std::string url = fmt::format("http://{}/computeMetadata/v1/instance/service-accounts/default/token", host);
  const http::Request request{"GET", url, {{"Metadata-Flavor", "Google"}}, {}};
  try {
    return request_token_nearby(world.metadata, world.retry, request, "cannot get a token from " + url);
  } catch (const StoreError& error) {
    throw StoreError(Refusal::denied, error.status(), error.store_code(),
                     fmt::format("no credentials for Google: {}", error.what()),
                     "set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account, or run 'gcloud auth "
                     "application-default login' as this user");
  }
}

std::optional<Credentials> find_credentials(const GcsWorld& world) {
  constexpr std::size_t largest = 1024 * 1024;
  if (const auto path = world.environment("GOOGLE_APPLICATION_CREDENTIALS"))
    return parse_credentials(*path, fs::read_file(*path, largest));
  const auto home = world.environment("HOME");
  const auto directory = world.environment("CLOUDSDK_CONFIG");
  if (!home && !directory) return std::nullopt;
  const std::string path =
      directory.value_or(home.value_or("") + "/.config/gcloud") + "/application_default_credentials.json";
  const auto text = fs::read_file_if_exists(path, largest);
  if (!text) return std::nullopt;
  return parse_credentials(path, *text);
}

TokenSource source_of(const GcsWorld& world, const std::optional<Credentials>& found, const std::string& universe) {
  if (!found) return [world] { return metadata_token(world); };
  const std::string type = text_of(found->json, "type");
  if (type == "service_account")
    return [world, key = *found, universe] { return service_account_token(world, key, universe); };
  if (type == "authorized_user") return [world, user = *found] { return user_token(world, user); };
  throw Error(Errc::unsupported,
              fmt::format("the credentials in '{}' are of type '{}'", found->path, for_message(type)),
              "use the key of a service account, 'gcloud auth application-default login', or the metadata server");
}

std::string trimmed(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

std::string sign_jwt(std::string_view header, std::string_view claims, std::string_view private_key) {
  const std::string text = base64_url(header) + "." + base64_url(claims);
  const std::unique_ptr<BIO, int (*)(BIO*)> file(
      BIO_new_mem_buf(private_key.data(), static_cast<int>(private_key.size())), BIO_free);
  const auto no_password = [](char*, int, int, void*) { return -1; };
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      PEM_read_bio_PrivateKey(file.get(), nullptr, no_password, nullptr), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  std::string signature;
  if (key && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA &&
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1) {
    signature.resize(size);
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) ==
        1)
      return text + "." + base64_url(std::string_view(signature).substr(0, size));
  }
  throw Error(Errc::config, "the private key of the service account is no usable RSA key", "create a new key for it");
}

GcsAccess gcs_access(const GcsWorld& world) {
  GcsAccess access;
  access.project = world.environment("GOOGLE_CLOUD_PROJECT").value_or("");
  if (const auto emulator = world.environment("STORAGE_EMULATOR_HOST")) {
    access.endpoint = trimmed(emulator->find("://") == std::string::npos ? "http://" + *emulator : *emulator);
    if (access.project.empty()) access.project = "emulated";
    return access;
  }
  const auto found = find_credentials(world);
  const std::string own = found ? text_of(found->json, "universe_domain") : "";
  const std::string universe =
      world.environment("GOOGLE_CLOUD_UNIVERSE_DOMAIN").value_or(own.empty() ? std::string(usual_universe) : own);
  access.endpoint = "https://storage." + universe;
  if (access.project.empty() && found) access.project = text_of(found->json, "project_id");
  access.token = std::make_unique<TokenCache>(source_of(world, found, universe));
  return access;
}

}  // namespace barman::store
