// On loopback, with clients that behave and others.
#include "barman/web/listener.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "barman/core/error.h"
#include "barman/core/on_exit.h"
#include "barman/core/signals.h"
#include "barman/core/unique_fd.h"

namespace barman::web {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{10, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      ADD_FAILURE() << "cannot connect";
  }
  void send(std::string_view text) const { ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL); }
  // Until the end.
  std::string receive() const {
    std::string text;
    std::array<char, 4096> piece{};
    for (ssize_t got = 0; (got = ::recv(fd_.get(), piece.data(), piece.size(), 0)) > 0;)
      text.append(piece.data(), static_cast<std::size_t>(got));
    return text;
  }

 private:
  UniqueFd fd_;
};

class ListenerTest : public testing::Test {
 protected:
  ListenerTest() {
    signals::install();
    signals::clear();
    routes.add("GET", "/hello", [](const Request&) { return plain(200, "hello"); });
    routes.add("GET", "/large", [](const Request&) {
      Response response;
      response.body = std::string(8 * 1024 * 1024, 'x');
      return response;
    });
    routes.add("POST", "/echo", [](const Request& request) { return plain(200, request.body); });
    limits.request = 300ms;
    limits.response = 500ms;
    limits.head = 1000;
    limits.body = 100;
    limits.threads = 3;
  }
  ~ListenerTest() override { stop(); }

  void start() {
    listener.emplace(Address{"127.0.0.1", 0}, routes, limits);
    thread = std::thread([this] { listener->run(); });
  }
  void stop() {
    if (!thread.joinable()) return;
    std::raise(SIGTERM);
    thread.join();
    signals::clear();
  }
  std::uint16_t port() const { return listener->address().port; }
  std::string ask(std::string_view text) const {
    const Client client(port());
    client.send(text);
    return client.receive();
  }

  Routes routes;
  Limits limits;
  std::optional<Listener> listener;
  std::thread thread;
};

TEST_F(ListenerTest, Answers) {
  start();
  EXPECT_THAT(ask("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"), HasSubstr("\r\n\r\n200 OK\nhello\n"));
  EXPECT_THAT(ask("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n"), testing::EndsWith("\r\n\r\n"));
  EXPECT_THAT(ask("GET /other HTTP/1.1\r\nHost: h\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(ask("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody and more"), HasSubstr("\nbody\n"));
  EXPECT_EQ(ask("GET /large HTTP/1.1\r\nHost: h\r\n\r\n").size() / 1024 / 1024, 8U);
}

TEST_F(ListenerTest, RefusesWhatIsTooLarge) {
  start();
  const auto with_header = [](std::size_t size) {
    return "GET /hello HTTP/1.1\r\nHost: h\r\nA: " + std::string(size, 'x') + "\r\n\r\n";
  };
  EXPECT_THAT(ask(with_header(2000)), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(ask(with_header(100'000)), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(ask("GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n"), StartsWith("HTTP/1.1 414 "));
  EXPECT_THAT(ask("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n"), StartsWith("HTTP/1.1 413 "));
}

TEST_F(ListenerTest, RefusesWhatIsNoRequest) {
  start();
  for (const char* text :
       {"G\x01T / HTTP/1.1\r\nHost: h\r\n\r\n", "nonsense\r\n\r\n", "GET / HTTP/9.9\r\nHost: h\r\n\r\n",
        "GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n", "GET /hello HTTP/1.1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n"})
    EXPECT_THAT(ask(text), testing::Not(HasSubstr(" 200 "))) << text;
  EXPECT_THAT(ask("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"), HasSubstr("hello"));
}

// One byte in time, again and again, is not in time.
TEST_F(ListenerTest, WaitsForNobodyWithoutEnd) {
  start();
  std::vector<Client> silent;
  for (std::size_t i = 0; i < 20 * limits.threads; ++i) silent.emplace_back(port());
  const Client slow(port());
  std::atomic<bool> ended = false;
  std::thread drip([&] {
    while (!ended) {
      slow.send("G");
      std::this_thread::sleep_for(50ms);
    }
  });
  EXPECT_THAT(ask("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"), HasSubstr("hello"));
  EXPECT_EQ(slow.receive(), "");  // it is closed, and not when the client is tired of it
  ended = true;
  drip.join();
}

TEST_F(ListenerTest, DoesNotWaitForWhoTakesNothing) {
  start();
  std::vector<Client> lazy;
  for (std::size_t i = 0; i < limits.threads; ++i) {
    lazy.emplace_back(port());
    lazy.back().send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  std::this_thread::sleep_for(50ms);
  EXPECT_THAT(ask("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"), HasSubstr("hello"));
}

// Nor for what takes long to be answered.
TEST_F(ListenerTest, AnswersMoreThanItHasThreadsFor) {
  std::atomic<int> begun = 0;
  routes.add("GET", "/slow", [&](const Request&) {
    ++begun;
    std::this_thread::sleep_for(20ms);
    return plain(200, "slow");
  });
  start();
  constexpr std::size_t count = 40;
  std::vector<Client> clients;
  for (std::size_t i = 0; i < count; ++i) {
    clients.emplace_back(port());
    clients.back().send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  for (const Client& client : clients) EXPECT_THAT(client.receive(), HasSubstr("slow"));
  EXPECT_EQ(begun, count);
}

// However many ask for what takes long.
TEST_F(ListenerTest, AnswersAtOnceWhatIsQuick) {
  std::atomic<bool> go_on = false;
  std::atomic<int> at_work = 0, most = 0;
  routes.add(
      "GET", "/slow/{id}",
      [&](const Request&) {
        most = std::max<int>(most, ++at_work);
        while (!go_on) std::this_thread::sleep_for(5ms);
        --at_work;
        return plain(200, "slow");
      },
      Pace::slow);
  const OnExit release([&] { go_on = true; });
  limits.threads = 4;
  start();
  std::vector<Client> clients;
  for (std::size_t i = 0; i < 20; ++i) {
    clients.emplace_back(port());
    clients.back().send(i % 2 == 0 ? "GET /slow/1 HTTP/1.1\r\nHost: h\r\n\r\n"
                                   : "HEAD /slow/2 HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  while (at_work < 2) std::this_thread::sleep_for(5ms);
  for (int i = 0; i < 20; ++i) EXPECT_THAT(ask("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"), HasSubstr("hello"));
  go_on = true;
  for (const Client& client : clients) EXPECT_THAT(client.receive(), HasSubstr(" 200 "));
  EXPECT_EQ(most, 2);
}

TEST_F(ListenerTest, HasNoMoreConnectionsThanItMay) {
  limits.connections = 5;
  limits.of_one_client = 4;
  start();
  std::vector<Client> silent;
  for (std::size_t i = 0; i < limits.of_one_client; ++i) silent.emplace_back(port());
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(ask("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"), "");
  std::this_thread::sleep_for(limits.request);
  EXPECT_THAT(ask("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"), HasSubstr("hello"));
}

// What was begun is answered; a handler hears of the signal as everybody does.
TEST_F(ListenerTest, AnswersWhatItHasBegunBeforeItEnds) {
  routes.add("GET", "/slow", [](const Request&) {
    signals::sleep_ms(10'000);
    signals::throw_if_pending();
    return plain(200, "slept");
  });
  start();
  const Client client(port());
  client.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  std::this_thread::sleep_for(100ms);
  stop();
  EXPECT_THAT(client.receive(), StartsWith("HTTP/1.1 503 "));
}

TEST_F(ListenerTest, TakesAUnixSocket) {
  std::string directory = testing::TempDir() + "barman-listener-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  const OnExit remove([&] { std::filesystem::remove_all(directory); });
  const Address address = parse_address("unix:" + directory + "/socket");
  {
    const Listener first(address, {});
    EXPECT_THROW(Listener(address, {}), Error);  // it is in use
    struct ::stat info {};
    ASSERT_EQ(::stat(address.path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0660U);
  }
  EXPECT_NE(::access(address.path.c_str(), F_OK), 0);
  std::ofstream(address.path) << "no socket";
  EXPECT_THROW(Listener(address, {}), Error);
  EXPECT_EQ(::access(address.path.c_str(), F_OK), 0);
  EXPECT_THROW(Listener({.host = {}, .port = 0, .path = "/" + std::string(200, 'x')}, {}), Error);
}

TEST_F(ListenerTest, RefusesCertificatesThatAreNone) {
  EXPECT_THROW(Listener({"127.0.0.1", 0}, {}, {}, Tls{"nonsense", "nonsense"}), Error);
}

TEST_F(ListenerTest, EndsWithASignal) {
  limits.request = 60s;
  start();
  const Client silent(port());
  const auto begun = std::chrono::steady_clock::now();
  stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

TEST_F(ListenerTest, SaysWhyAnAddressCannotBeHad) {
  start();
  EXPECT_THROW(Listener({"127.0.0.1", port()}, {}), Error);
  EXPECT_THROW(Listener({"name.invalid", 1}, {}), Error);
}

struct AddressCase {
  const char* text;
  const char* host;  // nullptr: refused
  int port = 0;
};
class AddressText : public testing::TestWithParam<AddressCase> {};
TEST_P(AddressText, IsHostAndPort) {
  if (GetParam().host == nullptr) {
    EXPECT_THROW(parse_address(GetParam().text), Error);
    return;
  }
  const Address address = parse_address(GetParam().text);
  EXPECT_EQ(address.host, GetParam().host);
  EXPECT_EQ(address.port, GetParam().port);
}
INSTANTIATE_TEST_SUITE_P(Texts, AddressText,
                         testing::Values(AddressCase{"127.0.0.1:9780", "127.0.0.1", 9780}, AddressCase{":0", "", 0},
                                         AddressCase{"[::1]:80", "::1", 80}, AddressCase{"host:65535", "host", 65535},
                                         AddressCase{"host:65536", nullptr}, AddressCase{"::1:80", nullptr},
                                         AddressCase{"host", nullptr}, AddressCase{"host:", nullptr},
                                         AddressCase{"host:x", nullptr}, AddressCase{"", nullptr},
                                         AddressCase{"unix:", nullptr}, AddressCase{"unix:relative", nullptr}));

TEST(UnixAddressText, MayBeThatOfAUnixSocket) {
  const Address address = parse_address("unix:/run/a:b");
  EXPECT_EQ(address.path, "/run/a:b");
  EXPECT_EQ(to_string(address), "unix:/run/a:b");
}

TEST(IsLocal, KnowsTheAddressesOfThisMachineAlone) {
  for (const char* text : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1", "LocalHost:1", "unix:/x"})
    EXPECT_TRUE(is_local(parse_address(text))) << text;
  for (const char* text :
       {"0.0.0.0:1", "[::]:1", ":1", "10.0.0.1:1", "localhost.example.com:1", "[fe80::1]:1", "128.0.0.1:1"})
    EXPECT_FALSE(is_local(parse_address(text))) << text;
}

}  // namespace
}  // namespace barman::web
