#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "barman/http/transport.h"
#include "fakes/loopback_server.h"

extern char** environ;

namespace barman::http {
namespace {

// `openssl s_server` with a certificate that nobody else has signed.
class TlsEndpoint : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tls-test-XXXXXX";
    directory_ = ::mkdtemp(name);
    const pid_t made = start({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                              "-nodes", "-keyout", path("key"), "-out", path("certificate"), "-days", "2", "-subj",
                              "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"});
    int status = -1;
    ASSERT_EQ(::waitpid(made, &status, 0), made);
    ASSERT_EQ(status, 0) << "openssl cannot make a certificate";
    const int port = test::LoopbackServer([](test::Peer&) {}).port();
    url_ = fmt::format("https://127.0.0.1:{}/", port);
    other_name_ = fmt::format("https://localhost:{}/", port);
    server_ = start({"openssl", "s_server", "-accept", fmt::format("127.0.0.1:{}", port), "-cert", path("certificate"),
                     "-key", path("key"), "-www", "-quiet"});
  }
  void TearDown() override {
    if (server_ > 0) {
      ::kill(server_, SIGTERM);
      ::waitpid(server_, nullptr, 0);
    }
    std::filesystem::remove_all(directory_);
  }
  std::string path(std::string_view name) const { return fmt::format("{}/{}", directory_, name); }
  static pid_t start(std::vector<std::string> words) {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    for (const int fd : {0, 1, 2}) ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    pid_t pid = -1;
    if (::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ) != 0) pid = -1;
    ::posix_spawn_file_actions_destroy(&actions);
    return pid;
  }
  // Until the server is up: what it answers, or the text of the error.
  static std::string ask(const std::string& url, const std::string& ca_bundle) {
    const auto transport = open_transport({.limits = {}, .ca_bundle = ca_bundle});
    for (int tries = 0;; ++tries) {
      try {
        return fmt::format("{}", transport->send({"GET", url, {}, {}}).status);
      } catch (const TransferError& error) {
        EXPECT_EQ(error.kind(), TransferError::Kind::unreachable);
        const std::string text = error.what();
        if (text.find("certificate") != std::string::npos || text.find("match") != std::string::npos || tries == 100)
          return text + " HINT " + error.hint();
      }
      ::usleep(100'000);
    }
  }

  std::string directory_, url_, other_name_;
  pid_t server_ = -1;
};

TEST_F(TlsEndpoint, IsBelievedOnlyWithItsCertificateAuthorityAndName) {
  EXPECT_EQ(ask(url_, path("certificate")), "200");
  const std::string refused = ask(url_, "");
  EXPECT_NE(refused.find("certificate"), std::string::npos) << refused;
  EXPECT_NE(refused.find("CA bundle"), std::string::npos) << refused;
  const std::string name = ask(other_name_, path("certificate"));
  EXPECT_NE(name.find("localhost"), std::string::npos) << name;
  EXPECT_EQ(ask(url_, path("certificate")), "200");
  EXPECT_NE(ask(url_, path("missing")).find("CA"), std::string::npos);
}

}  // namespace
}  // namespace barman::http
