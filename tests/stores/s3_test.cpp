// What only S3 has, and what a real store says: STORE_SUITE_URL=s3://BUCKET STORE_SUITE_ENDPOINT=URL and keys in the
// environment. Makes buckets of its own beside that one.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "barman/core/digest.h"
#include "barman/store/open.h"
#include "s3_client.h"
#include "s3_store.h"

namespace barman::store {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::unique_ptr<ObjectStore> open(Settings settings = {}, const std::string& bucket = {}) {
  Location location = parse_url(variable("STORE_SUITE_URL"), Provider::aws_s3);
  if (!bucket.empty()) location.bucket = bucket;
  settings.endpoint_url = variable("STORE_SUITE_ENDPOINT");
  auto store = open_store(location, settings);
  return store;
}

std::string unique(const char* name) { return std::string(name) + "-" + std::to_string(::getpid()); }

std::string content(ObjectStore& store, const std::string& key) { return read_object(store, key); }

class OnS3 : public testing::Test {
 protected:
  void SetUp() override {
    store_ = open();
    if (!store_->bucket_exists()) store_->create_bucket();
  }
  // For what this program never does, as to put a hold on an object.
  S3Client client(const std::string& bucket, const std::string& secret = variable("AWS_SECRET_ACCESS_KEY")) {
    const AwsKeys keys{variable("AWS_ACCESS_KEY_ID"), secret, {}, {}};
    return {http::open_transport({}), std::make_shared<KeyRing>([=] { return keys; }),
            S3Place{bucket, "us-east-1", variable("STORE_SUITE_ENDPOINT"), ""}, Retry()};
  }
  std::unique_ptr<ObjectStore> store_;
};

template <typename Work>
StoreError error_of(const Work& work) {
  try {
    work();
  } catch (const StoreError& error) {
    EXPECT_EQ(std::string(error.what()).find(variable("AWS_SECRET_ACCESS_KEY")), std::string::npos);
    return error;
  }
  throw std::runtime_error("nothing was refused");
}

TEST_F(OnS3, AWrongSecretIsDenied) {
  const std::string bucket = store_->bucket();
  const auto wrong = open_s3(http::open_transport({}), std::make_shared<KeyRing>([] {
                               return AwsKeys{variable("AWS_ACCESS_KEY_ID"), "wrong", {}, {}};
                             }),
                             {bucket, "us-east-1", variable("STORE_SUITE_ENDPOINT"), ""}, {});
  const StoreError error = error_of([&] { wrong->put("k", Body::of("x")); });
  EXPECT_EQ(error.refusal(), Refusal::denied);
  EXPECT_EQ(error.store_code(), "SignatureDoesNotMatch");
  EXPECT_EQ(error_of([&] { wrong->bucket_exists(); }).refusal(), Refusal::denied);
}

TEST_F(OnS3, AClockThatIsWrongIsNamed) {
  const auto late = open_s3(http::open_transport({}), std::make_shared<KeyRing>([] {
                              return AwsKeys{variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), {}, {}};
                            }),
                            {store_->bucket(), "us-east-1", variable("STORE_SUITE_ENDPOINT"), ""}, {}, Retry(),
                            [] { return now() - std::chrono::hours(2); });
  const StoreError error = error_of([&] { late->put("k", Body::of("x")); });
  EXPECT_EQ(error.store_code(), "RequestTimeTooSkewed");
  EXPECT_NE(std::string(error.what()).find("the store's clock says"), std::string::npos) << error.what();
}

TEST_F(OnS3, AMissingBucketIsToldFromAMissingObject) {
  const auto missing = open({}, unique("missing"));
  EXPECT_FALSE(missing->bucket_exists());
  EXPECT_EQ(error_of([&] { missing->put("k", Body::of("x")); }).refusal(), Refusal::no_bucket);
  EXPECT_EQ(error_of([&] { missing->list({}); }).refusal(), Refusal::no_bucket);
  EXPECT_EQ(error_of([&] { content(*store_, "missing"); }).refusal(), Refusal::not_found);
}

TEST_F(OnS3, TagsAreKept) {
  store_->put("tagged", Body::of("x"), {.tags = {{"name", "a b&c=d"}}});
  const auto answer = client(store_->bucket())
                          .require({.action = "read", .method = "GET", .key = "tagged", .query = {{"tagging", ""}}});
  EXPECT_NE(answer.body.find("<Key>name</Key><Value>a b&amp;c=d</Value>"), std::string::npos) << answer.body;
}

TEST_F(OnS3, DamageOnTheWayUpIsNoticedByTheStore) {
  S3Client direct = client(store_->bucket());
  const std::string other = "1B2M2Y8AsgTpgAmY7PhCfg==";  // MD5 of nothing
  http::Request request{"PUT",
                        variable("STORE_SUITE_ENDPOINT") + "/" + store_->bucket() + "/damaged",
                        {{"Content-MD5", other}},
                        Body::of("x")};
  sign(request, unsigned_payload, {variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), {}, {}},
       {"us-east-1", "s3"}, now());
  const auto answer = http::open_transport({})->send(request);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(parse_s3_error(answer.body).code, "BadDigest");
  EXPECT_FALSE(store_->head("damaged"));
}

TEST_F(OnS3, ACustomersKeyIsNeededForEverything) {
  const std::string path = testing::TempDir() + "/" + unique("sse-key");
  std::ofstream(path) << "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
  Settings settings;
  settings.customer_key_file = "file://" + path;
  const auto secret = open(settings);
  secret->put("secret", Body::of("hello"));
  EXPECT_EQ(content(*secret, "secret"), "hello");
  EXPECT_TRUE(secret->head("secret"));
  EXPECT_EQ(error_of([&] { content(*store_, "secret"); }).refusal(), Refusal::invalid);
  const auto upload = secret->begin_upload("large");
  const std::string part(5 * 1024 * 1024, 'p');
  upload->put_part(1, Body::of(part));
  upload->put_part(2, Body::of("end"));
  upload->finish();
  EXPECT_EQ(digest_of(content(*secret, "large")), digest_of(part + "end"));
  ::unlink(path.c_str());
}

TEST_F(OnS3, LocksAreSeen) {
  const std::string bucket = unique("locked");
  S3Client direct = client(bucket);
  direct.require({.action = "create", .method = "PUT", .headers = {{"x-amz-bucket-object-lock-enabled", "true"}}});
  const auto store = open({}, bucket);
  store->put("free", Body::of("x"));
  store->put("held", Body::of("x"));
  store->put("kept", Body::of("x"));
  const auto lock_by = [&](const char* key, const char* what, const std::string& xml) {
    direct.require({.action = "lock", .method = "PUT", .key = key, .query = {{what, ""}}, .body = Body::of(xml)});
  };
  lock_by("held", "legal-hold", "<LegalHold><Status>ON</Status></LegalHold>");
  lock_by("kept", "retention",
          "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2099-01-01T00:00:00Z</RetainUntilDate></Retention>");
  EXPECT_FALSE(store->lock("free").in_force(now()));
  EXPECT_TRUE(store->lock("held").held);
  const Lock kept = store->lock("kept");
  EXPECT_FALSE(kept.held);
  EXPECT_TRUE(kept.in_force(now())) << kept.until_text;
  EXPECT_TRUE(kept.until_text.starts_with("2099-01-01T00:00:00")) << kept.until_text;
}

}  // namespace
}  // namespace barman::store
