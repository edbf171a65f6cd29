#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "environment.h"

namespace barman::store {

// The keys of one section; of a nested one ("s3 =" and indented lines) as "s3.addressing_style".
using AwsSection = std::map<std::string, std::string>;

// ~/.aws/config or ~/.aws/credentials. What is no key and no section is passed over: other programs own these files.
std::map<std::string, AwsSection> parse_aws_file(std::string_view text);

// What both files say, the one of the credentials first.
class AwsProfiles {
 public:
  // Files named by AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE, or those in the home directory; one that is not
  // there is empty.
  static AwsProfiles read(const Environment& environment);
  AwsProfiles(std::map<std::string, AwsSection> credentials, const std::map<std::string, AwsSection>& config);

  bool has(const std::string& profile) const;
  std::string value(const std::string& profile, const std::string& key) const;  // empty: not there
  // endpoint_url of the section [services NAME] that the profile names.
  std::string service_endpoint(const std::string& profile, const std::string& service) const;

 private:
  std::map<std::string, AwsSection> credentials_, config_, services_;
};

}  // namespace barman::store
