#include "aws_settings.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/core/text.h"

namespace barman::store {
namespace {

std::string first_of(std::initializer_list<std::string> values) {
  for (const std::string& value : values)
    if (!value.empty()) return value;
  return {};
}

}  // namespace

AwsSettings aws_settings(const Settings& settings, const Environment& environment, const AwsProfiles& profiles) {
  const auto variable = [&](const char* name) { return environment(name).value_or(""); };
  AwsSettings found;
  found.profile_was_set = !settings.profile.empty();
  const std::string named = first_of({settings.profile, variable("AWS_PROFILE"), variable("AWS_DEFAULT_PROFILE")});
  if (!named.empty() && !profiles.has(named))
    throw Error(Errc::config, fmt::format("The config profile ({}) could not be found", named),
                "name a section of ~/.aws/credentials or ~/.aws/config");
  found.profile = named.empty() ? "default" : named;
  const auto of_profile = [&](const char* key) { return profiles.value(found.profile, key); };

  found.region = first_of({settings.region, variable("AWS_DEFAULT_REGION"), of_profile("region")});
  found.ca_bundle = first_of({variable("AWS_CA_BUNDLE"), of_profile("ca_bundle"), ca_bundle_of(environment)});
  found.addressing_style = first_of({settings.addressing_style, of_profile("s3.addressing_style")});
  found.endpoint_url = settings.endpoint_url;
  const std::string ignored = to_lower(
      first_of({variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), of_profile("ignore_configured_endpoint_urls")}));
  if (ignored == "true") return found;
  found.endpoint_url = first_of({settings.endpoint_url, variable("AWS_ENDPOINT_URL_S3"), variable("AWS_ENDPOINT_URL"),
                                 profiles.service_endpoint(found.profile, "s3"), of_profile("s3.endpoint_url"),
                                 of_profile("endpoint_url")});
  found.sts_endpoint_url = first_of({variable("AWS_ENDPOINT_URL_STS"), variable("AWS_ENDPOINT_URL"),
                                     profiles.service_endpoint(found.profile, "sts"), of_profile("endpoint_url")});
  return found;
}

}  // namespace barman::store
