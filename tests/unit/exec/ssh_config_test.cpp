#include "ssh_config.h"

#include <gtest/gtest.h>

#include <set>

namespace barman::exec {
namespace {

// What ssh -G prints, as far as it matters.
constexpr const char* usual =
    "host pg\n"
    "user postgres\n"
    "hostname 10.0.0.1\n"
    "port 2222\n"
    "addressfamily any\n"
    "canonicalizehostname false\n"
    "checkhostip no\n"
    "compression no\n"
    "controlmaster false\n"
    "forwardagent no\n"
    "forwardx11 no\n"
    "identitiesonly no\n"
    "pubkeyauthentication true\n"
    "requesttty auto\n"
    "serveralivecountmax 5\n"
    "serveraliveinterval 300\n"
    "hostkeyalgorithms ssh-ed25519,rsa-sha2-512\n"
    "kexalgorithms curve25519-sha256\n"
    "ciphers aes256-ctr\n"
    "macs hmac-sha2-256\n"
    "pubkeyacceptedalgorithms ssh-ed25519\n"
    "identityfile ~/.ssh/id_rsa\n"
    "identityfile ~/.ssh/id_ed25519\n"
    "globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2\n"
    "userknownhostsfile /home/b/.ssh/known_hosts /home/b/.ssh/known_hosts2\n"
    "sendenv LANG\n"
    "connecttimeout none\n";

SshVerdict judge(const std::string& output, const std::set<std::string>& files = {}) {
  return judge_ssh_config(
      output, [&](const std::string& path) { return files.contains(path); }, "/home/b");
}

TEST(JudgeSshConfig, TakesTheUsualConfiguration) {
  const SshVerdict verdict =
      judge(usual, {"/home/b/.ssh/id_ed25519", "/home/b/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts2"});
  ASSERT_TRUE(verdict.settings) << verdict.reason;
  const SshSettings& got = *verdict.settings;
  EXPECT_EQ(got.host, "10.0.0.1");
  EXPECT_EQ(got.user, "postgres");
  EXPECT_EQ(got.port, 2222);
  EXPECT_EQ(got.identities, std::vector<std::string>{"/home/b/.ssh/id_ed25519"});
  EXPECT_TRUE(got.use_agent);
  EXPECT_EQ(got.user_known_hosts, "/home/b/.ssh/known_hosts");
  EXPECT_EQ(got.global_known_hosts, "/etc/ssh/ssh_known_hosts2");
  EXPECT_EQ(got.host_key_algorithms, "ssh-ed25519,rsa-sha2-512");
  EXPECT_EQ(got.key_exchanges, "curve25519-sha256");
  EXPECT_EQ(got.ciphers, "aes256-ctr");
  EXPECT_EQ(got.macs, "hmac-sha2-256");
  EXPECT_EQ(got.public_key_algorithms, "ssh-ed25519");
  EXPECT_EQ(got.connect_timeout, 0);
  EXPECT_EQ(got.alive_interval, 300);
  EXPECT_EQ(got.alive_count, 5);
}

TEST(JudgeSshConfig, AgentRules) {
  EXPECT_FALSE(judge(std::string(usual) + "identityagent none\n").settings->use_agent);
  EXPECT_TRUE(judge(std::string(usual) + "identityagent SSH_AUTH_SOCK\n").settings->use_agent);
  std::string only = usual;
  only.replace(only.find("identitiesonly no"), 17, "identitiesonly yes");
  EXPECT_FALSE(judge(only).settings->use_agent);
}

TEST(JudgeSshConfig, WhatLibsshWouldDoOtherwiseIsForTheProgram) {
  for (const char* line : {"proxycommand nc %h %p", "proxyjump bastion",    "controlpath /tmp/x",
                           "hostkeyalias x",        "knownhostscommand /x", "revokedhostkeys /x",
                           "certificatefile /x",    "pkcs11provider /x",    "identityagent /run/agent",
                           "bindaddress 10.0.0.2",  "bindinterface eth1",   "localforward 1 [x]:2",
                           "remoteforward 1 [x]:2", "dynamicforward 1",     "remotecommand x",
                           "sessiontype none",      "setenv A=1",           "tunnel true",
                           "localcommand x",        "stdinnull yes",        "preferredauthentications password",
                           "identityfile ~/.ssh/%h"}) {
    const SshVerdict verdict = judge(std::string(usual) + line + "\n");
    EXPECT_FALSE(verdict.settings) << line;
    EXPECT_NE(verdict.reason, "") << line;
  }
}

TEST(JudgeSshConfig, SettingsThatAreOn) {
  for (const auto& [off, on] :
       std::vector<std::pair<std::string, std::string>>{{"compression no", "compression yes"},
                                                        {"forwardagent no", "forwardagent yes"},
                                                        {"checkhostip no", "checkhostip yes"},
                                                        {"controlmaster false", "controlmaster auto"},
                                                        {"pubkeyauthentication true", "pubkeyauthentication false"},
                                                        {"requesttty auto", "requesttty force"},
                                                        {"canonicalizehostname false", "canonicalizehostname always"},
                                                        {"port 2222", "port 0"},
                                                        {"user postgres", "nouser x"},
                                                        {"hostname 10.0.0.1", "nohostname x"}}) {
    std::string text = usual;
    text.replace(text.find(off), off.size(), on);
    EXPECT_FALSE(judge(text).settings) << on;
  }
}

TEST(JudgeSshConfig, FilesThatLibsshWouldNotSee) {
  EXPECT_FALSE(judge(usual, {"/home/b/.ssh/known_hosts", "/home/b/.ssh/known_hosts2"}).settings);
  EXPECT_FALSE(judge(usual, {"/home/b/.ssh/id_rsa", "/home/b/.ssh/id_rsa-cert.pub"}).settings);
}

TEST(JudgeSshConfig, NothingIsNoAnswer) { EXPECT_FALSE(judge("").settings); }

}  // namespace
}  // namespace barman::exec
