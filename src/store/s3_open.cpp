#include "s3_open.h"

#include <fmt/core.h>

#include <regex>

#include "aws_credentials.h"
#include "barman/exec/local_runner.h"
#include "barman/http/url.h"
#include "s3_store.h"
#include "transports.h"

namespace barman::store {
namespace {

// An ARN ends where its name does: what follows is a prefix of keys.
std::size_t bucket_size(std::string_view rest) {
  static const std::regex arn(
      "^arn:(aws[a-zA-Z-]*):(s3|s3-object-lambda):[a-z0-9-]*:[0-9]{12}:accesspoint[/:][a-zA-Z0-9.-]{1,63}"
      "|^arn:(aws[a-zA-Z-]*):s3-outposts:[a-z0-9-]+:[0-9]{12}:outpost[/:][a-zA-Z0-9-]{1,63}[/:]accesspoint[/:]"
      "[a-zA-Z0-9-]{1,63}");
  std::cmatch match;
  if (is_arn(rest) && std::regex_search(rest.data(), rest.data() + rest.size(), match, arn))
    return static_cast<std::size_t>(match.length());
  return std::min(rest.find('/'), rest.size());
}

}  // namespace

Location parse_s3_url(std::string_view url) {
  const std::string_view scheme = "s3://";
  const std::string_view rest = url.starts_with(scheme) ? url.substr(scheme.size()) : std::string_view();
  const std::size_t size = bucket_size(rest);
  if (size == 0)
    throw Error(Errc::usage, fmt::format("Invalid s3 URL address: {}", url), "give it as s3://BUCKET/PATH");
  std::string_view path = rest.substr(size);
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  Location location;
  location.provider = Provider::aws_s3;
  location.bucket = rest.substr(0, size);
  location.path = path;
  return location;
}

std::unique_ptr<ObjectStore> open_s3_store(const Location& location, const Settings& settings) {
  const Environment environment = process_environment();
  const AwsProfiles profiles = AwsProfiles::read(environment);
  const AwsSettings found = aws_settings(settings, environment, profiles);

  const Retry retry(aws_retry_policy());
  const http::Limits soon{std::chrono::seconds(1), std::chrono::seconds(2), std::chrono::seconds(5)};
  const AwsWorld world{environment,
                       transport_to_store(settings, found.ca_bundle),
                       transport_nearby(soon, found.ca_bundle),
                       std::make_shared<exec::LocalRunner>(),
                       retry,
                       now};
  const auto ring = std::make_shared<KeyRing>([=] { return find_aws_keys(world, found, profiles); });
  const S3Place place{location.bucket, found.region, found.endpoint_url, found.addressing_style};
  return open_s3(world.transport, ring, place, s3_encryption(settings), retry);
}

}  // namespace barman::store
