#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>

#include <memory>
#include <string>

#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/exec/local_runner.h"
#include "barman/exec/programs.h"
#include "barman/fs/file.h"

// Skips a test where gpg is not installed, loudly.
#define REQUIRE_GPG() \
  if (!barman::exec::find_program("gpg")) GTEST_SKIP() << "gpg is not installed: apt-get install gnupg"

namespace barman {

// A home of gpg with two keys: one that has a passphrase, one that is not trusted. Its agent remembers no passphrase,
// and is stopped with it. While one exists it is GNUPGHOME.
class GpgHome {
 public:
  static constexpr const char* key = "archive@barman.test";
  static constexpr const char* untrusted = "stranger@barman.test";
  static constexpr const char* passphrase = "c0rrect h0rse";

  GpgHome() {
    use();
    fs::replace_file(path("gpg-agent.conf"), "s2k-count 65536\n");
    generate(key, std::string("Passphrase: ") + passphrase);
    // Not before: while a key is made the agent has to remember its passphrase for a moment.
    fs::replace_file(path("gpg-agent.conf"), "s2k-count 65536\nmax-cache-ttl 0\ndefault-cache-ttl 0\n");
    stop_agent(directory_.path());
    const fs::TemporaryDirectory other("gpg-other");
    run({"--homedir", other.path(), "--quick-gen-key", "--passphrase", "", untrusted, "ed25519", "cert"});
    run({"--homedir", other.path(), "--quick-add-key", "--passphrase", "", fingerprint(other.path()), "cv25519"});
    run({"--homedir", other.path(), "--output", other.path() + "/key", "--export"});
    run({"--import", other.path() + "/key"});
    stop_agent(other.path());
  }
  GpgHome(const GpgHome&) = delete;
  GpgHome& operator=(const GpgHome&) = delete;
  ~GpgHome() {
    stop_agent(directory_.path());
    ::unsetenv("GNUPGHOME");
  }

  std::string path(const std::string& name) const { return directory_.path() + '/' + name; }
  void use() const { ::setenv("GNUPGHOME", directory_.path().c_str(), 1); }
  // A command that prints the passphrase.
  std::string command() const {
    fs::replace_file(path("passphrase"), std::string(passphrase) + '\n');
    return "cat '" + path("passphrase") + "'";
  }
  // Of gpg, with what it prints.
  static std::string run(std::vector<std::string> words) {
    words.insert(words.begin(), {"gpg", "--batch", "--yes", "--quiet", "--pinentry-mode", "loopback"});
    exec::LocalRunner runner;
    return exec::run_checked(runner, exec::Command(words, exec::Limits::within(std::chrono::seconds(60))), "gpg").out;
  }
  // The secret key is lost.
  void forget_secret_key() const {
    stop_agent(directory_.path());
    fs::remove_tree(path("private-keys-v1.d"));
  }

 private:
  static std::string fingerprint(const std::string& home) {
    for (const std::string& line : split(run({"--homedir", home, "--with-colons", "--list-keys"}), '\n'))
      if (line.starts_with("fpr:")) return split(line, ':').at(9);
    return {};
  }
  void generate(const std::string& address, const std::string& protection) const {
    fs::replace_file(path("parameters"),
                     "Key-Type: eddsa\nKey-Curve: ed25519\nSubkey-Type: ecdh\nSubkey-Curve: cv25519\n" + protection +
                         "\nName-Email: " + address + "\n%commit\n");
    // Said once more for the subkey: an agent that remembers nothing may be asked again a second later.
    run({"--passphrase", passphrase, "--gen-key", path("parameters")});
  }
  static void stop_agent(const std::string& home) {
    exec::LocalRunner runner;
    exec::Command command({"gpgconf", "--homedir", home, "--kill", "all"},
                          exec::Limits::within(std::chrono::seconds(30)));
    command.log_output = false;
    runner.run(command);
  }

  fs::TemporaryDirectory directory_{"gpg-home"};
};

// A fixture whose tests share one such home.
template <typename Base>
class WithGpg : public Base {
 protected:
  static void SetUpTestSuite() {
    signals::install();  // a child may read less than it is offered: no SIGPIPE
    if (exec::find_program("gpg")) home_ = std::make_unique<GpgHome>();
  }
  static void TearDownTestSuite() { home_.reset(); }
  void SetUp() override {
    REQUIRE_GPG();
    home_->use();
  }
  inline static std::unique_ptr<GpgHome> home_;
};

}  // namespace barman
