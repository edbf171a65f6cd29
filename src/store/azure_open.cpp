#include <fmt/core.h>

#include "azure_store.h"
#include "barman/core/text.h"
#include "barman/exec/local_runner.h"
#include "barman/http/url.h"
#include "transports.h"

namespace barman::store {
namespace {

constexpr std::string_view domain = ".blob.core.windows.net";

// What lives as long as the store.
struct AzureParts {
  std::unique_ptr<http::Transport> transport, metadata;
  exec::LocalRunner runner;
  std::unique_ptr<AzureClient> client;
};

}  // namespace

Location parse_azure_url(std::string_view url, const Environment& environment) {
  const std::size_t scheme = url.find("://");
  const std::string_view rest = scheme == std::string_view::npos ? std::string_view() : url.substr(scheme + 3);
  const std::string host(rest.substr(0, rest.find('/')));
  std::vector<std::string> path = split(rest.substr(std::min(rest.size(), host.size() + 1)), '/');
  const bool emulated = !host.ends_with(domain);
  if (emulated && !environment("AZURE_STORAGE_CONNECTION_STRING"))
    throw Error(Errc::usage, "A connection string must be provided when using emulated storage",
                fmt::format("set AZURE_STORAGE_CONNECTION_STRING, or use https://ACCOUNT{}/CONTAINER/PATH", domain));
  Location location;
  location.provider = Provider::azure_blob_storage;
  location.emulated = emulated;
  location.account = emulated ? path.front() : host.substr(0, host.find('.'));
  if (emulated) path.erase(path.begin());
  if (host.empty() || location.account.empty() || path.empty() || path.front().empty())
    throw Error(Errc::usage, fmt::format("{} URL {} is malformed", emulated ? "emulated storage" : "azure blob storage",
                                         http::without_secrets(url)));
  location.bucket = path.front();
  path.erase(path.begin());
  location.path = join(path, "/");
  while (location.path.ends_with('/')) location.path.pop_back();
  while (location.path.starts_with('/')) location.path.erase(0, 1);
  location.endpoint = fmt::format("{}://{}", url.substr(0, scheme), host);
  if (emulated) location.endpoint += "/" + location.account;
  return location;
}

std::unique_ptr<ObjectStore> open_azure(const Location& location, const Settings& settings) {
  const auto parts = std::make_shared<AzureParts>();
  parts->transport = transport_to_store(settings, ca_bundle_of(process_environment()));
  parts->metadata = transport_nearby({std::chrono::seconds(2), std::chrono::seconds(10), std::chrono::seconds(30)},
                                     settings.deadline);
  const Retry retry({.deadline = settings.deadline});
  const AzureWorld world{*parts->transport, *parts->metadata, parts->runner, process_environment(), retry};
  parts->client = std::make_unique<AzureClient>(*parts->transport, retry, azure_access(location, settings, world),
                                                location.bucket, [] { return std::time(nullptr); });
  return make_azure_store(std::shared_ptr<const AzureClient>(parts, parts->client.get()),
                          {settings.azure_max_single_put, settings.azure_max_block_size}, settings.encryption_scope);
}

}  // namespace barman::store
