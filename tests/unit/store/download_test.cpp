#include "download.h"

#include <gmock/gmock.h>

#include "fakes/transport.h"
#include "http_date.h"
#include "refusal.h"

namespace barman::store {
namespace {

using http::TransferError;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<http::Header> part_of(const std::string& range, const std::string& etag = "one") {
  return {{"Content-Range", "bytes " + range}, {"ETag", etag}};
}

class Downloads : public testing::Test {
 protected:
  Object get(const Range& range = {}) {
    const DownloadSource source{"cannot get 'key' from test://bucket",
                                [&](const Range& rest, const std::string& etag, const http::Take& take) {
                                  asked.push_back(range_header(rest) + (etag.empty() ? "" : " of " + etag));
                                  return transport.send({"GET", "http://store/key", {}, {}}, take);
                                },
                                [](const http::Response& head) {
                                  return Object{"key", 0, head.header("ETag").value_or(""), {}};
                                },
                                [](const http::Response& answer) {
                                  return refused(refusal_of_status(answer.status), answer.status, {}, "refused");
                                },
                                [] {
                                  return Object{"key", 100, "head", {}};
                                },
                                judge};
    const Retry retry({.attempts = 3, .first = {}, .longest = {}}, {[](auto) {}, [] { return 0.0; }});
    return download(retry, source, range, [&](std::string_view bytes) { got += bytes; });
  }
  std::string failure(const Range& range = {}) {
    try {
      get(range);
    } catch (const StoreError& error) {
      refusal = error.refusal();
      return error.what();
    }
    return "none";
  }

  test::FakeTransport transport;
  Retry::Judge judge = may_pass;
  std::vector<std::string> asked;
  std::string got;
  Refusal refusal{};
};

TEST_F(Downloads, TakesAWholeObject) {
  transport.answer(200, "0123456789", {{"Content-Length", "10"}, {"ETag", "one"}});
  EXPECT_EQ(get().size, 10U);
  EXPECT_EQ(got, "0123456789");
  EXPECT_THAT(asked, ElementsAre("bytes=0-"));
}

TEST_F(Downloads, ContinuesWithTheSameContentAfterACut) {
  transport.cut("01234", 200, {{"Content-Length", "10"}, {"ETag", "one"}});
  transport.cut("56", 206, part_of("5-9/10"));
  transport.answer(206, "789", part_of("7-9/10"));
  const Object object = get();
  EXPECT_EQ(got, "0123456789");
  EXPECT_EQ(object.size, 10U);
  EXPECT_EQ(object.etag, "one");
  EXPECT_THAT(asked, ElementsAre("bytes=0-", "bytes=5- of one", "bytes=7- of one"));
}

TEST_F(Downloads, AreNotHeldUpByAByteAtATime) {
  const std::string piece(64 * 1024, 'x');
  const std::string size = std::to_string(5 * piece.size());
  for (int i = 0; i < 4; ++i)
    transport.cut(piece, i == 0 ? 200 : 206,
                  i == 0 ? std::vector<http::Header>{{"Content-Length", size}, {"ETag", "one"}}
                         : part_of(std::to_string(i * piece.size()) + "-/" + size));
  transport.answer(206, piece, part_of(std::to_string(4 * piece.size()) + "-/" + size));
  get();
  EXPECT_EQ(got.size(), 5 * piece.size());  // more cuts than attempts, and each time something worthwhile
  got.clear();
  transport.cut("0", 200, {{"Content-Length", "10"}, {"ETag", "one"}});
  transport.cut("1", 206, part_of("1-9/10"));
  transport.cut("2", 206, part_of("2-9/10"));
  EXPECT_THAT(failure(), HasSubstr("the connection was cut"));
}

TEST_F(Downloads, RepeatWhatTheStoreSaysMayPass) {
  judge = [](const http::Response& answer) { return answer.status == 403; };
  transport.answer(403);
  transport.answer(200, "01", {{"Content-Length", "2"}, {"ETag", "one"}});
  get();
  EXPECT_EQ(got, "01");
}

TEST_F(Downloads, ContinuesWithinARange) {
  transport.cut("23", 206, part_of("2-6/10"));
  transport.answer(206, "456", part_of("4-6/10"));
  EXPECT_EQ(get({.offset = 2, .size = 5}).size, 10U);
  EXPECT_EQ(got, "23456");
  EXPECT_THAT(asked, ElementsAre("bytes=2-6", "bytes=4-6 of one"));
}

TEST_F(Downloads, StopsWhenTheObjectIsReplaced) {
  transport.cut("01234", 200, {{"Content-Length", "10"}, {"ETag", "one"}});
  transport.answer(412);
  EXPECT_THAT(failure(), HasSubstr("the object was replaced while it was read"));
  EXPECT_EQ(refusal, Refusal::damaged);
}

TEST_F(Downloads, StopsWhenTheRestIsOfOtherContent) {
  transport.cut("01234", 200, {{"Content-Length", "10"}, {"ETag", "one"}});
  transport.answer(206, "56789", part_of("5-9/10", "two"));
  EXPECT_THAT(failure(), HasSubstr("the object was replaced while it was read"));
  EXPECT_EQ(got, "01234");
}

TEST_F(Downloads, RefusesAnAnswerThatIsNotWhatWasAskedFor) {
  transport.answer(200, "0123456789", {{"Content-Length", "10"}});
  EXPECT_THAT(failure({.offset = 5, .size = 2}), HasSubstr("ignored which part"));
  transport.answer(206, "56", {});
  EXPECT_THAT(failure({.offset = 5, .size = 2}), HasSubstr("does not say which part"));
  transport.answer(206, "567", part_of("5-7/10"));
  EXPECT_THAT(failure({.offset = 5, .size = 2}), HasSubstr("longer than the object"));
  transport.answer(200, "0123456789", {});
  EXPECT_THAT(failure(), HasSubstr("does not say how large"));
  EXPECT_EQ(got, "");
}

TEST_F(Downloads, GivesUpAfterAttemptsWithoutProgress) {
  for (int i = 0; i < 3; ++i) transport.fail(TransferError::Kind::cut);
  EXPECT_THAT(failure(), HasSubstr("cannot get 'key' from test://bucket: no answer"));
  EXPECT_EQ(refusal, Refusal::unreachable);
  for (int i = 0; i < 3; ++i) transport.answer(503);
  failure();
  EXPECT_EQ(refusal, Refusal::busy);
  for (int i = 0; i < 3; ++i) transport.answer(206, i == 0 ? "01" : "", part_of(i == 0 ? "0-9/10" : "2-9/10"));
  EXPECT_THAT(failure({.offset = 0, .size = 10}), HasSubstr("ends after 2 of 10 bytes"));
}

TEST_F(Downloads, KnowsARangeWithNothingInIt) {
  EXPECT_EQ(get({.offset = 5, .size = 0}).etag, "head");
  transport.answer(416);
  EXPECT_EQ(get({.offset = 100, .size = {}}).etag, "head");
  EXPECT_EQ(got, "");
}

TEST(HttpDate, IsWrittenAndRead) {
  EXPECT_EQ(http_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  ASSERT_TRUE(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"));
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT")->seconds(), 784'111'777);
  for (const char* text :
       {"", "yesterday", "Sun, 06 Nom 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37", "a b c d e GMT"})
    EXPECT_FALSE(parse_http_date(text)) << text;
}

TEST(Refusals, SayWhatTheStoreSaysOnOneLine) {
  const StoreError error = refused(Refusal::denied, 403, {"Code", "text\nRequestId:1"}, "cannot put 'k' in s3://b");
  EXPECT_STREQ(error.what(), "cannot put 'k' in s3://b: 403 Code: text");
  EXPECT_THAT(error.hint(), HasSubstr("credentials"));
  EXPECT_EQ(for_message("a\x1b[31mb"), "a [31mb");
  EXPECT_EQ(for_message(std::string(1000, 'x')).size(), 403U);
  EXPECT_EQ(refusal_of_status(404), Refusal::not_found);
  EXPECT_EQ(refusal_of_status(429), Refusal::busy);
  EXPECT_EQ(refusal_of_status(503), Refusal::busy);
  EXPECT_EQ(refusal_of_status(400), Refusal::invalid);
}

}  // namespace
}  // namespace barman::store
