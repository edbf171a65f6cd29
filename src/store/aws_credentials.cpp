#include "aws_credentials.h"

#include <fmt/core.h>

#include <set>

#include "barman/core/numbers.h"

namespace barman::store {
namespace {

// One run through the chain.
class Search {
 public:
  Search(const AwsWorld& world, const AwsSettings& settings, const AwsProfiles& profiles)
      : world_(world), settings_(settings), profiles_(profiles) {}

  AwsKeys run() {
    if (!settings_.profile_was_set)
      if (const auto keys = keys_of_environment(world_.environment)) return *keys;
    if (const auto keys = of_role(settings_.profile)) return *keys;
    if (const auto keys = of_web_identity()) return *keys;
    if (const auto keys = of_profile(settings_.profile)) return *keys;
    if (const auto keys = keys_of_container(*world_.nearby, world_.retry, world_.environment)) return *keys;
    if (const auto keys = keys_of_machine(*world_.nearby, world_.environment)) return *keys;
    throw Error(Errc::config,
                fmt::format("Unable to locate credentials: none in the environment, in the profile {}, or offered to "
                            "this container or machine",
                            settings_.profile),
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write ~/.aws/credentials");
  }

 private:
  std::string value(const std::string& profile, const char* key) const { return profiles_.value(profile, key); }

  Sts sts() const {
    return {*world_.transport, world_.retry, settings_.sts_endpoint_url, settings_.region, world_.clock};
  }

  Role role(const std::string& profile) const {
    Role role{value(profile, "role_arn"), value(profile, "role_session_name"), value(profile, "external_id")};
    if (role.session_name.empty()) role.session_name = session_name();
    if (const auto seconds = parse_decimal(value(profile, "duration_seconds")))
      role.seconds = static_cast<int>(*seconds);
    return role;
  }
  std::string session_name() const { return fmt::format("barman-native-{}", world_.clock().seconds()); }

  std::optional<AwsKeys> of_profile(const std::string& profile) {
    if (!value(profile, "sso_session").empty() || !value(profile, "sso_start_url").empty())
      throw Error(Errc::unsupported,
                  fmt::format("the profile {} uses sign-on in a browser (SSO), which this program cannot", profile),
                  "let 'aws configure export-credentials' give the keys: credential_process in the profile");
    if (auto keys = keys_of_profile(profiles_, profile)) return keys;
    return keys_of_process(world_, profiles_, profile);
  }

  std::optional<AwsKeys> of_role(const std::string& profile) {
    if (value(profile, "role_arn").empty()) return std::nullopt;
    if (!value(profile, "mfa_serial").empty())
      throw Error(Errc::unsupported, fmt::format("the role of the profile {} asks for a device (mfa_serial)", profile),
                  "use a role that a program can assume");
    if (const std::string file = value(profile, "web_identity_token_file"); !file.empty())
      return assume_role_by_token(sts(), role(profile), file);
    if (const std::string kind = value(profile, "credential_source"); !kind.empty())
      return assume_role(sts(), role(profile), of_source(profile, kind));
    const std::string source = value(profile, "source_profile");
    if (source.empty())
      throw Error(
          Errc::config,
          fmt::format("the profile {} has role_arn, but neither source_profile nor credential_source", profile));
    return assume_role(sts(), role(profile), of_source_profile(profile, source));
  }

  AwsKeys of_source_profile(const std::string& profile, const std::string& source) {
    if (!profiles_.has(source))
      throw Error(Errc::config,
                  fmt::format("The source_profile ({}) of the profile ({}) could not be found", source, profile));
    // A profile may be its own source: the role, and the keys that assume it.
    const bool goes_round = !visited_.insert(profile).second || visited_.contains(source);
    if (source != profile && goes_round)
      throw Error(Errc::config, fmt::format("the profile {} is a source of itself", profile));
    if (source != profile)
      if (const auto keys = of_role(source)) return *keys;
    if (const auto keys = of_profile(source)) return *keys;
    throw Error(Errc::config, fmt::format("the source_profile {} has no keys", source));
  }

  AwsKeys of_source(const std::string& profile, const std::string& kind) {
    std::optional<AwsKeys> keys;
    if (kind == "Environment")
      keys = keys_of_environment(world_.environment);
    else if (kind == "EcsContainer")
      keys = keys_of_container(*world_.nearby, world_.retry, world_.environment);
    else if (kind == "Ec2InstanceMetadata")
      keys = keys_of_machine(*world_.nearby, world_.environment);
    if (!keys)
      throw Error(Errc::config, fmt::format("the credential_source {} of the profile {} has no keys", kind, profile));
    return *keys;
  }

  std::optional<AwsKeys> of_web_identity() {
    const auto file = world_.environment("AWS_WEB_IDENTITY_TOKEN_FILE");
    const auto arn = world_.environment("AWS_ROLE_ARN");
    if (!file || !arn || settings_.profile_was_set) return std::nullopt;
    Role role{*arn, world_.environment("AWS_ROLE_SESSION_NAME").value_or(session_name()), {}};
    return assume_role_by_token(sts(), role, *file);
  }

  const AwsWorld& world_;
  const AwsSettings& settings_;
  const AwsProfiles& profiles_;
  std::set<std::string> visited_;
};

}  // namespace

AwsKeys find_aws_keys(const AwsWorld& world, const AwsSettings& settings, const AwsProfiles& profiles) {
  return Search(world, settings, profiles).run();
}

}  // namespace barman::store
