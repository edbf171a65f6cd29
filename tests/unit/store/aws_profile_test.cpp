#include "aws_profile.h"

#include <gtest/gtest.h>

#include "aws_settings.h"
#include "barman/core/error.h"

namespace barman::store {
namespace {

Environment environment_of(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST(AwsFiles, HaveSectionsKeysAndNestedKeys) {
  const std::string token(5000, 't');
  const auto sections =
      parse_aws_file("orphan = 1\n# comment\n; another\n[default]\nRegion=eu-west-1\naws_session_token = " + token +
                     "\ns3 =\n  addressing_style = path\n\tmax_queue = 7\noutput = json\n  = x\n" +
                     "[profile  two]\r\nrole_arn = arn:aws:iam::1:role/a=b\r\nnonsense\n[open\nk=v\n[]\n");
  EXPECT_EQ(sections.at("default").at("region"), "eu-west-1");
  EXPECT_EQ(sections.at("default").at("aws_session_token"), token);
  EXPECT_EQ(sections.at("default").at("s3.addressing_style"), "path");
  EXPECT_EQ(sections.at("default").at("s3.max_queue"), "7");
  EXPECT_EQ(sections.at("default").at("output"), "json");
  EXPECT_EQ(sections.at("profile two").at("role_arn"), "arn:aws:iam::1:role/a=b");
  EXPECT_FALSE(sections.contains("orphan"));
}

TEST(AwsFiles, MayBeMissing) {
  for (const char* path : {"/dev/null", "/nowhere/config", "~/no-such-file"})
    EXPECT_FALSE(
        AwsProfiles::read(
            environment_of({{"AWS_CONFIG_FILE", path}, {"AWS_SHARED_CREDENTIALS_FILE", path}, {"HOME", "/nowhere"}}))
            .has("default"));
}

TEST(AwsFiles, TheCredentialsComeBeforeTheConfiguration) {
  const AwsProfiles profiles(parse_aws_file("[default]\nregion = one\n[two]\na = b"),
                             parse_aws_file("[default]\nregion = x\noutput = json\n[profile three]\nservices = own\n"
                                            "[not a profile]\n[services own]\ns3 =\n  endpoint_url = http://s3\nsts =\n"
                                            "  endpoint_url = http://sts\n"));
  EXPECT_EQ(profiles.value("default", "region"), "one");
  EXPECT_EQ(profiles.value("default", "output"), "json");
  EXPECT_TRUE(profiles.has("two"));
  EXPECT_TRUE(profiles.has("three"));
  EXPECT_FALSE(profiles.has("not a profile"));
  EXPECT_EQ(profiles.service_endpoint("three", "s3"), "http://s3");
  EXPECT_EQ(profiles.service_endpoint("three", "sts"), "http://sts");
  EXPECT_EQ(profiles.service_endpoint("two", "s3"), "");
}

struct SettingsCase {
  const char* label;
  std::map<std::string, std::string> variables;
  Settings settings;
  const char *profile, *region, *endpoint, *style;
};

TEST(AwsSettingsChain, TakesTheNearest) {
  const AwsProfiles profiles({}, parse_aws_file("[default]\nregion = home\n[profile two]\nregion = there\n"
                                                "endpoint_url = http://two\ns3 =\n  addressing_style = virtual\n"));
  Settings set;
  set.profile = "two";
  Settings all = set;
  all.region = "mine";
  all.endpoint_url = "http://mine";
  all.addressing_style = "path";
  const SettingsCase cases[] = {
      {"files", {}, {}, "default", "home", "", ""},
      {"region is not read from AWS_REGION", {{"AWS_REGION", "no"}}, {}, "default", "home", "", ""},
      {"environment",
       {{"AWS_DEFAULT_REGION", "env"}, {"AWS_ENDPOINT_URL", "http://env"}},
       {},
       "default",
       "env",
       "http://env",
       ""},
      {"the service's endpoint first",
       {{"AWS_ENDPOINT_URL_S3", "http://s3"}, {"AWS_ENDPOINT_URL", "http://env"}},
       {},
       "default",
       "home",
       "http://s3",
       ""},
      {"AWS_PROFILE", {{"AWS_PROFILE", "two"}}, {}, "two", "there", "http://two", "virtual"},
      {"endpoints ignored",
       {{"AWS_PROFILE", "two"}, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}},
       {},
       "two",
       "there",
       "",
       "virtual"},
      {"set profile", {{"AWS_PROFILE", "three"}}, set, "two", "there", "http://two", "virtual"},
      {"all set",
       {{"AWS_DEFAULT_REGION", "env"}, {"AWS_ENDPOINT_URL", "http://env"}},
       all,
       "two",
       "mine",
       "http://mine",
       "path"}};
  for (const SettingsCase& row : cases) {
    const AwsSettings found = aws_settings(row.settings, environment_of(row.variables), profiles);
    EXPECT_EQ(found.profile, row.profile) << row.label;
    EXPECT_EQ(found.region, row.region) << row.label;
    EXPECT_EQ(found.endpoint_url, row.endpoint) << row.label;
    EXPECT_EQ(found.addressing_style, row.style) << row.label;
  }
  try {
    aws_settings({}, environment_of({{"AWS_PROFILE", "four"}}), profiles);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "The config profile (four) could not be found");
  }
}

}  // namespace
}  // namespace barman::store
