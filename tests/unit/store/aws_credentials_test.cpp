#include "aws_credentials.h"

#include <gtest/gtest.h>

#include <fstream>

#include "fakes/runner.h"
#include "fakes/transport.h"

namespace barman::store {
namespace {

using http::TransferError;

const char* const lent = R"({"Version": 1, "AccessKeyId": "lent", "SecretAccessKey": "geheim", "Token": "t",
                            "SessionToken": "s", "Expiration": "2026-11-29T06:00:00Z", "Code": "Success"})";
const char* const role_keys =
    R"(<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
    <AccessKeyId>role</AccessKeyId><SecretAccessKey>geheim</SecretAccessKey><SessionToken>st</SessionToken>
    <Expiration>2026-11-29T01:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>)";

class AwsChain : public testing::Test {
 protected:
  AwsKeys find() {
    const AwsProfiles profiles(parse_aws_file(credentials_), parse_aws_file(config_));
    const Environment environment = [this](const char* name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
    const AwsWorld world{environment,
                         sts_,
                         nearby_,
                         process_,
                         Retry({.attempts = 2}, {[](std::chrono::milliseconds) {}, [] { return 0.5; }}),
                         [] { return *parse_timestamp("2026-11-29 00:00:00+00:00"); }};
    return find_aws_keys(world, aws_settings(settings_, environment, profiles), profiles);
  }
  std::string error() {
    try {
      find();
    } catch (const Error& error) {
      const std::string text = std::string(error.what()) + " HINT " + error.hint();
      EXPECT_EQ(text.find("geheim"), std::string::npos) << text;
      return text;
    }
    return "nothing was thrown";
  }
  std::string token_file() {
    const std::string path = testing::TempDir() + "/aws-token-" + std::to_string(::getpid());
    std::ofstream(path) << "web.identity.token\n";
    return path;
  }

  std::map<std::string, std::string> variables_ = {{"AWS_EC2_METADATA_DISABLED", "true"}};
  std::string credentials_, config_;
  Settings settings_;
  std::shared_ptr<test::FakeTransport> sts_ = std::make_shared<test::FakeTransport>();
  std::shared_ptr<test::FakeTransport> nearby_ = std::make_shared<test::FakeTransport>();
  exec::Outcome printed_;
  std::shared_ptr<fakes::FakeRunner> process_ =
      std::make_shared<fakes::FakeRunner>([this](const exec::Command&) { return printed_; });
};

TEST_F(AwsChain, BeginsWithTheEnvironmentUnlessAProfileWasSet) {
  variables_["AWS_ACCESS_KEY_ID"] = "env";
  variables_["AWS_SECRET_ACCESS_KEY"] = "geheim";
  variables_["AWS_SESSION_TOKEN"] = "token";
  credentials_ =
      "[default]\naws_access_key_id = file\naws_secret_access_key = geheim\n[two]\naws_access_key_id = "
      "two\naws_secret_access_key = geheim\naws_session_token = long\n";
  EXPECT_EQ(find(), (AwsKeys{"env", "geheim", "token", {}}));
  variables_["AWS_PROFILE"] = "two";
  EXPECT_EQ(find().access_key, "env");
  settings_.profile = "two";
  EXPECT_EQ(find(), (AwsKeys{"two", "geheim", "long", {}}));
  settings_.profile.clear();
  variables_.erase("AWS_SECRET_ACCESS_KEY");
  EXPECT_NE(error().find("AWS_SECRET_ACCESS_KEY"), std::string::npos);
  variables_.erase("AWS_ACCESS_KEY_ID");
  EXPECT_EQ(find().access_key, "two");
  variables_.erase("AWS_PROFILE");
  EXPECT_EQ(find().access_key, "file");
}

TEST_F(AwsChain, SaysWhereItHasLooked) {
  EXPECT_NE(error().find("Unable to locate credentials"), std::string::npos);
  variables_.clear();
  nearby_->fail(TransferError::Kind::timeout);
  EXPECT_NE(error().find("Unable to locate credentials"), std::string::npos);
  EXPECT_EQ(nearby_->sent().back().url, "http://169.254.169.254/latest/api/token");
}

TEST_F(AwsChain, AsksAProcessWithoutAShell) {
  config_ = "[default]\ncredential_process = /opt/tool --for 'a b' $HOME\n";
  printed_.out = lent;
  const AwsKeys keys = find();
  EXPECT_EQ(keys.access_key, "lent");
  EXPECT_EQ(keys.session_token, "s");
  EXPECT_EQ(keys.expires, parse_timestamp("2026-11-29 06:00:00+00:00"));
  EXPECT_EQ(process_->calls.at(0), (std::vector<std::string>{"/opt/tool", "--for", "a b", "$HOME"}));
  for (const char* output : {"", "geheim", "[]", "{}", R"({"AccessKeyId": "a", "SecretAccessKey": 3})",
                             R"({"AccessKeyId": "a", "SecretAccessKey": "geheim", "Expiration": "soon"})"}) {
    printed_.out = output;
    EXPECT_NE(error().find("credential_process of the profile default"), std::string::npos) << output;
  }
  printed_.status = 1;
  EXPECT_NE(error().find("credential_process"), std::string::npos);
}

TEST_F(AwsChain, AssumesARoleWithTheKeysOfItsSource) {
  credentials_ = "[base]\naws_access_key_id = base\naws_secret_access_key = geheim\n";
  config_ =
      "[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = middle\nexternal_id = x&y\n"
      "role_session_name = me\n[profile middle]\nrole_arn = arn:aws:iam::1:role/m\nsource_profile = base\n";
  sts_->answer(200, role_keys);
  sts_->answer(503);
  sts_->answer(200, role_keys);
  const AwsKeys keys = find();
  EXPECT_EQ(keys, (AwsKeys{"role", "geheim", "st", parse_timestamp("2026-11-29 01:00:00+00:00")}));
  ASSERT_EQ(sts_->sent().size(), 3u);
  EXPECT_EQ(sts_->sent()[0].url, "https://sts.eu-west-1.amazonaws.com/");
  EXPECT_NE(sts_->sent()[0].header("Authorization").find("Credential=base/20261129/eu-west-1/sts/"), std::string::npos);
  EXPECT_EQ(sts_->sent()[2].body,
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&"
            "RoleSessionName=me&ExternalId=x%26y&DurationSeconds=3600");
  EXPECT_NE(sts_->sent()[2].header("Authorization").find("Credential=role/"), std::string::npos);
  EXPECT_EQ(sts_->sent()[2].header("x-amz-security-token"), "st");
}

TEST_F(AwsChain, RefusesRolesThatLeadNowhere) {
  const std::pair<const char*, const char*> rows[] = {
      {"role_arn = r\n", "neither source_profile nor credential_source"},
      {"role_arn = r\nsource_profile = gone\n", "could not be found"},
      {"role_arn = r\nsource_profile = default\n", "has no keys"},
      {"role_arn = r\nsource_profile = two\n[profile two]\nrole_arn = s\nsource_profile = default\n",
       "is a source of itself"},
      {"role_arn = r\nmfa_serial = m\nsource_profile = default\n", "mfa_serial"},
      {"role_arn = r\ncredential_source = Environment\n", "has no keys"},
      {"role_arn = r\ncredential_source = Moon\n", "has no keys"},
      {"sso_session = s\n", "credential_process"},
      {"sso_start_url = s\n", "SSO"}};
  for (const auto& [text, message] : rows) {
    config_ = std::string("[default]\n") + text;
    EXPECT_NE(error().find(message), std::string::npos) << text << error();
  }
  config_ =
      "[default]\nrole_arn = r\nsource_profile = default\naws_access_key_id = own\naws_secret_access_key = geheim\n";
  sts_->answer(403,
               "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>");
  EXPECT_NE(error().find("cannot assume the role r: 403 AccessDenied: not you"), std::string::npos);
  sts_->answer(200, "<x/>");
  EXPECT_NE(error().find("cannot assume the role r"), std::string::npos);
}

TEST_F(AwsChain, ChangesAWebIdentityForKeys) {
  variables_["AWS_WEB_IDENTITY_TOKEN_FILE"] = token_file();
  variables_["AWS_ROLE_ARN"] = "arn:r";
  variables_["AWS_ROLE_SESSION_NAME"] = "pod";
  sts_->answer(200, role_keys);
  EXPECT_EQ(find().access_key, "role");
  EXPECT_EQ(sts_->sent()[0].url, "https://sts.amazonaws.com/");
  EXPECT_EQ(sts_->sent()[0].header("Authorization"), "(none)");
  EXPECT_EQ(sts_->sent()[0].body,
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Ar&RoleSessionName=pod&"
            "DurationSeconds=3600&WebIdentityToken=web.identity.token");
  variables_.erase("AWS_ROLE_ARN");
  config_ = "[default]\nrole_arn = arn:p\nweb_identity_token_file = " + token_file() + "\n";
  sts_->answer(200, role_keys);
  EXPECT_EQ(find().access_key, "role");
}

TEST_F(AwsChain, AsksTheContainer) {
  variables_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/id";
  nearby_->answer(500);
  nearby_->answer(200, lent);
  EXPECT_EQ(find().session_token, "t");
  EXPECT_EQ(nearby_->sent()[0].url, "http://169.254.170.2/v2/id");
  variables_.erase("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  variables_["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = token_file();
  for (const char* url :
       {"http://127.0.0.1:8000/k", "http://localhost/k", "http://[::1]:80/k", "http://169.254.170.23/v1/credentials",
        "http://[fd00:ec2::23]/v1", "https://keys.example/k"}) {
    variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    nearby_->answer(200, lent);
    EXPECT_EQ(find().access_key, "lent") << url;
    EXPECT_EQ(nearby_->sent().back().header("Authorization"), "web.identity.token");
  }
  for (const char* url : {"http://keys.example/k", "http://127.0.0.1.example/k", "http://169.254.170.2@keys.example/k",
                          "ftp://localhost/", "k"}) {
    variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    EXPECT_NE(error().find("https"), std::string::npos) << url;
  }
}

TEST_F(AwsChain, AsksTheMachineBySession) {
  variables_.clear();
  nearby_->answer(200, "session");
  nearby_->answer(200, "my-role\n");
  nearby_->answer(200, lent);
  EXPECT_EQ(find().access_key, "lent");
  ASSERT_EQ(nearby_->sent().size(), 3u);
  EXPECT_EQ(nearby_->sent()[0].method, "PUT");
  EXPECT_EQ(nearby_->sent()[2].url, "http://169.254.169.254/latest/meta-data/iam/security-credentials/my-role");
  EXPECT_EQ(nearby_->sent()[2].header("x-aws-ec2-metadata-token"), "session");
  nearby_->answer(200, "session");
  nearby_->answer(404);
  EXPECT_NE(error().find("Unable to locate"), std::string::npos);
  nearby_->answer(403);
  EXPECT_NE(error().find("Unable to locate"), std::string::npos);
  nearby_->answer(200, "session");
  nearby_->answer(200, "my-role");
  nearby_->answer(500);
  EXPECT_NE(error().find("metadata service of this machine: it answers 500"), std::string::npos);
}

TEST(KeyRings, RenewKeysBeforeTheyExpire) {
  Timestamp time = *parse_timestamp("2026-11-29 00:00:00+00:00");
  int fetched = 0;
  bool fails = false;
  KeyRing ring(
      [&] {
        if (fails) throw Error(Errc::config, "no more");
        return AwsKeys{std::to_string(++fetched), "s", "", time + std::chrono::hours(1)};
      },
      [&] { return time; });
  EXPECT_EQ(ring.keys().access_key, "1");
  time = time + std::chrono::minutes(45);
  EXPECT_EQ(ring.keys().access_key, "1");
  time = time + std::chrono::minutes(6);
  EXPECT_EQ(ring.keys().access_key, "2");
  time = time + std::chrono::minutes(55);
  fails = true;
  EXPECT_EQ(ring.keys().access_key, "2") << "they are good for some minutes";
  time = time + std::chrono::minutes(10);
  EXPECT_THROW(ring.keys(), Error);
  fails = false;
  ring.forget({"other", "s", "", {}});
  EXPECT_EQ(ring.keys().access_key, "3");
  ring.forget(ring.keys());
  EXPECT_EQ(ring.keys().access_key, "4");
}

}  // namespace
}  // namespace barman::store
