#include "azure_store.h"

#include <gmock/gmock.h>

#include "azure_answers.h"
#include "barman/core/base64.h"
#include "barman/core/digest.h"
#include "fakes/transport.h"

namespace barman::store {
namespace {

using http::TransferError;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* secret = "c2VjcmV0IGtleQ==";

class AzureStores : public testing::Test {
 protected:
  AzureStores() {
    const Retry retry({.attempts = 2, .first = {}, .longest = {}}, {[](auto) {}, [] { return 0.0; }});
    store = make_azure_store(
        std::make_shared<const AzureClient>(
            transport, retry, AzureAccess{"https://account.blob.core.windows.net", azure_shared_key("account", secret)},
            "box", [] { return 784'111'777; }),
        {.single_put = 100, .block_size = 60}, "scope");
  }
  template <typename Action>
  StoreError failure(const Action& action) {
    try {
      action();
    } catch (const StoreError& error) {
      EXPECT_THAT(error.what(), Not(HasSubstr(secret)));
      return error;
    }
    ADD_FAILURE() << "nothing was refused";
    return {Refusal::invalid, 0, {}, {}};
  }
  Object get(const Range& range = {}) {
    got.clear();
    return store->get(
        "key", [&](std::string_view bytes) { got += bytes; }, range);
  }
  const test::FakeTransport::Sent& last() const { return transport.sent().back(); }

  test::FakeTransport transport;
  std::unique_ptr<ObjectStore> store;
  std::string got;
};

TEST_F(AzureStores, PutASmallObjectAtOnce) {
  transport.answer(201);
  store->put("a b+%/\xC3\xA4", Body::of("hello"), {.tags = {{"k", "v w"}, {"l", ""}}, .if_absent = true});
  EXPECT_EQ(last().method, "PUT");
  EXPECT_EQ(last().url, "https://account.blob.core.windows.net/box/a%20b%2B%25/%C3%A4");
  EXPECT_EQ(last().body, "hello");
  EXPECT_EQ(last().header("x-ms-blob-type"), "BlockBlob");
  EXPECT_EQ(last().header("Content-MD5"), "XUFAKrxLKna5cZ2REBfFkg==");
  EXPECT_EQ(last().header("If-None-Match"), "*");
  EXPECT_EQ(last().header("x-ms-tags"), "k=v%20w&l=");
  EXPECT_EQ(last().header("x-ms-encryption-scope"), "scope");
  EXPECT_EQ(last().header("x-ms-date"), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(last().header("x-ms-version"), "2021-12-02");
  EXPECT_THAT(last().header("Authorization"), HasSubstr("SharedKey account:"));
}

TEST_F(AzureStores, PutALargeObjectInBlocks) {
  for (int i = 0; i < 4; ++i) transport.answer(201);
  const std::string content(150, 'x');
  store->put("key", Body::of(content), {.tags = {{"k", "v"}}, .if_absent = true});
  ASSERT_EQ(transport.sent().size(), 4U);
  EXPECT_THAT(transport.sent()[0].url, HasSubstr("/box/key?comp=block&blockid=MDAwMDE%3D"));
  EXPECT_EQ(transport.sent()[0].body.size(), 60U);
  EXPECT_EQ(transport.sent()[0].header("x-ms-encryption-scope"), "scope");
  EXPECT_EQ(transport.sent()[0].header("If-None-Match"), "(none)");
  EXPECT_EQ(transport.sent()[2].body.size(), 30U);
  EXPECT_THAT(last().url, HasSubstr("/box/key?comp=blocklist"));
  EXPECT_EQ(last().body,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList><Latest>MDAwMDE=</Latest><Latest>MDAwMDI=</Latest>"
            "<Latest>MDAwMDM=</Latest></BlockList>");
  EXPECT_EQ(last().header("If-None-Match"), "*");
  EXPECT_EQ(last().header("x-ms-tags"), "k=v");
}

TEST_F(AzureStores, KnowWhatALostAnswerDidWithBlocks) {
  const std::string content(150, 'x');
  Digest digest(DigestKind::md5);
  digest.update(content);
  const std::string md5 = base64_encode(digest.bytes());
  for (const bool ours : {true, false}) {
    for (int i = 0; i < 3; ++i) transport.answer(201);
    transport.fail(TransferError::Kind::cut);
    transport.answer(409, {}, {{"x-ms-error-code", "BlobAlreadyExists"}});
    transport.answer(200, {}, {{"Content-MD5", ours ? md5 : "another"}});
    const auto put = [&] { store->put("key", Body::of(content), {.if_absent = true}); };
    if (ours)
      put();
    else
      EXPECT_EQ(failure(put).refusal(), Refusal::exists);
    EXPECT_EQ(transport.sent()[transport.sent().size() - 2].header("x-ms-blob-content-md5"), md5);
  }
}

TEST_F(AzureStores, NeverCommitAnUploadThatIsAborted) {
  transport.answer(201);
  const auto upload = store->begin_upload("key");
  upload->put_part(1, Body::of("x"));
  upload->abort();
  store->abort_upload({"key", "", {}});
  EXPECT_EQ(transport.sent().size(), 1U);
  EXPECT_EQ(failure([&] { store->begin_upload("key")->finish(); }).refusal(), Refusal::invalid);
  const auto gap = store->begin_upload("key");
  transport.answer(201);
  gap->put_part(2, Body::of("x"));
  EXPECT_EQ(failure([&] { gap->finish(); }).refusal(), Refusal::invalid);
  EXPECT_EQ(transport.sent().size(), 2U);
}

TEST_F(AzureStores, CallEachRefusalByItsName) {
  struct Case {
    int status;
    const char* code;
    Refusal refusal;
  };
  const Case cases[] = {
      {400, "InvalidHeaderValue", Refusal::invalid},
      {400, "Md5Mismatch", Refusal::damaged},
      {401, "NoAuthenticationInformation", Refusal::denied},
      {403, "AuthorizationFailure", Refusal::denied},
      {404, "ContainerNotFound", Refusal::no_bucket},
      {409, "BlobAlreadyExists", Refusal::exists},
      {412, "ConditionNotMet", Refusal::exists},
      {409, "BlobImmutableDueToPolicy", Refusal::locked},
      {412, "LeaseIdMissing", Refusal::locked},
      {429, "", Refusal::busy},
      {500, "InternalError", Refusal::busy},
      {503, "ServerBusy", Refusal::busy},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.code);
    const std::string body = std::string("<?xml version=\"1.0\"?><Error><Code>") + each.code +
                             "</Code><Message>Their words.\nRequestId:1</Message><AuthenticationErrorDetail>detail"
                             "</AuthenticationErrorDetail></Error>";
    for (int i = 0; i < (each.refusal == Refusal::busy ? 2 : 1); ++i) transport.answer(each.status, body);
    const StoreError error = failure([&] { store->put("key", Body::of("x")); });
    EXPECT_EQ(error.refusal(), each.refusal);
    EXPECT_EQ(error.status(), each.status);
    EXPECT_EQ(error.store_code(), each.code);
    EXPECT_THAT(error.what(), HasSubstr("cannot put 'key' in https://account.blob.core.windows.net/box: "));
    EXPECT_THAT(error.what(), HasSubstr("Their words."));
    EXPECT_THAT(error.what(), Not(HasSubstr("detail")));
  }
}

TEST_F(AzureStores, AreUnreachableAfterAllAttempts) {
  for (int i = 0; i < 2; ++i) transport.fail(TransferError::Kind::timeout);
  EXPECT_EQ(failure([&] { store->head("key"); }).refusal(), Refusal::unreachable);
  transport.fail(TransferError::Kind::cut);
  transport.answer(201);
  store->put("key", Body::of("x"));
}

TEST_F(AzureStores, KnowWhatALostAnswerDid) {
  transport.fail(TransferError::Kind::cut);
  transport.answer(409, {}, {{"x-ms-error-code", "BlobAlreadyExists"}});
  transport.answer(200, {}, {{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}});
  store->put("key", Body::of("hello"), {.if_absent = true});
  transport.fail(TransferError::Kind::cut);
  transport.answer(409, {}, {{"x-ms-error-code", "BlobAlreadyExists"}});
  transport.answer(200, {}, {{"Content-MD5", "another"}});
  EXPECT_EQ(failure([&] { store->put("key", Body::of("hello"), {.if_absent = true}); }).refusal(), Refusal::exists);
}

TEST_F(AzureStores, HeadAnObject) {
  transport.answer(200, {},
                   {{"Content-Length", "7"}, {"ETag", "\"0x1\""}, {"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}});
  const auto object = store->head("key");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->size, 7U);
  EXPECT_EQ(object->etag, "0x1");
  EXPECT_EQ(object->modified->seconds(), 784'111'777);
  transport.answer(404, {}, {{"x-ms-error-code", "BlobNotFound"}});
  EXPECT_FALSE(store->head("key"));
  transport.answer(404, {}, {{"x-ms-error-code", "ContainerNotFound"}});
  EXPECT_EQ(failure([&] { store->head("key"); }).refusal(), Refusal::no_bucket);
  transport.answer(404, {}, {{"x-ms-error-code", "ContainerNotFound"}});
  EXPECT_FALSE(store->bucket_exists());
  transport.answer(403);
  EXPECT_EQ(failure([&] { store->bucket_exists(); }).refusal(), Refusal::denied);
}

TEST_F(AzureStores, GetTheRestOfTheSameObjectAfterACut) {
  const std::string md5 = "XUFAKrxLKna5cZ2REBfFkg==";
  transport.cut("hel", 200, {{"Content-Length", "5"}, {"ETag", "\"0x1\""}, {"Content-MD5", md5}});
  transport.answer(206, "lo", {{"Content-Range", "bytes 3-4/5"}, {"ETag", "\"0x1\""}, {"x-ms-blob-content-md5", md5}});
  EXPECT_EQ(get().size, 5U);
  EXPECT_EQ(got, "hello");
  EXPECT_EQ(last().header("x-ms-range"), "bytes=3-");
  EXPECT_EQ(last().header("If-Match"), "\"0x1\"");
}

TEST_F(AzureStores, NoticeAWrongChecksum) {
  transport.answer(200, "hallo", {{"Content-Length", "5"}, {"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}});
  EXPECT_EQ(failure([&] { get(); }).refusal(), Refusal::damaged);
}

TEST_F(AzureStores, ListByPages) {
  transport.answer(200, R"(<?xml version="1.0"?><EnumerationResults><Blobs>
    <Blob><Name> a&amp;b</Name><Properties><Content-Length>3</Content-Length><Etag>0x2</Etag>
      <Last-Modified>Sun, 06 Nov 1994 08:49:37 GMT</Last-Modified></Properties></Blob>
    <Blob><Name Encoded="true">c%EF%BF%BF</Name><Properties><Content-Length>0</Content-Length></Properties></Blob>
    <BlobPrefix><Name>p/</Name></BlobPrefix></Blobs><NextMarker>m&amp;1</NextMarker></EnumerationResults>)");
  const Page page = store->list({.prefix = "a b", .delimiter = "/", .start_after = " a"}, "x=y");
  EXPECT_THAT(last().url,
              HasSubstr("?restype=container&comp=list&maxresults=5000&prefix=a%20b&delimiter=%2F&marker=x%3Dy"));
  ASSERT_EQ(page.objects.size(), 2U);
  EXPECT_EQ(page.objects[0], (Object{" a&b", 3, "0x2", page.objects[0].modified}));
  EXPECT_EQ(page.objects[1].key, "c\xEF\xBF\xBF");
  EXPECT_THAT(page.prefixes, ElementsAre("p/"));
  EXPECT_EQ(page.next, "m&1");
}

TEST_F(AzureStores, RefuseAListingThatIsNone) {
  std::string deep;
  for (int i = 0; i < 200'000; ++i) deep += "<Blobs>";
  const std::string hostile[] = {
      "",
      "no XML",
      "<html></html>",
      "<EnumerationResults/>",
      deep,
      "<EnumerationResults><Blobs><Blob><Name>a</Name></Blob></Blobs></EnumerationResults>",
      "<EnumerationResults><Blobs><Blob><Properties><Content-Length>1</Content-Length></Properties></Blob></Blobs>"
      "</EnumerationResults>",
      "<EnumerationResults><Blobs><Blob><Name>a</Name><Properties><Content-Length>-1</Content-Length></Properties></Blob>"
      "</Blobs></EnumerationResults>",
      "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>"};
  for (const std::string& each : hostile) {
    transport.answer(200, each);
    EXPECT_EQ(failure([&] { store->list({}); }).refusal(), Refusal::damaged) << each.substr(0, 80);
  }
  transport.answer(200, "<EnumerationResults><Blobs/><NextMarker>m</NextMarker></EnumerationResults>");
  EXPECT_EQ(failure([&] { store->list({}, "m"); }).refusal(), Refusal::damaged) << "never ends";
}

std::string batch_answer(const std::vector<std::pair<int, std::string>>& answers) {
  std::string body;
  for (const auto& [id, head] : answers)
    body += "--b\r\nContent-Type: application/http\r\nContent-ID: " + std::to_string(id) + "\r\n\r\nHTTP/1.1 " + head +
            "\r\n\r\n";
  return body + "--b--";
}

TEST_F(AzureStores, RemoveInABatch) {
  transport.answer(202,
                   batch_answer({{0, "202 Accepted"},
                                 {1, "404 Not there\r\nx-ms-error-code: BlobNotFound"},
                                 {2, "409 No\r\nx-ms-error-code: SnapshotsPresent"}}),
                   {{"Content-Type", "multipart/mixed; boundary=b"}});
  transport.answer(202);  // of the one that the batch does not mention
  const auto failures = store->remove({"a b", "absent", "held", "forgotten"});
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].key, "held");
  EXPECT_EQ(failures[0].code, "SnapshotsPresent");
  const auto& batch = transport.sent()[0];
  EXPECT_THAT(batch.url, HasSubstr("/box?restype=container&comp=batch"));
  EXPECT_THAT(batch.body, HasSubstr("Content-ID: 0\r\n\r\nDELETE /box/a%20b HTTP/1.1\r\nx-ms-date: Sun, 06 Nov"));
  EXPECT_THAT(batch.body, HasSubstr("Authorization: SharedKey account:"));
  EXPECT_EQ(last().method, "DELETE");
  EXPECT_THAT(last().url, HasSubstr("/box/forgotten"));
}

TEST_F(AzureStores, RemoveOneByOneWhereThereAreNoBatches) {
  transport.answer(400, {}, {{"x-ms-error-code", "InvalidInput"}});
  transport.answer(202);
  transport.answer(404, {}, {{"x-ms-error-code", "BlobNotFound"}});
  EXPECT_TRUE(store->remove({"a", "b"}).empty());
  transport.answer(403, {}, {{"x-ms-error-code", "AuthorizationPermissionMismatch"}});
  const auto failures = store->remove({"a"});
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].code, "AuthorizationPermissionMismatch");
  transport.answer(404, {}, {{"x-ms-error-code", "ContainerNotFound"}});
  EXPECT_EQ(failure([&] { store->remove({"a"}); }).refusal(), Refusal::no_bucket);
}

TEST(AzureBatch, SurvivesAnyAnswer) {
  for (const char* type : {"", "multipart/mixed", "multipart/mixed; boundary=", "multipart/mixed; boundary=\"b\""})
    for (const char* body : {"", "--b", "--b--", "--b\r\nHTTP/1.1", "--b\r\nContent-ID: x\r\n\r\nHTTP/1.1 y\r\n--b--"})
      EXPECT_TRUE(parse_azure_batch(type, body).empty()) << type << body;
}

TEST(AzureUrl, IsTakenApart) {
  const Environment none = [](const char*) { return std::nullopt; };
  const Environment some = [](const char*) { return std::optional<std::string>("x"); };
  const Location plain = parse_azure_url("https://acc.blob.core.windows.net/box/a/b//", none);
  EXPECT_EQ(plain.account, "acc");
  EXPECT_EQ(plain.bucket, "box");
  EXPECT_EQ(plain.path, "a/b");
  EXPECT_EQ(plain.endpoint, "https://acc.blob.core.windows.net");
  EXPECT_FALSE(plain.emulated);
  EXPECT_EQ(parse_azure_url("https://acc.blob.core.windows.net/box", none).path, "");
  const Location emulated = parse_azure_url("http://127.0.0.1:10000/acc/box/a", some);
  EXPECT_EQ(emulated.account, "acc");
  EXPECT_EQ(emulated.bucket, "box");
  EXPECT_EQ(emulated.path, "a");
  EXPECT_EQ(emulated.endpoint, "http://127.0.0.1:10000/acc");
  EXPECT_TRUE(emulated.emulated);
  for (const char* bad : {"https://acc.blob.core.windows.net", "https://acc.blob.core.windows.net/", "http://h/acc",
                          "x", "", "https://.blob.core.windows.net/box"})
    EXPECT_THROW(parse_azure_url(bad, some), Error) << bad;
  try {
    parse_azure_url("http://127.0.0.1:10000/acc/box", none);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "A connection string must be provided when using emulated storage");
  }
}

}  // namespace
}  // namespace barman::store
