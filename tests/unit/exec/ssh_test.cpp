#include "barman/exec/ssh.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <type_traits>

#include "barman/core/text.h"
#include "barman/exec/local_runner.h"
#include "barman/exec/shell.h"
#include "scratch.h"

namespace barman::exec {
namespace {

struct TargetCase {
  const char* label;
  const char* text;
  bool understood;
  SshTarget want;
};
class ParseSshTarget : public testing::TestWithParam<TargetCase> {};

TEST_P(ParseSshTarget, ReadsWordsAsSshDoes) {
  const TargetCase& row = GetParam();
  const std::optional<SshTarget> got = parse_ssh_target(shell_words(row.text));
  ASSERT_EQ(got.has_value(), row.understood) << row.text;
  if (!got) return;
  EXPECT_EQ(got->host, row.want.host);
  EXPECT_EQ(got->user, row.want.user);
  EXPECT_EQ(got->port, row.want.port);
  EXPECT_EQ(got->identity, row.want.identity);
  EXPECT_EQ(got->accept_new_host_key, row.want.accept_new_host_key);
  EXPECT_EQ(got->batch, row.want.batch);
}

const std::nullopt_t no = std::nullopt;

INSTANTIATE_TEST_SUITE_P(
    Commands, ParseSshTarget,
    testing::Values(
        TargetCase{"host", "ssh pg", true, {"pg", no, no, no, false, false}},
        TargetCase{"full_path", "/usr/bin/ssh pg", true, {"pg", no, no, no, false, false}},
        TargetCase{"user", "ssh postgres@pg", true, {"pg", "postgres", no, no, false, false}},
        TargetCase{"user_with_at", "ssh a@b@pg", true, {"pg", "a@b", no, no, false, false}},
        TargetCase{"port_and_login", "ssh -p 2222 -l postgres pg", true, {"pg", "postgres", 2222, no, false, false}},
        TargetCase{"first_user_counts", "ssh -l one two@pg", true, {"pg", "one", no, no, false, false}},
        TargetCase{
            "attached_values", "ssh -p2222 -i/k -lpostgres pg", true, {"pg", "postgres", 2222, "/k", false, false}},
        TargetCase{"grouped_flags", "ssh -qTx pg", true, {"pg", no, no, no, false, false}},
        TargetCase{"group_with_value", "ssh -qp 22 pg", true, {"pg", no, 22, no, false, false}},
        TargetCase{"batch_options_after_host",
                   "ssh postgres@pg -o BatchMode=yes -o StrictHostKeyChecking=no",
                   true,
                   {"pg", "postgres", no, no, true, true}},
        TargetCase{"option_with_blank",
                   "ssh -o 'Port 2222' -o 'IdentityFile = /k' pg",
                   true,
                   {"pg", no, 2222, "/k", false, false}},
        TargetCase{"option_case", "ssh -o batchmode=YES -oUSER=u pg", true, {"pg", "u", no, no, false, true}},
        TargetCase{"strict",
                   "ssh -o StrictHostKeyChecking=yes pg -o StrictHostKeyChecking=no",
                   true,
                   {"pg", no, no, no, false, false}},
        TargetCase{"other_settings", "ssh -F /etc/x -o ConnectTimeout=5 pg", true, {"pg", no, no, no, false, false}},
        TargetCase{"two_identities", "ssh -i /a -i /b pg", true, {"pg", no, no, "/a", false, false}},
        TargetCase{"other_program", "plink pg", false, {}}, TargetCase{"wrapper", "/opt/ssh pg", false, {}},
        TargetCase{"nothing", "", false, {}}, TargetCase{"no_host", "ssh -p 22", false, {}},
        TargetCase{"empty_host", "ssh postgres@", false, {}}, TargetCase{"uri", "ssh ssh://pg:22", false, {}},
        TargetCase{"remote_command", "ssh pg sudo", false, {}}, TargetCase{"jump", "ssh -J a pg", false, {}},
        TargetCase{"verbose", "ssh -v pg", false, {}}, TargetCase{"flag_then_unknown", "ssh -qA pg", false, {}},
        TargetCase{"dashes", "ssh -- pg", false, {}}, TargetCase{"dash", "ssh - pg", false, {}},
        TargetCase{"missing_value", "ssh pg -p", false, {}}, TargetCase{"bad_port", "ssh -p 0 pg", false, {}},
        TargetCase{"huge_port", "ssh -p 65536 pg", false, {}}, TargetCase{"no_value", "ssh -o Port pg", false, {}},
        TargetCase{"bad_flag", "ssh -o BatchMode=perhaps pg", false, {}}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(SshArgv, IsOneArgumentAfterTheWords) {
  EXPECT_EQ(ssh_argv({"ssh", "-p", "22", "pg"}, {"test", "-e", "/it's here"}),
            (std::vector<std::string>{"ssh", "-p", "22", "pg", R"(test '-e' '/it'\''s here')"}));
  EXPECT_EQ(ssh_argv({"ssh", "pg"}, {"true"}).back(), "true");
  EXPECT_EQ(ssh_argv({"ssh", "pg"}, {"A=1", "x"}).back(), "'A=1' 'x'");
  EXPECT_EQ(ssh_argv({"ssh", "pg"}, {"$x"}).back(), "'$x'");
}

TEST(RsyncShell, LooksLikeTheReferences) {
  EXPECT_EQ(rsync_shell({"ssh", "postgres@pg", "-o", "BatchMode=yes"}), "ssh 'postgres@pg' '-o' 'BatchMode=yes'");
}

TEST(RsyncShell, RsyncSplitsItAgain) {
  const Scratch scratch;
  const std::string program = scratch.write(
      "remote", "#!/bin/sh\nfor word; do printf '%s\\0' \"$word\"; done > " + scratch.path("words") + "\nexit 1\n",
      0755);
  const std::vector<std::string> words = {"-o", "a b", "it's",        "say \"x\"", "",
                                          "'",  "\"",  "back\\slash", "$HOME",     "end"};
  std::vector<std::string> argv = {program};
  argv.insert(argv.end(), words.begin(), words.end());
  Command command({"rsync", "-e", rsync_shell(argv), " :/x", scratch.path("target")},
                  Limits::within(std::chrono::minutes(1)));
  command.log_output = false;
  LocalRunner().run(command);
  std::vector<std::string> got = split(scratch.read("words"), '\0');
  ASSERT_GT(got.size(), words.size());
  got.resize(words.size());  // rsync's own words follow
  EXPECT_EQ(got, words);
}

// Takes the place of ssh: shows its words, runs the last one as sshd's shell would.
std::string fake_ssh(const Scratch& scratch) {
  return scratch.write("ssh", "#!/bin/sh\nfor last; do :; done\nexec sh -c \"$last\"\n", 0755);
}

TEST(SshRunner, ACommandCalledSshInFrontOfPathIsUsed) {
  const Scratch scratch;
  fake_ssh(scratch);
  const std::unique_ptr<Runner> runner = make_ssh_runner({"ssh", "nowhere.invalid"}, scratch.path());
  EXPECT_TRUE(runner->is_remote());
  Command command({"printf", "%s|", "it's", "*", "a\nb"}, Limits::within(std::chrono::minutes(1)));
  EXPECT_EQ(runner->run(command).out, "it's|*|a\nb|");
}

TEST(SshRunner, WhatSshCannotCarryIsALogicError) {
  const Scratch scratch;
  fake_ssh(scratch);
  const std::unique_ptr<Runner> runner = make_ssh_runner({"ssh", "nowhere.invalid"}, scratch.path());
  Command command({}, Limits::within(std::chrono::minutes(1)));
  EXPECT_THROW(runner->run(command), std::logic_error);
  command.argv = {"true"};
  command.environment = {{"A", "1"}};
  EXPECT_THROW(runner->run(command), std::logic_error);
  command.environment.clear();
  command.directory = "/";
  EXPECT_THROW(runner->run(command), std::logic_error);
}

// Whoever starts a command has to say what ends it; and what a remote host might never answer is not started at all.
static_assert(!std::is_default_constructible_v<Command> && !std::is_default_constructible_v<Limits>);
static_assert(!std::is_constructible_v<Command, std::vector<std::string>>);

TEST(SshRunner, ARemoteCommandWithoutALimitIsALogicError) {
  const Scratch scratch;
  fake_ssh(scratch);
  const std::unique_ptr<Runner> runner = make_ssh_runner({"ssh", "nowhere.invalid"}, scratch.path());
  for (const Limits limits : {Limits::none(), Limits::unless_idle(std::chrono::minutes(1))})
    EXPECT_THROW(runner->run(Command({"true"}, limits)), std::logic_error);
  for (const Limits limits : {Limits::within(std::chrono::minutes(1)), Limits::unless_silent(std::chrono::minutes(1)),
                              Limits::within({})})  // hang_timeout = 0
    EXPECT_TRUE(runner->run(Command({"true"}, limits)).ok());
}

TEST(SshRunner, AHangingConnectionIsGivenUp) {
  const Scratch scratch;
  scratch.write("ssh", "#!/bin/sh\nexec sleep 60\n", 0755);
  const std::unique_ptr<Runner> runner = make_ssh_runner({"ssh", "nowhere.invalid"}, scratch.path());
  for (const Limits limits :
       {Limits::within(std::chrono::milliseconds(300)), Limits::unless_silent(std::chrono::milliseconds(300))}) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(runner->run(Command({"true"}, limits)).timed_out);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  }
}

TEST(SshRunner, NoConnectionIsAnOutcome) {
  const std::unique_ptr<Runner> runner =
      make_ssh_runner({"ssh", "-p", "1", "-F", "/dev/null", "-o", "BatchMode=yes", "127.0.0.1"});
  Command command({"true"}, Limits::within(std::chrono::minutes(1)));
  command.log_output = false;
  const Outcome outcome = runner->run(command);
  EXPECT_EQ(outcome.status, 255);
  EXPECT_NE(outcome.err.find("Connection refused"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace barman::exec
