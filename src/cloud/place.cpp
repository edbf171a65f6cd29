#include "barman/cloud/place.h"

#include <fmt/core.h>

#include "barman/cloud/open_url.h"
#include "barman/core/error.h"

namespace barman::cloud {
namespace {

using store::Provider;

// What the option table lets through begins with one of these.
Provider provider_of(std::string_view url) {
  if (url.starts_with("s3://")) return Provider::aws_s3;
  if (url.starts_with("gs://") || url.starts_with("https://console.cloud.google.com/"))
    return Provider::google_cloud_storage;
  return Provider::azure_blob_storage;
}

store::Settings settings_of(const config::ServerConfig& config) {
  store::Settings settings;
  if (config.aws_read_timeout) settings.read_timeout = std::chrono::seconds(*config.aws_read_timeout);
  settings.endpoint_url = config.aws_endpoint_url.value_or("");
  settings.profile = config.aws_profile.value_or("");
  settings.region = config.aws_region.value_or("");
  settings.addressing_style = config.aws_addressing_style;
  settings.encryption = config.aws_encryption.value_or("");
  settings.kms_key_id = config.aws_sse_kms_key_id.value_or("");
  settings.customer_key_file = config.aws_sse_customer_key.value_or("");
  settings.azure_credential = config.azure_credential.value_or("");
  return settings;
}

}  // namespace

std::string_view provider_name(std::string_view url) { return store::to_string(provider_of(url)); }

Place open_place(const std::string& url, const config::ServerConfig& config, const PlaceLimits& limits) {
  try {
    store::Settings settings = settings_of(config);
    settings.bytes_per_second = limits.bytes_per_second;
    settings.deadline = limits.deadline;
    OpenedStore opened = open_url(url, provider_of(url), settings);
    return {std::move(opened.store), {std::move(opened.path), config.name}};
  } catch (const Error& error) {
    throw Error(Errc::config, fmt::format("cannot use '{}' for server '{}': {}", url, config.name, error.what()),
                error.hint());
  }
}

}  // namespace barman::cloud
