#include "s3_store.h"

#include <gtest/gtest.h>

#include "barman/core/base64.h"
#include "barman/core/digest.h"
#include "fakes/transport.h"
#include "s3_client.h"

namespace barman::store {
namespace {

using http::TransferError;

std::string md5(std::string_view text) { return digest_of(text, DigestKind::md5); }
std::string error_xml(const std::string& code, const std::string& more = {}) {
  return "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>text of the store</Message>" + more +
         "</Error>";
}

std::string error_saying(const std::string& code, const std::string& message) {
  return "<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>";
}

class S3Stores : public testing::Test {
 protected:
  std::unique_ptr<ObjectStore> open(const S3Place& place = {"bucket", "us-east-1", "http://store", ""},
                                    const S3Encryption& encryption = {}) {
    return open_s3(transport_, ring_, place, encryption,
                   Retry({.attempts = 3}, {[this](std::chrono::milliseconds) { ++pauses_; }, [] { return 0.5; }}),
                   [] { return *parse_timestamp("2026-11-29 00:00:00+00:00"); });
  }
  std::string get(std::string* partial = nullptr, const Range& range = {}) {
    std::string bytes;
    std::string& all = partial == nullptr ? bytes : *partial;
    open()->get(
        "k", [&](std::string_view block) { all += block; }, range);
    return all;
  }
  void answer_content(const std::string& body, const std::string& etag, int status = 200,
                      std::vector<http::Header> more = {}) {
    more.push_back({"ETag", "\"" + etag + "\""});
    more.push_back({"Content-Length", std::to_string(body.size())});
    transport_->answer(status, body, more);
  }
  template <typename Work>
  StoreError error_of(const Work& work) {
    try {
      work();
    } catch (const StoreError& error) {
      EXPECT_EQ(std::string(error.what()).find("geheim"), std::string::npos) << error.what();
      EXPECT_EQ(error.hint().find("geheim"), std::string::npos);
      return error;
    }
    throw std::runtime_error("nothing was refused");
  }
  const test::FakeTransport::Sent& last() const { return transport_->sent().back(); }

  std::shared_ptr<test::FakeTransport> transport_ = std::make_shared<test::FakeTransport>();
  int fetched_ = 0;
  std::shared_ptr<KeyRing> ring_ = std::make_shared<KeyRing>([this] {
    return AwsKeys{"key" + std::to_string(++fetched_), "geheim", "", {}};
  });
  int pauses_ = 0;
};

struct RefusalCase {
  int status;
  const char* code;
  Refusal refusal;
  int attempts;
};

TEST_F(S3Stores, ReportsRefusalsWithOperationKeyStatusAndCode) {
  const RefusalCase cases[] = {{403, "AccessDenied", Refusal::denied, 1},
                               {403, "SignatureDoesNotMatch", Refusal::denied, 1},
                               {403, "InvalidAccessKeyId", Refusal::denied, 1},
                               {404, "NoSuchBucket", Refusal::no_bucket, 1},
                               {404, "NoSuchKey", Refusal::not_found, 1},
                               {409, "OperationAborted", Refusal::busy, 3},
                               {412, "PreconditionFailed", Refusal::exists, 1},
                               {400, "InvalidArgument", Refusal::invalid, 1},
                               {400, "BadDigest", Refusal::damaged, 3},
                               {400, "RequestTimeout", Refusal::busy, 3},
                               {408, "", Refusal::busy, 3},
                               {429, "TooManyRequests", Refusal::busy, 3},
                               {500, "InternalError", Refusal::busy, 3},
                               {503, "SlowDown", Refusal::busy, 3}};
  for (const RefusalCase& row : cases) {
    for (int i = 0; i < row.attempts; ++i) transport_->answer(row.status, *row.code ? error_xml(row.code) : "");
    const std::size_t before = transport_->sent().size();
    const StoreError error = error_of([&] { open()->put("a/k", Body::of("x")); });
    EXPECT_EQ(error.refusal(), row.refusal) << row.code;
    EXPECT_EQ(error.status(), row.status);
    EXPECT_EQ(error.store_code(), row.code);
    EXPECT_EQ(transport_->sent().size() - before, static_cast<std::size_t>(row.attempts)) << row.code;
    const std::string begin = "cannot put 'a/k' in s3://bucket: " + std::to_string(row.status);
    EXPECT_TRUE(std::string(error.what()).starts_with(begin)) << error.what();
    EXPECT_NE(std::string(error.what()).find(*row.code ? std::string(row.code) + ": text of the store" : begin),
              std::string::npos);
  }
}

TEST_F(S3Stores, SaysSoWhenTheClocksDiffer) {
  transport_->answer(403, error_xml("RequestTimeTooSkewed"), {{"Date", "Sun, 29 Nov 2026 01:00:00 GMT"}});
  const StoreError error = error_of([&] { open()->put("k", Body::of("x")); });
  EXPECT_EQ(error.refusal(), Refusal::denied);
  EXPECT_NE(
      std::string(error.what()).find("the store's clock says Sun, 29 Nov 2026 01:00:00 GMT, ours 2026-11-29T00:00:00"),
      std::string::npos)
      << error.what();
  EXPECT_NE(error.hint().find("clock"), std::string::npos);
}

TEST_F(S3Stores, SendsChecksumTagsAndEncryption) {
  transport_->answer(200, "", {{"ETag", "\"e\""}});
  S3Encryption encryption{{{"x-amz-server-side-encryption", "AES256"}},
                          {{"x-amz-server-side-encryption-customer-key", "k"}}};
  open({"bucket", "us-east-1", "http://store", ""}, encryption)
      ->put("a b/+é", Body::of("hello"), {.tags = {{"k 1", "v&"}, {"b", "c"}}});
  EXPECT_EQ(last().url, "http://store/bucket/a%20b/%2B%C3%A9");
  EXPECT_EQ(last().header("Content-MD5"), "XUFAKrxLKna5cZ2REBfFkg==");
  EXPECT_EQ(last().header("x-amz-meta-barman-crc32c"), "9a71bb4c");
  EXPECT_EQ(last().header("x-amz-tagging"), "k%201=v%26&b=c");
  EXPECT_EQ(last().header("x-amz-server-side-encryption"), "AES256");
  EXPECT_EQ(last().header("x-amz-server-side-encryption-customer-key"), "k");
  EXPECT_EQ(last().header("If-None-Match"), "(none)");
  EXPECT_EQ(last().body, "hello");
}

TEST_F(S3Stores, SignsLargeContentUnlessTheStoreAsksForMd5) {
  const std::string large(300'000, 'x');
  const std::string large_md5 = base64_encode(*from_hex(md5(large)));
  const auto store = open();
  transport_->answer(200, "", {{"ETag", "\"e\""}});
  store->put("k", Body::of(large));
  if (sha256_in_hardware()) {
    EXPECT_EQ(last().header("x-amz-content-sha256"), digest_of(large));
    EXPECT_EQ(last().header("Content-MD5"), "(none)");
    transport_->answer(400, error_saying("BadDigest", "The Content-MD5 you specified did not match what we received."));
    transport_->answer(200, "", {{"ETag", "\"e\""}});
    store->put("k", Body::of(large));
    EXPECT_EQ(last().header("Content-MD5"), "(none)");
  }
  transport_->answer(400, error_saying("InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is required"));
  transport_->answer(200, "", {{"ETag", "\"e\""}});
  transport_->answer(200, "", {{"ETag", "\"e\""}});
  store->put("k", Body::of(large));
  EXPECT_EQ(last().header("Content-MD5"), large_md5);
  store->put("k", Body::of(large));
  EXPECT_EQ(last().header("Content-MD5"), large_md5) << "asked once";
}

TEST_F(S3Stores, PutsWhatIsAbsentOnce) {
  transport_->answer(412, error_xml("PreconditionFailed"));
  EXPECT_EQ(error_of([&] { open()->put("k", Body::of("x"), {.if_absent = true}); }).refusal(), Refusal::exists);
  EXPECT_EQ(last().header("If-None-Match"), "*");

  transport_->fail(TransferError::Kind::cut);  // our own object, whose answer was lost
  transport_->answer(412, error_xml("PreconditionFailed"));
  answer_content("", md5("x"));
  open()->put("k", Body::of("x"), {.if_absent = true});
  EXPECT_EQ(last().method, "HEAD");

  transport_->fail(TransferError::Kind::cut);  // another one
  transport_->answer(412, error_xml("PreconditionFailed"));
  answer_content("", md5("y"));
  EXPECT_EQ(error_of([&] { open()->put("k", Body::of("x"), {.if_absent = true}); }).refusal(), Refusal::exists);

  transport_->answer(501, error_xml("NotImplemented"));  // a store that does not know the condition
  transport_->answer(404);
  transport_->answer(200, "", {{"ETag", "\"e\""}});
  open()->put("k", Body::of("x"), {.if_absent = true});
  EXPECT_EQ(last().method, "PUT");
  EXPECT_EQ(last().header("If-None-Match"), "(none)");
}

TEST_F(S3Stores, DoesNotTakeAnyAnswerForYes) {
  for (const bool if_absent : {false, true}) {
    transport_->answer(200, "<html>Please log in</html>");
    EXPECT_EQ(error_of([&] { open()->put("k", Body::of("x"), {.if_absent = if_absent}); }).refusal(), Refusal::damaged);
  }
}

TEST_F(S3Stores, GoesOnAfterACutWithTheSameObject) {
  transport_->cut("hel", 200, {{"ETag", "\"" + md5("hello") + "\""}, {"Content-Length", "5"}});
  answer_content("lo", md5("hello"), 206, {{"Content-Range", "bytes 3-4/5"}});
  EXPECT_EQ(get(), "hello");
  EXPECT_EQ(last().header("Range"), "bytes=3-");
  EXPECT_EQ(last().header("If-Match"), "\"" + md5("hello") + "\"");

  transport_->cut("hel", 200, {{"ETag", "\"one\""}, {"Content-Length", "5"}});
  transport_->answer(412, error_xml("PreconditionFailed"));
  std::string partial;
  EXPECT_EQ(error_of([&] { get(&partial); }).refusal(), Refusal::damaged);
  EXPECT_EQ(partial, "hel");

  for (int i = 0; i < 3; ++i) transport_->fail(TransferError::Kind::timeout);
  EXPECT_EQ(error_of([&] { get(); }).refusal(), Refusal::unreachable);
}

TEST_F(S3Stores, NoticesDamageOfWhatItGets) {
  answer_content("hellO", md5("hello"));
  EXPECT_EQ(error_of([&] { get(); }).refusal(), Refusal::damaged);
  answer_content("hellO", md5("hello") + "-2");  // of an upload in parts: says nothing
  EXPECT_EQ(get(), "hellO");
  answer_content("hellO", md5("hello"), 200, {{"x-amz-server-side-encryption", "aws:kms"}});
  EXPECT_EQ(get(), "hellO");
  answer_content("hello", md5("HELLO"), 200, {{"x-amz-meta-barman-crc32c", "9a71bb4c"}});  // ours counts
  EXPECT_EQ(get(), "hello");
  answer_content("hellO", "e", 200, {{"x-amz-meta-barman-crc32c", "9a71bb4c"}});
  EXPECT_EQ(error_of([&] { get(); }).refusal(), Refusal::damaged);
  for (int i = 0; i < 2; ++i) transport_->answer(200, i == 0 ? "hel" : "", {{"ETag", "e"}, {"Content-Length", "5"}});
  EXPECT_EQ(error_of([&] { get(); }).refusal(), Refusal::damaged) << "the rest was not what was asked for";
  answer_content("el", "e", 206, {{"Content-Range", "bytes 1-2/5"}});
  EXPECT_EQ(get(nullptr, {1, 2}), "el");
  EXPECT_EQ(last().header("Range"), "bytes=1-2");
}

TEST_F(S3Stores, FollowsTheRegionOfABucket) {
  const S3Place place{"bucket", "us-east-1", "", ""};
  const auto store = open(place);
  transport_->answer(301, error_xml("PermanentRedirect"), {{"x-amz-bucket-region", "eu-west-1"}});
  transport_->answer(200, "", {{"ETag", "\"e\""}});
  store->put("k", Body::of("x"));
  EXPECT_EQ(last().url, "https://bucket.s3.eu-west-1.amazonaws.com/k");
  EXPECT_NE(last().header("Authorization").find("/eu-west-1/s3/"), std::string::npos);
  transport_->answer(400, error_xml("AuthorizationHeaderMalformed", "<Region>ap-south-1</Region>"));
  transport_->answer(200, "", {{"ETag", "\"e\""}});
  store->put("k", Body::of("x"));
  EXPECT_EQ(last().url, "https://bucket.s3.ap-south-1.amazonaws.com/k");
  transport_->answer(301, error_xml("PermanentRedirect"));
  EXPECT_NE(error_of([&] { store->put("k", Body::of("x")); }).hint().find("region"), std::string::npos);
  transport_->answer(301, error_xml("PermanentRedirect"), {{"x-amz-bucket-region", "evil.example/"}});
  EXPECT_THROW(store->put("k", Body::of("x")), Error);
}

TEST_F(S3Stores, RenewsKeysThatHaveExpired) {
  const auto store = open();
  transport_->answer(400, error_xml("ExpiredToken"));
  transport_->answer(200, "", {{"ETag", "\"e\""}});
  store->put("k", Body::of("x"));
  EXPECT_NE(last().header("Authorization").find("Credential=key2/"), std::string::npos);
}

TEST_F(S3Stores, RemovesOneByOneWhereTheStoreKnowsNothingElse) {
  const auto store = open();
  transport_->answer(200,
                     "<DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code></Error>"
                     "<Error><Key>c</Key><Code>InternalError</Code></Error></DeleteResult>");
  transport_->answer(200, "<DeleteResult></DeleteResult>");
  const auto failures = store->remove({"a", "b", "c"});
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].key, "b");
  EXPECT_NE(last().body.find("<Key>c</Key>"), std::string::npos);
  EXPECT_EQ(last().body.find("<Key>a</Key>"), std::string::npos);
  EXPECT_NE(last().header("Content-MD5"), "(none)");

  transport_->answer(501, error_xml("NotImplemented"));
  transport_->answer(204);
  transport_->answer(404, error_xml("NoSuchKey"));
  transport_->answer(403, error_xml("AccessDenied"));
  EXPECT_EQ(store->remove({"a", "b", "c"}).size(), 1u);
  transport_->answer(204);
  EXPECT_TRUE(store->remove({"a"}).empty());
  EXPECT_EQ(last().method, "DELETE");
}

TEST_F(S3Stores, RefusesAListingThatIsNone) {
  transport_->answer(200, "<html/>");
  EXPECT_EQ(error_of([&] { open()->list({.prefix = "p"}); }).refusal(), Refusal::damaged);
  const std::string round =
      "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>";
  transport_->answer(200, round);
  EXPECT_EQ(open()->list({.prefix = "p"}).next, "t");
  transport_->answer(200, round);
  EXPECT_EQ(error_of([&] { open()->list({.prefix = "p"}, "t"); }).refusal(), Refusal::damaged);
  EXPECT_EQ(last().url, "http://store/bucket?list-type=2&encoding-type=url&prefix=p&continuation-token=t");
}

class S3Uploading : public S3Stores {
 protected:
  std::unique_ptr<Upload> begin() {
    store_ = open();
    transport_->answer(200, "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>");
    return store_->begin_upload("k");
  }
  std::unique_ptr<ObjectStore> store_;
};

TEST_F(S3Uploading, FinishesAndRepeats) {
  const auto upload = begin();
  transport_->answer(200, "", {{"ETag", "\"two\""}});
  upload->put_part(2, Body::of("22"));
  transport_->answer(503, error_xml("SlowDown"));
  transport_->answer(200, "", {{"ETag", "\"one\""}});
  upload->put_part(1, Body::of("1"));
  EXPECT_EQ(last().url, "http://store/bucket/k?partNumber=1&uploadId=id");
  transport_->answer(200, error_xml("InternalError"));  // late, with 200
  transport_->answer(200, "<CompleteMultipartUploadResult/>");
  upload->finish();
  EXPECT_NE(last().body.find("<PartNumber>1</PartNumber><ETag>&quot;one&quot;"), std::string::npos);
}

TEST_F(S3Uploading, ComparesTheObjectWithItsParts) {
  const auto completed = [](const std::string& etag) {
    return "<CompleteMultipartUploadResult><ETag>&quot;" + etag + "&quot;</ETag></CompleteMultipartUploadResult>";
  };
  const std::string of_ours = "a096b2f3dc711c3dcbc14c5a1373da34-2";  // of "1" and "22"
  const auto finish = [&](const std::string& etag, std::vector<http::Header> headers = {}) {
    const auto upload = begin();
    for (const char* part : {"1", "22"}) {
      transport_->answer(200, "", {{"ETag", "\"" + md5(part) + "\""}});
      upload->put_part(*part - '0', Body::of(part));
    }
    transport_->answer(200, completed(etag), std::move(headers));
    upload->finish();
  };
  finish(of_ours);
  finish("another form");
  EXPECT_EQ(error_of([&] { finish(md5("2") + "-2"); }).refusal(), Refusal::damaged);
  finish(md5("2") + "-2", {{"x-amz-server-side-encryption", "aws:kms"}});
}

TEST_F(S3Uploading, AsksForTheObjectAfterAnyOtherYes) {
  for (const bool there : {true, false}) {
    const auto upload = begin();
    transport_->answer(200, "", {{"ETag", "\"one\""}});
    upload->put_part(1, Body::of("1"));
    transport_->answer(200, "<html>Please log in</html>");
    transport_->answer(200, "", {{"Content-Length", "1"}, {"ETag", there ? "\"abc-1\"" : "\"abc\""}});
    if (there) {
      upload->finish();
    } else {
      EXPECT_EQ(error_of([&] { upload->finish(); }).refusal(), Refusal::damaged);
      transport_->answer(204);  // of the abort
    }
  }
}

TEST_F(S3Uploading, IsFinishedIfALostAnswerHadBeenYes) {
  for (const bool ours : {true, false}) {
    const auto upload = begin();
    transport_->answer(200, "", {{"ETag", "\"one\""}});
    upload->put_part(1, Body::of("1"));
    transport_->fail(TransferError::Kind::timeout);
    transport_->answer(404, error_xml("NoSuchUpload"));
    transport_->answer(200, "", {{"Content-Length", "1"}, {"ETag", ours ? "\"abc-1\"" : "\"abc\""}});
    if (ours) {
      upload->finish();
    } else {
      EXPECT_EQ(error_of([&] { upload->finish(); }).refusal(), Refusal::not_found);
      transport_->answer(404, error_xml("NoSuchUpload"));  // of the abort
    }
  }
}

TEST_F(S3Uploading, TakesBackWhatALostAnswerHadBegun) {
  store_ = open();
  transport_->fail(TransferError::Kind::cut);
  transport_->answer(200, "<InitiateMultipartUploadResult><UploadId>two</UploadId></InitiateMultipartUploadResult>");
  std::string listing = "<ListMultipartUploadsResult>";
  for (const char* upload : {"<Key>k</Key><UploadId>one", "<Key>k</Key><UploadId>two", "<Key>k2</Key><UploadId>three"})
    listing += std::string("<Upload>") + upload + "</UploadId></Upload>";
  transport_->answer(200, listing + "</ListMultipartUploadsResult>");
  transport_->answer(204);
  const auto upload = store_->begin_upload("k");
  EXPECT_EQ(last().method, "DELETE");
  EXPECT_EQ(last().url, "http://store/bucket/k?uploadId=one");
  transport_->answer(204);
  upload->abort();
  EXPECT_EQ(last().url, "http://store/bucket/k?uploadId=two");
}

TEST_F(S3Uploading, TakesBackWhatABeginningWithoutAnAnswerHadBegun) {
  store_ = open();
  for (int i = 0; i < 3; ++i) transport_->fail(TransferError::Kind::timeout);
  transport_->answer(200,
                     "<ListMultipartUploadsResult><Upload><Key>k</Key><UploadId>one</UploadId></Upload>"
                     "</ListMultipartUploadsResult>");
  transport_->answer(204);
  EXPECT_EQ(error_of([&] { store_->begin_upload("k"); }).refusal(), Refusal::unreachable);
  EXPECT_EQ(last().method, "DELETE");
  EXPECT_EQ(last().url, "http://store/bucket/k?uploadId=one");
}

TEST_F(S3Stores, EndsAListingThatGetsNoFurther) {
  for (int i = 0; i < 200; ++i)
    transport_->answer(200, "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>" +
                                std::to_string(i) + "</NextContinuationToken><Contents><Key>k</Key><Size>1</Size>" +
                                "</Contents></ListBucketResult>");
  const auto store = open();
  const StoreError error = error_of([&] { for_each_object(*store, {.prefix = "k"}, [](const Object&) {}); });
  EXPECT_EQ(error.refusal(), Refusal::damaged);
  EXPECT_STREQ(error.what(), "cannot list 'k' in s3://bucket: the listing does not get any further");
}

TEST_F(S3Uploading, IsAbortedWhenItIsNotFinished) {
  transport_->answer(200);  // never used
  transport_ = std::make_shared<test::FakeTransport>();
  {
    const auto upload = begin();
    transport_->answer(403, error_xml("AccessDenied"));
    EXPECT_EQ(error_of([&] { upload->put_part(1, Body::of("1")); }).refusal(), Refusal::denied);
    EXPECT_THROW(
        [&] {
          transport_->answer(200, "", {{"ETag", "\"two\""}});
          upload->put_part(2, Body::of("2"));
          upload->finish();
        }(),
        Error);
    transport_->answer(204);
  }
  EXPECT_EQ(last().method, "DELETE");
  EXPECT_EQ(last().url, "http://store/bucket/k?uploadId=id");
}

TEST_F(S3Stores, CreatesBuckets) {
  transport_->answer(200);
  open()->create_bucket();
  EXPECT_EQ(last().body, "");
  transport_->answer(200);
  open({"bucket", "eu-west-1", "", ""})->create_bucket();
  EXPECT_NE(last().body.find("<LocationConstraint>eu-west-1</LocationConstraint>"), std::string::npos);
  transport_->answer(400, error_xml("InvalidLocationConstraint"));
  transport_->answer(200);
  open({"bucket", "home", "http://store", ""})->create_bucket();
  EXPECT_EQ(last().body, "");
  transport_->answer(409, error_xml("BucketAlreadyOwnedByYou"));
  open()->create_bucket();
  transport_->answer(409, error_xml("BucketAlreadyExists"));
  EXPECT_EQ(error_of([&] { open()->create_bucket(); }).refusal(), Refusal::exists);
  EXPECT_EQ(error_of([&] {
              open({"arn:aws:s3:eu-west-1:123456789012:accesspoint/mine", "", "", ""})->create_bucket();
            }).refusal(),
            Refusal::invalid);
}

TEST_F(S3Stores, ReadsLocks) {
  const auto at = *parse_timestamp("2026-11-29 00:00:00+00:00");
  transport_->answer(
      200, "",
      {{"x-amz-object-lock-mode", "GOVERNANCE"}, {"x-amz-object-lock-retain-until-date", "2026-11-30T00:00:00Z"}});
  EXPECT_TRUE(open()->lock("k").in_force(at));
  transport_->answer(200, "", {{"x-amz-object-lock-retain-until-date", "2026-11-28T00:00:00Z"}});
  EXPECT_FALSE(open()->lock("k").in_force(at));
  transport_->answer(200, "", {{"x-amz-object-lock-legal-hold", "ON"}});
  EXPECT_TRUE(open()->lock("k").held);
  transport_->answer(200, "", {{"x-amz-object-lock-retain-until-date", "some day"}});
  EXPECT_EQ(error_of([&] { open()->lock("k"); }).refusal(), Refusal::damaged);
}

TEST_F(S3Stores, TellsAMissingBucketFromOneThatIsDenied) {
  transport_->answer(200);
  EXPECT_TRUE(open()->bucket_exists());
  EXPECT_EQ(last().url, "http://store/bucket");
  transport_->answer(404);
  EXPECT_FALSE(open()->bucket_exists());
  // An answer to HEAD has no words.
  transport_->answer(403);
  transport_->answer(403, error_xml("RequestTimeTooSkewed"));
  const StoreError error = error_of([&] { open()->bucket_exists(); });
  EXPECT_EQ(error.refusal(), Refusal::denied);
  EXPECT_EQ(error.store_code(), "RequestTimeTooSkewed");
  EXPECT_EQ(last().url, "http://store/bucket?list-type=2&max-keys=1");
  transport_->answer(403);
  transport_->fail(TransferError::Kind::cut);
  EXPECT_EQ(std::string(error_of([&] { open()->head("k"); }).what()), "cannot look for 'k' in s3://bucket: 403");
  EXPECT_EQ(last().method, "GET");
  EXPECT_EQ(last().header("Range"), "bytes=0-0");
  transport_->answer(403);
  transport_->answer(206, "x");
  EXPECT_EQ(error_of([&] { open()->head("k"); }).status(), 403);
}

}  // namespace
}  // namespace barman::store
