#include "barman/web/message.h"

#include <gmock/gmock.h>

namespace barman::web {
namespace {

using testing::ElementsAre;

TEST(ParseHead, TakesTheRequestApart) {
  Request request;
  ASSERT_FALSE(parse_head("GET /servers/a%20b/x%2Fy?verbose=1 HTTP/1.1\r\nHost: h\r\nX-Y:  z \r\n", request));
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/servers/a b/x/y");
  EXPECT_THAT(request.segments, ElementsAre("servers", "a b", "x/y"));
  EXPECT_EQ(request.query, "verbose=1");
  EXPECT_EQ(request.header("x-y"), "z");
  EXPECT_FALSE(request.header("absent"));
}

TEST(ParseHead, TakesTheFormThatProxiesSend) {
  Request request;
  ASSERT_FALSE(parse_head("GET http://host:1/metrics HTTP/1.0\nA: b", request));
  EXPECT_EQ(request.path, "/metrics");
  Request bare;
  ASSERT_FALSE(parse_head("GET http://host HTTP/1.1", bare));
  EXPECT_EQ(bare.path, "/");
}

struct Refused {
  const char* head;
  int status;
};
class RefusedHead : public testing::TestWithParam<Refused> {};
TEST_P(RefusedHead, HasAStatus) {
  Request request;
  const auto refusal = parse_head(GetParam().head, request);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, GetParam().status);
}
INSTANTIATE_TEST_SUITE_P(
    Heads, RefusedHead,
    testing::Values(Refused{"", 400}, Refused{"GET", 400}, Refused{"GET /", 400}, Refused{"GET  / HTTP/1.1", 400},
                    Refused{"GET / HTTP/2", 505}, Refused{"G\x01T / HTTP/1.1", 400}, Refused{"GET x HTTP/1.1", 400},
                    Refused{"GET /%0 HTTP/1.1", 400}, Refused{"GET /%00 HTTP/1.1", 400},
                    Refused{"GET /%zz HTTP/1.1", 400}, Refused{"GET / HTTP/1.1\r\nno colon", 400},
                    Refused{"GET / HTTP/1.1\r\nA: b\r\n folded", 400}, Refused{"GET / HTTP/1.1\r\nA : b", 400},
                    Refused{"GET / HTTP/1.1\r\nA: b\rc", 400}, Refused{"GET / HTTP/1.1\r\n: b", 400}));

TEST(ParseHead, RefusesVeryManyHeaders) {
  std::string head = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 101; ++i) head += "A: b\r\n";
  Request request;
  const auto refusal = parse_head(head, request);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, 431);
}

struct Length {
  std::vector<Header> headers;
  int status;  // 0: it is taken
  std::size_t length = 0;
};
class LengthOfBody : public testing::TestWithParam<Length> {};
TEST_P(LengthOfBody, IsOneNumber) {
  Request request;
  request.headers = GetParam().headers;
  std::size_t length = 99;
  const auto refusal = length_of_body(request, 10, length);
  EXPECT_EQ(refusal ? refusal->status : 0, GetParam().status);
  EXPECT_EQ(refusal ? 0 : length, refusal ? 0 : GetParam().length);
}
INSTANTIATE_TEST_SUITE_P(Headers, LengthOfBody,
                         testing::Values(Length{{}, 0, 0}, Length{{{"Content-Length", "10"}}, 0, 10},
                                         Length{{{"content-length", "11"}}, 413},
                                         Length{{{"Content-Length", "-1"}}, 400},
                                         Length{{{"Content-Length", "99999999999999999999"}}, 400},
                                         Length{{{"Content-Length", "1"}, {"Content-Length", "2"}}, 400},
                                         Length{{{"Content-Length", "2"}, {"Content-Length", "2"}}, 0, 2},
                                         Length{{{"Transfer-Encoding", "chunked"}}, 501}));

TEST(Answer, SaysItsLengthAlsoToHead) {
  Response response;
  response.type = "text/x";
  response.body = "four";
  response.headers = {{"Allow", "GET"}};
  const std::string head =
      "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 4\r\nConnection: close\r\nAllow: GET\r\n\r\n";
  EXPECT_EQ(to_text(response, true), head + "four");
  EXPECT_EQ(to_text(response, false), head);
}

}  // namespace
}  // namespace barman::web
