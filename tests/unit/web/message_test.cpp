#include "barman/web/message.h"

#include <gmock/gmock.h>

namespace barman::web {
namespace {

using testing::ElementsAre;

TEST(ParseTarget, TakesThePathApart) {
  Request request;
  ASSERT_FALSE(parse_target("/servers/a%20b/x%2Fy?verbose=1", request));
  EXPECT_EQ(request.path, "/servers/a b/x/y");
  EXPECT_THAT(request.segments, ElementsAre("servers", "a b", "x/y"));
  EXPECT_EQ(request.query, "verbose=1");
}

TEST(ParseTarget, TakesTheFormThatProxiesSend) {
  Request request;
  ASSERT_FALSE(parse_target("http://host:1/metrics", request));
  EXPECT_EQ(request.path, "/metrics");
  Request bare;
  ASSERT_FALSE(parse_target("https://host", bare));
  EXPECT_EQ(bare.path, "/");
}

TEST(ParseTarget, RefusesWhatIsNone) {
  for (const char* target : {"", "x", "*", "host:80", "/\x01", "/%0", "/%00", "/%zz", "/%"}) {
    Request request;
    const auto refusal = parse_target(target, request);
    ASSERT_TRUE(refusal) << target;
    EXPECT_EQ(refusal->status, 400) << target;
  }
}

TEST(RequestHeader, IsFoundInAnyCase) {
  Request request;
  request.headers = {{"X-Y", "z"}};
  EXPECT_EQ(request.header("x-y"), "z");
  EXPECT_FALSE(request.header("absent"));
}

struct Judged {
  std::vector<Header> headers;
  int status;  // 0: it is taken
};
class JudgedHeaders : public testing::TestWithParam<Judged> {};
TEST_P(JudgedHeaders, SayHowLongTheBodyIs) {
  Request request;
  request.headers = GetParam().headers;
  const auto refusal = judge_headers(request, 1, 100, 10);
  EXPECT_EQ(refusal ? refusal->status : 0, GetParam().status);
}
INSTANTIATE_TEST_SUITE_P(
    Headers, JudgedHeaders,
    testing::Values(Judged{{}, 0}, Judged{{{"Content-Length", "10"}}, 0}, Judged{{{"content-length", "11"}}, 413},
                    Judged{{{"Content-Length", "-1"}}, 400}, Judged{{{"Content-Length", "99999999999999999999"}}, 400},
                    Judged{{{"Content-Length", "1"}, {"Content-Length", "2"}}, 400},
                    Judged{{{"Content-Length", "2"}, {"Content-Length", "2"}}, 0},
                    Judged{{{"Transfer-Encoding", "chunked"}}, 501}, Judged{{{"A", std::string(96, 'x')}}, 431},
                    Judged{{{"A", std::string(90, 'x')}}, 0}));

}  // namespace
}  // namespace barman::web
