#include "azure_credential.h"

#include <gmock/gmock.h>

#include "azure_access.h"
#include "barman/fs/file.h"
#include "fakes/runner.h"
#include "fakes/transport.h"

namespace barman::store {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

std::string authorization(http::Request request, const std::string& account = "account") {
  request.headers.push_back({"x-ms-version", "2021-12-02"});
  request.headers.push_back({"x-ms-date", "Sun, 06 Nov 1994 08:49:37 GMT"});
  azure_shared_key(account, key)->authorize(request);
  return request.headers.back().value;
}

// What azure-storage-blob 12.15 of Debian signs for the same requests.
TEST(AzureSharedKey, SignsAsTheSdkDoes) {
  EXPECT_EQ(authorization({"PUT",
                           "https://account.blob.core.windows.net/box/a%20b%2B%25/%C3%A4",
                           {{"x-ms-blob-type", "BlockBlob"},
                            {"Content-Type", "application/octet-stream"},
                            {"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="},
                            {"If-None-Match", "*"}},
                           http::Body::of("hello")}),
            "SharedKey account:Noc02T/L3WAujVfCnUCkhvwVt2pNiA/OKGew5Zy/KzY=");
  EXPECT_EQ(
      authorization({"GET",
                     "http://127.0.0.1:10000/account/box?restype=container&comp=list&maxresults=5000&prefix=a%2Fb%20c&"
                     "delimiter=%2F",
                     {},
                     {}}),
      "SharedKey account:cro0/fhy0WXxl58Mgi9d4gTKMremR4uSA1koHTUHASc=");
  EXPECT_EQ(authorization({"GET",
                           "https://account.blob.core.windows.net/box/key",
                           {{"x-ms-range", "bytes=1-2"}, {"If-Match", "\"0x1\""}},
                           {}}),
            "SharedKey account:0B6oypQdYxa60k4Y38I8OIANE588i9gPcYqhijhZQHQ=");
}

TEST(AzureSharedKey, NamesTheAccountTwiceOnAnEmulator) {
  EXPECT_THAT(azure_string_to_sign({"HEAD", "http://127.0.0.1:1/account/box?restype=container", {}, {}}, "account"),
              HasSubstr("\n/account/account/box\nrestype:container"));
}

TEST(AzureCredential, RefusesWhatIsNone) {
  for (const char* bad : {"", "not base64!", "abc"}) EXPECT_THROW(azure_shared_key("account", bad), Error) << bad;
  EXPECT_THROW(azure_shared_key("", key), Error);
  EXPECT_THROW(azure_sas("sv=2020"), Error);
  try {
    azure_shared_key("account", "c2VjcmV0!");
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("c2Vj")));
  }
}

TEST(AzureCredential, AddsASasToTheQuery) {
  http::Request plain{"GET", "https://a/b", {}, {}}, query{"GET", "https://a/b?x=y", {}, {}};
  azure_sas(" ?sv=1&sig=abc%3D\n")->authorize(plain);
  azure_sas("sv=1&sig=abc%3D")->authorize(query);
  EXPECT_EQ(plain.url, "https://a/b?sv=1&sig=abc%3D");
  EXPECT_EQ(query.url, "https://a/b?x=y&sv=1&sig=abc%3D");
}

TEST(AzureCredential, KeepsATokenUntilItEnds) {
  int asked = 0;
  std::chrono::seconds lives{3600};
  const auto bearer = azure_bearer([&] {
    return Token{"token-" + std::to_string(++asked), std::chrono::system_clock::now() + lives};
  });
  const auto use = [&] {
    http::Request request{"GET", "https://a/b", {}, {}};
    bearer->authorize(request);
    return request.headers.back().value;
  };
  EXPECT_EQ(use(), "Bearer token-1");
  EXPECT_EQ(use(), "Bearer token-1");
  EXPECT_TRUE(bearer->renew());
  lives = std::chrono::seconds(60);
  EXPECT_EQ(use(), "Bearer token-2");
  EXPECT_EQ(use(), "Bearer token-3");
  http::Request clear{"GET", "http://a/b", {}, {}};
  EXPECT_THROW(bearer->authorize(clear), Error);
}

TEST(AzureConnectionString, IsTakenApart) {
  const AzureConnectionString usual = parse_azure_connection_string(
      "DefaultEndpointsProtocol=https;AccountName=name;AccountKey=a2V5==;EndpointSuffix=core.chinacloudapi.cn");
  EXPECT_EQ(usual.account, "name");
  EXPECT_EQ(usual.key, "a2V5==");
  EXPECT_EQ(usual.endpoint, "https://name.blob.core.chinacloudapi.cn");
  EXPECT_EQ(parse_azure_connection_string("AccountName=n;AccountKey=k;").endpoint, "https://n.blob.core.windows.net");
  const AzureConnectionString sas =
      parse_azure_connection_string("blobendpoint=http://127.0.0.1:1/n/;SharedAccessSignature=sv=1&sig=x%3D");
  EXPECT_EQ(sas.endpoint, "http://127.0.0.1:1/n");
  EXPECT_EQ(sas.sas, "sv=1&sig=x%3D");
  for (const char* bad :
       {"", "secret", "AccountKey=secret", "AccountName=n", "BlobEndpoint=ftp://x;AccountKey=secret"}) {
    try {
      parse_azure_connection_string(bad);
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::config);
      EXPECT_THAT(error.what(), Not(HasSubstr("secret"))) << bad;
    }
  }
}

class AzureAccesses : public testing::Test {
 protected:
  AzureWorld world() {
    return {transport, metadata, runner,
            [this](const char* name) -> std::optional<std::string> {
              const auto found = variables.find(name);
              return found == variables.end() ? std::nullopt : std::optional(found->second);
            },
            Retry({.attempts = attempts, .first = {}, .longest = {}})};
  }
  // The header or the URL by which the request proves who asks.
  std::string proof(const std::string& wanted = {}) {
    Location location;
    location.account = "account";
    location.endpoint = "https://account.blob.core.windows.net";
    location.emulated = emulated;
    Settings settings;
    settings.azure_credential = wanted;
    const AzureAccess access = azure_access(location, settings, world());
    http::Request request{"GET", access.endpoint + "/box", {{"x-ms-date", "d"}}, {}};
    access.credential->authorize(request);
    return request.headers.size() > 1 ? request.headers.back().value : request.url;
  }

  test::FakeTransport transport, metadata;
  fakes::FakeRunner runner;
  std::map<std::string, std::string> variables;
  bool emulated = false;
  int attempts = 1;
};

TEST_F(AzureAccesses, FollowTheOrderOfTheContract) {
  metadata.answer(200, R"({"access_token":"identity","expires_in":"3600"})");
  EXPECT_EQ(proof(), "Bearer identity");
  EXPECT_EQ(metadata.sent()[0].url,
            "http://169.254.169.254/metadata/identity/oauth2/token?resource=https%3A%2F%2Fstorage.azure.com&"
            "api-version=2018-02-01");
  EXPECT_EQ(metadata.sent()[0].header("Metadata"), "true");
  variables["AZURE_STORAGE_KEY"] = key;
  EXPECT_THAT(proof(), HasSubstr("SharedKey account:"));
  variables["AZURE_STORAGE_SAS_TOKEN"] = "sv=1&sig=x";
  EXPECT_THAT(proof(), HasSubstr("/box?sv=1&sig=x"));
  variables["AZURE_STORAGE_CONNECTION_STRING"] = std::string("AccountName=other;AccountKey=") + key;
  EXPECT_THAT(proof(), HasSubstr("SharedKey other:"));
  metadata.answer(200, R"({"access_token":"identity","expires_in":3600})");
  EXPECT_EQ(proof("managed-identity"), "Bearer identity");
  EXPECT_THROW(proof("something"), Error);
}

TEST_F(AzureAccesses, WantAConnectionStringForAnEmulator) {
  emulated = true;
  variables["AZURE_STORAGE_KEY"] = key;
  try {
    proof();
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "A connection string must be provided when using emulated storage");
  }
}

TEST_F(AzureAccesses, TakeTheSecretOfAnApplication) {
  variables = {{"AZURE_TENANT_ID", "tenant"}, {"AZURE_CLIENT_ID", "client"}, {"AZURE_CLIENT_SECRET", "s&cret"}};
  transport.answer(200, R"({"access_token":"application","expires_in":3599})");
  EXPECT_EQ(proof("default"), "Bearer application");
  EXPECT_EQ(transport.sent()[0].url, "https://login.microsoftonline.com/tenant/oauth2/v2.0/token");
  EXPECT_EQ(transport.sent()[0].body,
            "client_id=client&scope=https%3A%2F%2Fstorage.azure.com%2F.default&grant_type=client_credentials&"
            "client_secret=s%26cret");
  transport.answer(401, R"({"error":"invalid_client","error_description":"AADSTS7000215: wrong\r\nTrace"})");
  try {
    proof("default");
    FAIL();
  } catch (const StoreError& error) {
    EXPECT_EQ(error.refusal(), Refusal::denied);
    EXPECT_STREQ(error.what(),
                 "cannot get a token from https://login.microsoftonline.com: 401 invalid_client: AADSTS7000215: wrong");
  }
  variables["AZURE_AUTHORITY_HOST"] = "http://login.example";
  EXPECT_THROW(proof("default"), Error);
}

TEST_F(AzureAccesses, TakeTheFileOfAWorkload) {
  const fs::TemporaryDirectory scratch("azure-");
  fs::replace_file(scratch.path() + "/token", "assertion\n");
  variables = {{"AZURE_TENANT_ID", "tenant"},
               {"AZURE_CLIENT_ID", "client"},
               {"AZURE_FEDERATED_TOKEN_FILE", scratch.path() + "/token"},
               {"AZURE_AUTHORITY_HOST", "login.example/"}};
  transport.answer(200, R"({"access_token":"workload","expires_in":3599})");
  EXPECT_EQ(proof(), "Bearer workload");
  EXPECT_EQ(transport.sent()[0].url, "https://login.example/tenant/oauth2/v2.0/token");
  EXPECT_THAT(transport.sent()[0].body, HasSubstr("&client_assertion=assertion"));
}

TEST_F(AzureAccesses, AskTheServiceOfAnApp) {
  variables = {{"IDENTITY_ENDPOINT", "http://10.0.0.1/msi"}, {"IDENTITY_HEADER", "h"}, {"AZURE_CLIENT_ID", "c"}};
  metadata.answer(200, R"({"access_token":"app","expires_on":"4102444800"})");
  EXPECT_EQ(proof("managed-identity"), "Bearer app");
  EXPECT_EQ(metadata.sent()[0].url,
            "http://10.0.0.1/msi?resource=https%3A%2F%2Fstorage.azure.com&client_id=c&api-version=2019-08-01");
  EXPECT_EQ(metadata.sent()[0].header("X-IDENTITY-HEADER"), "h");
}

TEST_F(AzureAccesses, AskTheProgramOfAzure) {
  runner.answer = [](const exec::Command&) {
    return exec::Outcome{0, R"({"accessToken":"cli","expires_on":4102444800})", {}};
  };
  EXPECT_EQ(proof("azure-cli"), "Bearer cli");
  EXPECT_EQ(runner.calls[0], (std::vector<std::string>{"az", "account", "get-access-token", "--output", "json",
                                                       "--resource", "https://storage.azure.com"}));
  metadata.fail(http::TransferError::Kind::timeout);
  EXPECT_EQ(proof(), "Bearer cli");
}

TEST_F(AzureAccesses, LookOnceForAServiceThatMayNotBeThere) {
  attempts = 3;
  runner.answer = [](const exec::Command&) { return exec::Outcome{1, {}, "Please run az login"}; };
  metadata.fail(http::TransferError::Kind::unreachable);
  EXPECT_THROW(proof(), StoreError);
  EXPECT_EQ(metadata.sent().size(), 1U);
  for (int i = 0; i < 3; ++i) metadata.fail(http::TransferError::Kind::unreachable);
  EXPECT_THROW(proof("managed-identity"), StoreError);
  EXPECT_EQ(metadata.sent().size(), 4U);
  metadata.answer(429);  // it is there
  metadata.fail(http::TransferError::Kind::cut);
  metadata.answer(200, R"({"access_token":"identity","expires_in":3600})");
  EXPECT_EQ(proof(), "Bearer identity");
}

TEST_F(AzureAccesses, SayWhatWasTried) {
  runner.answer = [](const exec::Command&) { return exec::Outcome{1, {}, "Please run az login"}; };
  metadata.fail(http::TransferError::Kind::unreachable);
  try {
    proof();
    FAIL();
  } catch (const StoreError& error) {
    EXPECT_EQ(error.refusal(), Refusal::denied);
    EXPECT_THAT(error.what(), HasSubstr("169.254.169.254"));
    EXPECT_THAT(error.what(), HasSubstr("Please run az login"));
  }
  for (const char* answer : {"", "[]", "{}", R"({"access_token":7})", "{\"access_token\":"}) {
    metadata.answer(200, answer);
    EXPECT_THROW(proof("managed-identity"), StoreError) << answer;
  }
  metadata.answer(200, std::string(100'000, '['));
  EXPECT_THROW(proof("managed-identity"), StoreError);
}

}  // namespace
}  // namespace barman::store
