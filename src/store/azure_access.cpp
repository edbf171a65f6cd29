#include "azure_access.h"

#include <fmt/core.h>

#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/http/url.h"
#include "json.h"
#include "refusal.h"

namespace barman::store {
namespace {

constexpr std::string_view resource = "https://storage.azure.com";

bool all_set(const AzureWorld& world, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (!world.environment(name)) return false;
  return true;
}

std::string required(const AzureWorld& world, const char* name) {
  if (auto value = world.environment(name)) return *value;
  throw StoreError(Refusal::denied, 0, {}, fmt::format("no token for Azure: {} is not set", name));
}

Token login(const AzureWorld& world, std::vector<std::pair<std::string, std::string>> proof) {
  std::string host = world.environment("AZURE_AUTHORITY_HOST").value_or("https://login.microsoftonline.com");
  if (host.find("://") == std::string::npos) host = "https://" + host;
  while (host.ends_with('/')) host.pop_back();
  if (!host.starts_with("https://"))
    throw Error(Errc::config, "AZURE_AUTHORITY_HOST is no address with https", "secrets are sent there: use https");
  proof.insert(proof.begin(), {{"client_id", required(world, "AZURE_CLIENT_ID")},
                               {"scope", fmt::format("{}/.default", resource)},
                               {"grant_type", "client_credentials"}});
  const std::string url =
      fmt::format("{}/{}/oauth2/v2.0/token", host, http::percent_encode(required(world, "AZURE_TENANT_ID")));
  const std::string body = form(proof);
  return request_token(world.transport, world.retry, form_request(url, body), "cannot get a token from " + host);
}

// Of an App Service, or of a virtual machine.
http::Request managed_identity_request(const AzureWorld& world) {
  std::vector<std::pair<std::string, std::string>> fields = {{"resource", std::string(resource)}};
  if (const auto id = world.environment("AZURE_CLIENT_ID")) fields.emplace_back("client_id", *id);
  if (all_set(world, {"IDENTITY_ENDPOINT", "IDENTITY_HEADER"})) {
    fields.emplace_back("api-version", "2019-08-01");
    return {"GET",
            required(world, "IDENTITY_ENDPOINT") + "?" + form(fields),
            {{"X-IDENTITY-HEADER", required(world, "IDENTITY_HEADER")}},
            {}};
  }
  fields.emplace_back("api-version", "2018-02-01");
  std::string host = world.environment("AZURE_POD_IDENTITY_AUTHORITY_HOST").value_or("http://169.254.169.254");
  while (host.ends_with('/')) host.pop_back();
  return {"GET", host + "/metadata/identity/oauth2/token?" + form(fields), {{"Metadata", "true"}}, {}};
}

std::string endpoint_of(const Location& location) {
  std::string endpoint = location.endpoint;
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint;
}

}  // namespace

Token azure_client_secret_token(const AzureWorld& world) {
  return login(world, {{"client_secret", required(world, "AZURE_CLIENT_SECRET")}});
}

Token azure_workload_token(const AzureWorld& world) {
  constexpr std::size_t largest = 1024 * 1024;
  const std::string assertion = fs::read_file(required(world, "AZURE_FEDERATED_TOKEN_FILE"), largest);
  return login(world, {{"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
                       {"client_assertion", std::string(trim(assertion))}});
}

Token azure_managed_identity_token(const AzureWorld& world, Presence presence) {
  const http::Request request = managed_identity_request(world);
  const auto ask = presence == Presence::certain ? request_token : request_token_nearby;
  return ask(world.metadata, world.retry, request,
             "cannot get a token for the managed identity from " + http::without_secrets(request.url));
}

Token azure_cli_token(const AzureWorld& world) {
  const std::string what = "cannot get a token from 'az account get-access-token'";
  exec::Command command({"az", "account", "get-access-token", "--output", "json", "--resource", std::string(resource)},
                        exec::Limits::within(http::time_left(world.retry.policy().deadline, std::chrono::seconds(60))));
  command.log_output = false;  // it is the token
  command.most_output = 1024 * 1024;
  exec::Outcome outcome;
  try {
    outcome = world.runner.run(command);
  } catch (const Error& error) {
    throw StoreError(Refusal::denied, 0, {}, fmt::format("{}: {}", what, error.what()), "install azure-cli");
  }
  if (!outcome.ok())
    throw StoreError(Refusal::denied, 0, {}, fmt::format("{}: {}", what, for_message(describe(command, outcome))),
                     "run 'az login' as this user");
  const auto json = parse_json_object(outcome.out);
  Token token;
  if (json) token.text = text_of(*json, "accessToken");
  if (token.text.empty()) throw damaged(what, "there is no token in what it prints");
  // Older ones print a local time only, without an offset: five minutes more than what is kept in reserve.
  token.expires = std::chrono::system_clock::now() + std::chrono::minutes(10);
  if (const auto moment = number_of(*json, "expires_on"))
    token.expires = std::chrono::system_clock::time_point(std::chrono::seconds(*moment));
  return token;
}

Token azure_default_token(const AzureWorld& world) {
  if (all_set(world, {"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"}))
    return azure_client_secret_token(world);
  if (all_set(world, {"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"}))
    return azure_workload_token(world);
  std::string tried;
  try {
    return azure_managed_identity_token(world, Presence::possible);
  } catch (const StoreError& error) {
    tried = error.what();
    log::info("barman.store", "{}", error.what());
  }
  try {
    return azure_cli_token(world);
  } catch (const StoreError& error) {
    throw StoreError(Refusal::denied, error.status(), error.store_code(),
                     fmt::format("no credentials for Azure: {}; {}", tried, error.what()),
                     "set AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_SAS_TOKEN or AZURE_STORAGE_KEY, or "
                     "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or run 'az login'");
  }
}

AzureAccess azure_access(const Location& location, const Settings& settings, const AzureWorld& world) {
  const std::string endpoint = endpoint_of(location);
  const std::string& wanted = settings.azure_credential;
  if (!wanted.empty() && !location.emulated) {
    if (wanted == "azure-cli") return {endpoint, azure_bearer([world] { return azure_cli_token(world); })};
    if (wanted == "managed-identity")
      return {endpoint, azure_bearer([world] { return azure_managed_identity_token(world); })};
    if (wanted == "default") return {endpoint, azure_bearer([world] { return azure_default_token(world); })};
    throw Error(Errc::usage, fmt::format("unknown Azure credential '{}'", wanted),
                "use azure-cli, managed-identity or default");
  }
  if (const auto text = world.environment("AZURE_STORAGE_CONNECTION_STRING")) {
    const AzureConnectionString parsed = parse_azure_connection_string(*text);
    return {parsed.endpoint, parsed.key.empty() ? azure_sas(parsed.sas) : azure_shared_key(parsed.account, parsed.key)};
  }
  if (location.emulated)
    throw Error(Errc::config, "A connection string must be provided when using emulated storage",
                "set AZURE_STORAGE_CONNECTION_STRING");
  if (const auto token = world.environment("AZURE_STORAGE_SAS_TOKEN")) return {endpoint, azure_sas(*token)};
  if (const auto key = world.environment("AZURE_STORAGE_KEY"))
    return {endpoint, azure_shared_key(location.account, *key)};
  return {endpoint, azure_bearer([world] { return azure_default_token(world); })};
}

}  // namespace barman::store
