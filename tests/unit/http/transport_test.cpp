#include "barman/http/transport.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "barman/core/signals.h"
#include "fakes/loopback_server.h"
#include "fakes/variable.h"

namespace barman::http {
namespace {

using Clock = std::chrono::steady_clock;
using test::answer;
using test::LoopbackServer;
using test::Peer;

class Transports : public testing::Test {
 protected:
  Transports() {
    std::signal(SIGPIPE, SIG_IGN);  // as signals::install() does
    options_.limits = {
        .connect = std::chrono::seconds(2), .silent = std::chrono::seconds(1), .total = std::chrono::seconds(20)};
  }
  std::unique_ptr<Transport> open() const { return open_transport(options_); }

  TransportOptions options_;
  const test::Variable upper_{"HTTP_PROXY", std::nullopt}, lower_{"http_proxy", std::nullopt},
      all_{"all_proxy", std::nullopt}, upper_all_{"ALL_PROXY", std::nullopt};
};

TransferError::Kind kind_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const TransferError& error) {
    return error.kind();
  }
  throw std::runtime_error("nothing was thrown");
}

TEST_F(Transports, GivesStatusHeadersAndBody) {
  std::string head, body;
  const LoopbackServer server([&](Peer& peer) {
    head = peer.read_head();
    body = peer.read(5);
    peer.write("HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n" + answer(201, "done", "ETag:  \"abc\" \r\nX-Two: b\r\n"));
  });
  const Response got =
      open()->send({"PUT", server.url("/a/../b%20c?x=%2F"), {{"X-Mine", "v"}, {"X-Empty", ""}}, Body::of("hello")});
  EXPECT_EQ(got.status, 201);
  EXPECT_TRUE(got.ok());
  EXPECT_EQ(got.body, "done");
  EXPECT_EQ(got.header("etag"), "\"abc\"");
  EXPECT_EQ(got.header("X-TWO"), "b");
  EXPECT_EQ(got.header("X-Early"), std::nullopt);
  EXPECT_TRUE(head.starts_with("PUT /a/../b%20c?x=%2F HTTP/1.1\r\n")) << head;
  for (const char* line :
       {"\r\nX-Mine: v\r\n", "\r\nX-Empty:\r\n", "\r\nContent-Length: 5\r\n", "\r\nUser-Agent: barman-native/"})
    EXPECT_NE(head.find(line), std::string::npos) << line << head;
  EXPECT_EQ(head.find("Expect"), std::string::npos);
  EXPECT_EQ(head.find("Transfer-Encoding"), std::string::npos);
  EXPECT_EQ(body, "hello");
}

struct MethodCase {
  const char* method;
  std::optional<const char*> body;
  bool has_length;
};

TEST_F(Transports, SendsEachMethodWithTheLengthThatItNeeds) {
  const MethodCase cases[] = {{"GET", {}, false}, {"HEAD", {}, false}, {"DELETE", {}, false}, {"PUT", {}, true},
                              {"POST", {}, true}, {"PUT", "", true},   {"POST", "x", true}};
  for (const MethodCase& row : cases) {
    std::string head;
    const LoopbackServer server([&](Peer& peer) {
      head = peer.read_head();
      peer.read(row.body ? std::string_view(*row.body).size() : 0);
      peer.write(std::string_view(row.method) == "HEAD" ? "HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n"
                                                        : answer(200, "k"));
    });
    Request request{row.method, server.url(), {}, {}};
    if (row.body) request.body = Body::of(*row.body);
    const Response got = open()->send(request);
    EXPECT_EQ(got.body, std::string_view(row.method) == "HEAD" ? "" : "k") << row.method;
    EXPECT_TRUE(head.starts_with(std::string(row.method) + " / ")) << head;
    EXPECT_EQ(head.find("Content-Length: ") != std::string::npos, row.has_length) << head;
  }
}

// The server may have done what it was asked for: only who asked knows whether it may be asked again.
TEST_F(Transports, SendsNothingAgainByItself) {
  std::atomic<int> requests = 0;
  const LoopbackServer server([&](Peer& peer) {
    while (!peer.read_head().empty()) {
      if (++requests == 2) return;
      peer.write(answer(200, ""));
    }
  });
  const auto transport = open();
  const Request request{"POST", server.url(), {}, {}};
  EXPECT_EQ(transport->send(request).status, 200);
  EXPECT_EQ(kind_of([&] { transport->send(request); }), TransferError::Kind::cut);
  EXPECT_EQ(requests, 2);
  EXPECT_EQ(transport->send(request).status, 200);
}

TEST_F(Transports, SendsAPartOfAFileAgainOverANewConnection) {
  char name[] = "/tmp/transport-test-XXXXXX";
  const int fd = ::mkstemp(name);
  ::unlink(name);
  const std::string content = "0123456789" + std::string(500'000, 'x') + "end!rest";
  ASSERT_EQ(::write(fd, content.data(), content.size()), static_cast<ssize_t>(content.size()));
  std::atomic<int> requests = 0;
  std::string received;
  const LoopbackServer server([&](Peer& peer) {  // closes after its first answer without saying so
    while (!peer.read_head().empty()) {
      received = peer.read(500'014);
      peer.write(answer(200, ""));
      if (++requests == 1) return;
    }
  });
  const auto transport = open();
  const Request request{"PUT", server.url(), {}, Body::of_file(fd, 0, 500'014, name)};
  EXPECT_EQ(transport->send(request).status, 200);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // so that its end is seen before it is used again
  EXPECT_EQ(transport->send(request).status, 200);
  EXPECT_EQ(received, content.substr(0, 500'014));
  EXPECT_EQ(server.connections(), 2);
  ::close(fd);
}

TEST_F(Transports, UsesAConnectionAgain) {
  const LoopbackServer server([](Peer& peer) {
    while (!peer.read_head().empty()) peer.write(answer(404, "no"));
  });
  const auto transport = open();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(transport->send({"GET", server.url(), {}, {}}).status, 404);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(Transports, ServesSeveralThreads) {
  const LoopbackServer server([](Peer& peer) {
    for (std::string head = peer.read_head(); !head.empty(); head = peer.read_head())
      peer.write(answer(200, head.substr(0, head.find(" HTTP"))));
  });
  const auto transport = open();
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i)
        right += transport->send({"GET", server.url(fmt::format("/{}", t)), {}, {}}).body == fmt::format("GET /{}", t);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 160);
  EXPECT_LE(server.connections(), 8);
}

TEST_F(Transports, HandsOnlyTheBodyOfASuccessToTheTake) {
  std::atomic<int> status = 200;
  const LoopbackServer server([&](Peer& peer) {
    while (!peer.read_head().empty()) peer.write(answer(status, "text"));
  });
  const auto transport = open();
  std::string taken;
  const Take take = [&](const Response& head, std::string_view bytes) {
    EXPECT_EQ(head.status, 200);
    EXPECT_FALSE(head.headers.empty());
    taken += bytes;
  };
  EXPECT_EQ(transport->send({"GET", server.url(), {}, {}}, take).body, "");
  EXPECT_EQ(taken, "text");
  status = 503;
  EXPECT_EQ(transport->send({"GET", server.url(), {}, {}}, take).body, "text");
  EXPECT_EQ(taken, "text");
}

TEST_F(Transports, PassesOnWhatTakeAndBodyThrow) {
  const LoopbackServer server([](Peer& peer) {
    while (!peer.read_head().empty()) peer.write(answer(200, "text"));
  });
  const auto transport = open();
  EXPECT_THROW(transport->send({"GET", server.url(), {}, {}},
                               [](const Response&, std::string_view) { throw Interrupted("stop"); }),
               Interrupted);
  const int fd = ::open("/dev/null", O_RDONLY);
  try {
    transport->send({"PUT", server.url(), {}, Body::of_file(fd, 0, 10, "wal")});
    FAIL() << "a file that is too short was sent";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::io);
    EXPECT_STREQ(error.what(), "'wal' has become shorter while it was read");
  }
  ::close(fd);
  EXPECT_EQ(transport->send({"GET", server.url(), {}, {}}).body, "text");
}

TEST_F(Transports, CallsAnAnswerThatEndsTooEarlyCut) {
  const LoopbackServer server([](Peer& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  });
  std::string taken;
  EXPECT_EQ(
      kind_of([&] {
        open()->send({"GET", server.url(), {}, {}}, [&](const Response&, std::string_view bytes) { taken += bytes; });
      }),
      TransferError::Kind::cut);
  EXPECT_EQ(taken, "half");
}

TEST_F(Transports, CallsAConnectionThatEndsInTheRequestCut) {
  const LoopbackServer server([](Peer& peer) { peer.read(1000); });
  const std::string large(50'000'000, 'x');
  EXPECT_EQ(kind_of([&] { open()->send({"PUT", server.url(), {}, Body::of(large)}); }), TransferError::Kind::cut);
}

TEST_F(Transports, CallsAClosedPortUnreachableAndTellsNoSecret) {
  int port = 0;
  {
    const LoopbackServer server([](Peer&) {});
    port = server.port();
  }
  try {
    open()->send({"GET", fmt::format("http://me:geheim@127.0.0.1:{}/c/k?sig=geheim", port), {}, {}});
    FAIL();
  } catch (const TransferError& error) {
    EXPECT_EQ(error.kind(), TransferError::Kind::unreachable);
    EXPECT_EQ(error.code(), Errc::remote);
    EXPECT_EQ(std::string(error.what()).find(fmt::format("GET http://127.0.0.1:{}/c/k: ", port)), 0u) << error.what();
    EXPECT_EQ(std::string(error.what()).find("geheim"), std::string::npos);
    EXPECT_NE(error.hint(), "");
  }
}

TEST_F(Transports, GivesUpAServerThatNeverAnswers) {
  const LoopbackServer server([](Peer& peer) { peer.wait(); });
  const auto begin = Clock::now();
  EXPECT_EQ(kind_of([&] { open()->send({"GET", server.url(), {}, {}}); }), TransferError::Kind::timeout);
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(8));
}

TEST_F(Transports, GivesUpAfterTheTotalTime) {
  options_.limits.total = std::chrono::seconds(1);
  const LoopbackServer server([](Peer& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (peer.write("12345678")) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  });
  const auto begin = Clock::now();
  EXPECT_EQ(kind_of([&] { open()->send({"GET", server.url(), {}, {}}); }), TransferError::Kind::timeout);
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(5));
}

TEST_F(Transports, GivesUpAtItsDeadlineAndSendsNothingLater) {
  options_.deadline = Clock::now() + std::chrono::milliseconds(600);
  std::atomic<int> requests = 0;
  const LoopbackServer server([&](Peer& peer) {
    peer.read_head();
    ++requests;
    peer.wait();
  });
  const auto transport = open();
  EXPECT_EQ(kind_of([&] { transport->send({"GET", server.url(), {}, {}}); }), TransferError::Kind::timeout);
  EXPECT_GE(Clock::now(), *options_.deadline);
  EXPECT_LT(Clock::now(), *options_.deadline + std::chrono::milliseconds(900));
  EXPECT_EQ(kind_of([&] { transport->send({"GET", server.url(), {}, {}}); }), TransferError::Kind::timeout);
  EXPECT_EQ(requests, 1);
}

TEST_F(Transports, RefusesAnAnswerWithoutEnd) {
  const LoopbackServer server([](Peer& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 200 OK\r\n\r\n");
    const std::string block(1024 * 1024, 'x');
    while (peer.write(block)) {
    }
  });
  try {
    open()->send({"GET", server.url(), {}, {}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::corrupt);
  }
}

TEST_F(Transports, DoesNotFollowRedirects) {
  const LoopbackServer server([](Peer& peer) {
    while (!peer.read_head().empty()) peer.write(answer(307, "", "Location: http://127.0.0.1:1/\r\n"));
  });
  EXPECT_EQ(open()->send({"GET", server.url(), {}, {}}).status, 307);
}

TEST_F(Transports, GoesThroughTheProxyOfTheEnvironmentUnlessItIsToldNotTo) {
  std::string head;
  const LoopbackServer proxy([&](Peer& peer) {
    head = peer.read_head();
    peer.write(answer(200, "proxy"));
  });
  const LoopbackServer server([](Peer& peer) {
    peer.read_head();
    peer.write(answer(200, "server"));
  });
  const test::Variable proxied("HTTP_PROXY", proxy.url()), none("NO_PROXY", std::nullopt), no("no_proxy", std::nullopt);
  EXPECT_EQ(open()->send({"GET", server.url("/k"), {}, {}}).body, "proxy");
  EXPECT_TRUE(head.starts_with("GET " + server.url("/k") + " HTTP/1.1\r\n")) << head;
  options_.proxies = false;
  EXPECT_EQ(open()->send({"GET", server.url("/k"), {}, {}}).body, "server");
  options_.proxies = true;
  const test::Variable excepted("NO_PROXY", "127.0.0.1");
  EXPECT_EQ(open()->send({"GET", server.url("/k"), {}, {}}).body, "server");
}

TEST_F(Transports, RefusesAHeaderOfTwoLines) {
  EXPECT_THROW(open()->send({"GET", "http://127.0.0.1:1/", {{"x-tag", "a\r\nb: c"}}, {}}), Error);
}

TEST_F(Transports, EndsWithinASecondWhenASignalArrives) {
  options_.limits.silent = std::chrono::seconds(60);
  signals::install();
  const LoopbackServer server([](Peer& peer) { peer.wait(); });
  const auto transport = open();
  std::thread later([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    ::kill(::getpid(), SIGTERM);
  });
  const auto begin = Clock::now();
  EXPECT_THROW(transport->send({"GET", server.url(), {}, {}}), Interrupted);
  EXPECT_LT(Clock::now() - begin, std::chrono::milliseconds(2500));
  later.join();
  EXPECT_THROW(transport->send({"GET", server.url(), {}, {}}), Interrupted);
  signals::clear();
}

TEST_F(Transports, SharesABandwidthLimitAmongItsTransfers) {
  options_.bytes_per_second = 200'000;
  const LoopbackServer server([](Peer& peer) {
    peer.read_head();
    peer.read(100'000);
    peer.write(answer(200, ""));
  });
  const auto transport = open();
  const std::string bytes(100'000, 'x');
  const auto begin = Clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] { EXPECT_TRUE(transport->send({"PUT", server.url(), {}, Body::of(bytes)}).ok()); });
  for (std::thread& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  EXPECT_GT(seconds, 0.85);
  EXPECT_LT(seconds, 5.0);
}

}  // namespace
}  // namespace barman::http
