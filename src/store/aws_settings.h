#pragma once
#include <string>

#include "aws_profile.h"
#include "barman/store/open.h"

namespace barman::store {

// What SDKs of AWS take from their environment and files, under what was set for this run.
struct AwsSettings {
  std::string profile;           // its name
  bool profile_was_set = false;  // for this run: it wins over keys in the environment
  std::string region;            // empty: not known
  std::string endpoint_url, sts_endpoint_url;
  std::string addressing_style;
  std::string ca_bundle;
};

// Error(config) for a profile that is named and not there.
AwsSettings aws_settings(const Settings& settings, const Environment& environment, const AwsProfiles& profiles);

}  // namespace barman::store
