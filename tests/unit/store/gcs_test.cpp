#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "barman/core/base64.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "fakes/transport.h"
#include "gcs_access.h"
#include "gcs_store.h"
#include "json.h"

namespace barman::store {
namespace {

using http::TransferError;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string from_base64_url(std::string text) {
  text = replace_all(replace_all(text, "-", "+"), "_", "/");
  while (text.size() % 4 != 0) text += '=';
  return base64_decode(text).value_or("");
}

// A key that lives as long as the tests.
struct RsaKey {
  RsaKey() : key(EVP_RSA_gen(2048)) {
    BIO* file = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(file, &bytes);
    pem.assign(bytes, static_cast<std::size_t>(size));
    BIO_free(file);
  }
  ~RsaKey() { EVP_PKEY_free(key); }
  bool verifies(const std::string& jwt) const {
    const std::size_t dot = jwt.rfind('.');
    const std::string signature = from_base64_url(jwt.substr(dot + 1));
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key);
    const int result = EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()),
                                        signature.size(), reinterpret_cast<const unsigned char*>(jwt.data()), dot);
    EVP_MD_CTX_free(context);
    return result == 1;
  }
  EVP_PKEY* key;
  std::string pem;
};
const RsaKey& rsa() {
  static const RsaKey key;
  return key;
}

class GcsAccesses : public testing::Test {
 protected:
  GcsAccess access() {
    return gcs_access({transport, metadata,
                       [this](const char* name) -> std::optional<std::string> {
                         const auto found = variables.find(name);
                         return found == variables.end() ? std::nullopt : std::optional(found->second);
                       },
                       Retry({.attempts = 1, .first = {}, .longest = {}})});
  }
  void service_account(const Json& more = Json::object()) {
    Json json = {{"type", "service_account"},   {"client_email", "me@p"},
                 {"private_key", rsa().pem},    {"private_key_id", "kid"},
                 {"project_id", "the-project"}, {"token_uri", "https://oauth2.googleapis.com/token"}};
    json.update(more);
    fs::replace_file(scratch.path() + "/key.json", json.dump());
    variables["GOOGLE_APPLICATION_CREDENTIALS"] = scratch.path() + "/key.json";
  }

  const fs::TemporaryDirectory scratch{"gcs-"};
  test::FakeTransport transport, metadata;
  std::map<std::string, std::string> variables;
};

TEST_F(GcsAccesses, ExchangeASignedAssertion) {
  service_account();
  transport.answer(200, R"({"access_token":"google","expires_in":3599,"token_type":"Bearer"})");
  const GcsAccess found = access();
  EXPECT_EQ(found.endpoint, "https://storage.googleapis.com");
  EXPECT_EQ(found.project, "the-project");
  EXPECT_EQ(found.token->get(), "google");
  const std::string& body = transport.sent()[0].body;
  EXPECT_EQ(transport.sent()[0].url, "https://oauth2.googleapis.com/token");
  EXPECT_THAT(body, HasSubstr("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="));
  const std::string jwt = body.substr(body.find("assertion=") + 10);
  EXPECT_TRUE(rsa().verifies(jwt));
  const std::vector<std::string> parts = split(jwt, '.');
  EXPECT_EQ(from_base64_url(parts.at(0)), R"({"alg":"RS256","kid":"kid","typ":"JWT"})");
  const auto claims = parse_json_object(from_base64_url(parts.at(1)));
  ASSERT_TRUE(claims);
  EXPECT_EQ(text_of(*claims, "iss"), "me@p");
  EXPECT_EQ(text_of(*claims, "aud"), "https://oauth2.googleapis.com/token");
  EXPECT_EQ(text_of(*claims, "scope"), "https://www.googleapis.com/auth/devstorage.read_write");
  EXPECT_EQ(*number_of(*claims, "exp") - *number_of(*claims, "iat"), 3600);
}

TEST_F(GcsAccesses, SendTheAssertionItselfInAnotherUniverse) {
  service_account();
  variables["GOOGLE_CLOUD_UNIVERSE_DOMAIN"] = "example.cloud";
  const GcsAccess found = access();
  EXPECT_EQ(found.endpoint, "https://storage.example.cloud");
  EXPECT_TRUE(rsa().verifies(found.token->get()));
  EXPECT_TRUE(transport.sent().empty());
}

TEST_F(GcsAccesses, RefreshTheTokenOfAUser) {
  fs::make_directories(scratch.path() + "/.config/gcloud");
  fs::replace_file(scratch.path() + "/.config/gcloud/application_default_credentials.json",
                   R"({"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"r"})");
  variables["HOME"] = scratch.path();
  transport.answer(200, R"({"access_token":"user","expires_in":3599})");
  EXPECT_EQ(access().token->get(), "user");
  EXPECT_EQ(transport.sent()[0].body, "grant_type=refresh_token&client_id=c&client_secret=s&refresh_token=r");
}

TEST_F(GcsAccesses, AskTheMetadataServer) {
  variables["HOME"] = scratch.path();
  metadata.answer(200, R"({"access_token":"machine","expires_in":3599})");
  EXPECT_EQ(access().token->get(), "machine");
  EXPECT_EQ(metadata.sent()[0].url,
            "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token");
  EXPECT_EQ(metadata.sent()[0].header("Metadata-Flavor"), "Google");
  metadata.fail(TransferError::Kind::unreachable);
  EXPECT_THROW(access().token->get(), StoreError);
}

TEST_F(GcsAccesses, AskNobodyForAnEmulator) {
  variables["STORAGE_EMULATOR_HOST"] = "127.0.0.1:9000/";
  EXPECT_EQ(access().endpoint, "http://127.0.0.1:9000");
  EXPECT_FALSE(access().token);
}

TEST_F(GcsAccesses, RefuseCredentialsThatAreNone) {
  for (const Json& wrong :
       {Json{{"private_key", "secret"}}, Json{{"token_uri", "http://h/token"}}, Json{{"client_email", ""}}}) {
    service_account(wrong);
    try {
      access().token->get();
      ADD_FAILURE() << wrong;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::config);
      EXPECT_THAT(error.what(), Not(HasSubstr("secret"))) << wrong;
    }
  }
  for (const std::string& text : {std::string("{}"), std::string("no JSON"), std::string(100'000, '['),
                                  std::string(R"({"type":"external_account"})")}) {
    fs::replace_file(scratch.path() + "/key.json", text);
    EXPECT_THROW(access(), Error) << text.substr(0, 40);
  }
  service_account();
  transport.answer(400, R"({"error":"invalid_grant","error_description":"Invalid JWT Signature."})");
  try {
    access().token->get();
    FAIL();
  } catch (const StoreError& error) {
    EXPECT_EQ(error.refusal(), Refusal::denied);
    EXPECT_STREQ(
        error.what(),
        "cannot get a token from https://oauth2.googleapis.com/token: 400 invalid_grant: Invalid JWT Signature.");
  }
}

class GcsStores : public testing::Test {
 protected:
  GcsStores() {
    const Retry retry({.attempts = 2, .first = {}, .longest = {}}, {[](auto) {}, [] { return 0.0; }});
    GcsAccess access{
        "https://storage.googleapis.com", "project", std::make_unique<TokenCache>([this] {
          return Token{"token-" + std::to_string(++tokens), std::chrono::system_clock::now() + std::chrono::hours(1)};
        })};
    store = make_gcs_store(std::make_shared<const GcsClient>(transport, retry, std::move(access), "box"), "the/key");
  }
  template <typename Action>
  StoreError failure(const Action& action) {
    try {
      action();
    } catch (const StoreError& error) {
      EXPECT_THAT(error.what(), Not(HasSubstr("token-")));
      return error;
    }
    ADD_FAILURE() << "nothing was refused";
    return {Refusal::invalid, 0, {}, {}};
  }
  std::string get(const Range& range = {}) {
    std::string got;
    store->get(
        "key", [&](std::string_view bytes) { got += bytes; }, range);
    return got;
  }
  const test::FakeTransport::Sent& last() const { return transport.sent().back(); }

  int tokens = 0;
  test::FakeTransport transport;
  std::unique_ptr<ObjectStore> store;
};

constexpr const char* crc_of_hello = "mnG7TA==";

TEST_F(GcsStores, PutWithMetadataAndChecksum) {
  transport.answer(200, std::string(R"({"crc32c":")") + crc_of_hello + "\"}");
  store->put("a b", Body::of("hello"), {.tags = {{"k:/", "v"}}, .if_absent = true});
  EXPECT_EQ(last().url,
            "https://storage.googleapis.com/upload/storage/v1/b/box/o?uploadType=multipart&fields=crc32c&"
            "ifGenerationMatch=0&kmsKeyName=the%2Fkey");
  EXPECT_THAT(last().body,
              HasSubstr(std::string(R"({"crc32c":")") + crc_of_hello + R"(","metadata":{"k:/":"v"},"name":"a b"})"));
  EXPECT_THAT(last().body, HasSubstr("application/octet-stream\r\n\r\nhello\r\n--"));
  EXPECT_EQ(last().header("Authorization"), "Bearer token-1");
  transport.answer(200, R"({"crc32c":"AAAAAA=="})");
  EXPECT_EQ(failure([&] { store->put("a", Body::of("hello")); }).refusal(), Refusal::damaged);
  EXPECT_THROW(store->put("not UTF-8: \xff", Body::of("hello")), Error);
}

TEST_F(GcsStores, CallEachRefusalByItsName) {
  struct Case {
    int status;
    const char *reason, *message;
    Refusal refusal;
  };
  const Case cases[] = {
      {400, "invalid", "Their words", Refusal::invalid},
      {403, "forbidden", "Their words", Refusal::denied},
      {403, "retentionPolicyNotMet", "Their words", Refusal::locked},
      {403, "rateLimitExceeded", "Their words", Refusal::busy},
      {404, "notFound", "The specified bucket does not exist. Their words", Refusal::no_bucket},
      {409, "conflict", "Their words", Refusal::invalid},
      {412, "conditionNotMet", "Their words", Refusal::exists},
      {429, "rateLimitExceeded", "Their words", Refusal::busy},
      {500, "backendError", "Their words", Refusal::busy},
      {503, "backendError", "Their words", Refusal::busy},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.reason);
    const Json body = {
        {"error", {{"code", each.status}, {"message", each.message}, {"errors", {{{"reason", each.reason}}}}}}};
    for (int i = 0; i < (each.refusal == Refusal::busy ? 2 : 1); ++i) transport.answer(each.status, body.dump());
    const StoreError error = failure([&] { store->put("key", Body::of("x")); });
    EXPECT_EQ(error.refusal(), each.refusal);
    EXPECT_EQ(error.store_code(), each.reason);
    EXPECT_THAT(error.what(),
                HasSubstr("cannot put 'key' in gs://box: " + std::to_string(each.status) + " " + each.reason));
    EXPECT_THAT(error.what(), HasSubstr("Their words"));
  }
}

TEST_F(GcsStores, TakeAFreshTokenOnce) {
  transport.answer(401);
  transport.answer(404);
  EXPECT_FALSE(store->head("key"));
  EXPECT_EQ(last().header("Authorization"), "Bearer token-2");
  transport.answer(401);
  transport.answer(401);
  EXPECT_EQ(failure([&] { store->head("key"); }).refusal(), Refusal::denied);
}

TEST_F(GcsStores, KnowWhatALostAnswerDid) {
  transport.fail(TransferError::Kind::cut);
  transport.answer(412);
  transport.answer(200, std::string(R"({"name":"key","size":"5","generation":"1","crc32c":")") + crc_of_hello + "\"}");
  store->put("key", Body::of("hello"), {.if_absent = true});
  transport.fail(TransferError::Kind::cut);
  transport.answer(412);
  transport.answer(404);
  EXPECT_EQ(failure([&] { store->put("key", Body::of("hello"), {.if_absent = true}); }).refusal(), Refusal::exists);
}

TEST_F(GcsStores, GetTheRestOfTheSameGenerationAfterACut) {
  transport.cut("hel", 200,
                {{"Content-Length", "5"}, {"x-goog-generation", "7"}, {"x-goog-hash", "crc32c=mnG7TA==,md5=x"}});
  transport.answer(206, "lo",
                   {{"Content-Range", "bytes 3-4/5"}, {"x-goog-generation", "7"}, {"x-goog-hash", "crc32c=mnG7TA=="}});
  EXPECT_EQ(get(), "hello");
  EXPECT_EQ(last().url, "https://storage.googleapis.com/storage/v1/b/box/o/key?alt=media&ifGenerationMatch=7");
  EXPECT_EQ(last().header("Range"), "bytes=3-");
  transport.answer(200, "hallo",
                   {{"Content-Length", "5"}, {"x-goog-generation", "7"}, {"x-goog-hash", "crc32c=mnG7TA=="}});
  EXPECT_EQ(failure([&] { get(); }).refusal(), Refusal::damaged);
}

TEST_F(GcsStores, ListByPages) {
  transport.answer(200, R"({"items":[{"name":"b","size":"1","generation":"1"},
    {"name":"c","size":3,"generation":"2","updated":"2026-01-02T03:04:05.678Z"}],"prefixes":["p/"],"nextPageToken":"n"})");
  const Page page = store->list({.prefix = "a b", .delimiter = "/", .start_after = "b"}, "t=");
  EXPECT_THAT(last().url, HasSubstr("&prefix=a%20b&delimiter=%2F&startOffset=b&pageToken=t%3D"));
  ASSERT_EQ(page.objects.size(), 1U);
  EXPECT_EQ(page.objects[0].etag, "2");
  EXPECT_EQ(page.objects[0].modified->micros % 1'000'000, 678'000);
  EXPECT_THAT(page.prefixes, ElementsAre("p/"));
  EXPECT_EQ(page.next, "n");
}

TEST_F(GcsStores, RefuseAnAnswerThatIsNone) {
  for (const std::string& each :
       {std::string(), std::string("[]"), std::string("<xml/>"), std::string(200'000, '['),
        std::string(R"({"items":[7]})"), std::string(R"({"items":[{"name":"a","size":"-1","generation":"1"}]})"),
        std::string(R"({"items":[{"name":"a"}]})"), std::string(R"({"nextPageToken":"t"})"),
        std::string("{\"items\":[{\"name\":\"\xff\"}]}")}) {
    transport.answer(200, each);
    EXPECT_EQ(failure([&] { store->list({}, "t"); }).refusal(), Refusal::damaged) << each.substr(0, 50);
  }
}

TEST_F(GcsStores, UploadInParts) {
  transport.answer(200, "<InitiateMultipartUploadResult><UploadId>i+/=</UploadId></InitiateMultipartUploadResult>");
  transport.answer(200, {}, {{"ETag", "\"e1\""}});
  transport.answer(200);
  const auto upload = store->begin_upload("a b", {.tags = {{"k", "v"}}, .if_absent = true});
  EXPECT_EQ(last().url, "https://storage.googleapis.com/box/a%20b?uploads");
  EXPECT_EQ(last().header("x-goog-meta-k"), "v");
  EXPECT_EQ(last().header("x-goog-encryption-kms-key-name"), "the/key");
  upload->put_part(1, Body::of("hello"));
  EXPECT_EQ(last().url, "https://storage.googleapis.com/box/a%20b?uploadId=i%2B%2F%3D&partNumber=1");
  EXPECT_EQ(last().header("x-goog-hash"), std::string("crc32c=") + crc_of_hello);
  upload->finish();
  EXPECT_EQ(last().header("x-goog-if-generation-match"), "0");
  EXPECT_THAT(last().body, HasSubstr("<PartNumber>1</PartNumber><ETag>&quot;e1&quot;</ETag>"));
  EXPECT_THROW(store->begin_upload("key", {.tags = {{"no header:", "v"}}}), Error);
}

TEST_F(GcsStores, AreFinishedIfALostAnswerHadBeenYes) {
  const std::string entry = R"({"size":"5","crc32c":")";
  for (const std::string& stored :
       {entry + crc_of_hello + "\"}", entry + "AAAAAA==\"}", std::string(R"({"size":"6"})")}) {
    transport.answer(200, "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>");
    transport.answer(200, {}, {{"ETag", "\"e1\""}});
    transport.answer(200, {}, {{"ETag", "\"e2\""}});
    const auto upload = store->begin_upload("key");
    upload->put_part(1, Body::of("hel"));
    upload->put_part(2, Body::of("lo"));
    transport.fail(TransferError::Kind::cut);
    transport.answer(404, "<Error><Code>NoSuchUpload</Code></Error>");
    transport.answer(200, stored);
    if (stored == entry + crc_of_hello + "\"}") {
      upload->finish();
    } else {
      EXPECT_EQ(failure([&] { upload->finish(); }).store_code(), "NoSuchUpload") << stored;
      transport.answer(404, "<Error><Code>NoSuchUpload</Code></Error>");  // of the abort
    }
  }
}

TEST_F(GcsStores, TakeBackWhatALostAnswerHadBegun) {
  transport.fail(TransferError::Kind::cut);
  transport.answer(200, "<InitiateMultipartUploadResult><UploadId>two</UploadId></InitiateMultipartUploadResult>");
  transport.answer(200,
                   "<ListMultipartUploadsResult><Upload><Key>key</Key><UploadId>one</UploadId></Upload><Upload>"
                   "<Key>key</Key><UploadId>two</UploadId></Upload></ListMultipartUploadsResult>");
  transport.answer(204);
  const auto upload = store->begin_upload("key");
  EXPECT_EQ(last().method, "DELETE");
  EXPECT_EQ(last().url, "https://storage.googleapis.com/box/key?uploadId=one");
  transport.answer(204);
  upload->abort();
}

TEST_F(GcsStores, GetAgainWhatTheirLimitsDelay) {
  transport.answer(403, R"({"error":{"message":"slower","errors":[{"reason":"rateLimitExceeded"}]}})");
  transport.answer(200, "hello", {{"Content-Length", "5"}, {"x-goog-generation", "7"}});
  EXPECT_EQ(get(), "hello");
}

TEST_F(GcsStores, AbortWhatIsNotFinished) {
  transport.answer(200, "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>");
  transport.answer(403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>");
  transport.answer(204);
  {
    const auto upload = store->begin_upload("key");
    EXPECT_EQ(failure([&] { upload->put_part(1, Body::of("x")); }).store_code(), "AccessDenied");
  }
  EXPECT_EQ(last().method, "DELETE");
  EXPECT_EQ(last().url, "https://storage.googleapis.com/box/key?uploadId=id");
}

TEST_F(GcsStores, RemoveOneByOne) {
  transport.answer(404, R"({"error":{"message":"No such object","errors":[{"reason":"notFound"}]}})");
  EXPECT_TRUE(store->remove({"a/b"}).empty());
  EXPECT_EQ(last().url, "https://storage.googleapis.com/storage/v1/b/box/o/a%2Fb");
  transport.answer(403, R"({"error":{"message":"held","errors":[{"reason":"retentionPolicyNotMet"}]}})");
  const auto failures = store->remove({"a"});
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].code, "retentionPolicyNotMet");
}

TEST(GcsUrl, IsTakenApart) {
  for (const char* url : {"gs://box/a/b/", "https://console.cloud.google.com/storage/browser/box/a/b"}) {
    EXPECT_EQ(parse_gcs_url(url).bucket, "box");
    EXPECT_EQ(parse_gcs_url(url).path, "a/b");
  }
  EXPECT_EQ(parse_gcs_url("gs://box").path, "");
  for (const char* bad : {"", "s3://box", "gs://", "gs:///a"}) EXPECT_THROW(parse_gcs_url(bad), Error) << bad;
}

}  // namespace
}  // namespace barman::store
