#include "gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "remote.h"

namespace barman::clients {
namespace {

using testing::HasSubstr;
using Words = std::vector<std::string>;

const std::string wal = "000000010000000000000001";

// What barman would be started with, joined by |; or why it is not.
std::string verdict(const GateRules& rules, std::string_view command) {
  try {
    return join(admit(rules, command), "|");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::refused);
    return std::string("refused: ") + error.what();
  }
}

struct Case {
  const char* label;
  std::string command;
  std::string want;
};
std::string label_of(const testing::TestParamInfo<Case>& row) { return row.param.label; }

class Gate : public testing::TestWithParam<Case> {};
TEST_P(Gate, Decides) {
  EXPECT_EQ(verdict({{"main", "it's"}, "/etc/b c.conf", ""}, GetParam().command), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Allowed, Gate,
    testing::Values(
        Case{"put", "barman put-wal main", "--config|/etc/b c.conf|put-wal|--|main"},
        Case{"put_test", "barman put-wal main --test", "--config|/etc/b c.conf|put-wal|--test|--|main"},
        Case{"put_config", "barman --config='/etc/b c.conf' put-wal main", "--config|/etc/b c.conf|put-wal|--|main"},
        Case{"put_quoted", "barman put-wal 'it'\\''s'", "--config|/etc/b c.conf|put-wal|--|it's"},
        Case{"get", "barman get-wal 'main' '" + wal + "'", "--config|/etc/b c.conf|get-wal|--|main|" + wal},
        Case{"get_config", "barman --config '/etc/b c.conf' get-wal 'main' '" + wal + "'",
             "--config|/etc/b c.conf|get-wal|--|main|" + wal},
        Case{"get_short", "barman -c '/etc/b c.conf' get-wal -P -z main " + wal,
             "--config|/etc/b c.conf|get-wal|--gzip|--partial|--|main|" + wal},
        Case{"get_all",
             "barman get-wal --peek '3' --gzip --bzip2 --keep-compression --partial 'main' '00000002.history'",
             "--config|/etc/b c.conf|get-wal|--peek|3|--gzip|--bzip2|--keep-compression|--partial|--|main|"
             "00000002.history"},
        Case{"get_test", "barman get-wal --test 'main' 'dummy_wal_name'",
             "--config|/etc/b c.conf|get-wal|--test|--|main|dummy_wal_name"}),
    label_of);

INSTANTIATE_TEST_SUITE_P(
    Refused, Gate,
    testing::Values(
        Case{"nothing", "", "refused: no command was given"}, Case{"blanks", "  ", "refused: no command was given"},
        Case{"shell", "bash -i", "refused: 'bash' is not 'barman'"},
        Case{"sftp", "internal-sftp", "refused: 'internal-sftp' is not 'barman'"},
        Case{"scp", "scp -t /etc", "refused: 'scp' is not 'barman'"},
        Case{"rsync", "rsync --server . /", "refused: 'rsync' is not 'barman'"},
        Case{"path", "/tmp/barman put-wal main", "refused: '/tmp/barman' is not 'barman'"},
        Case{"alone", "barman", "refused: '' is not allowed"},
        Case{"other_verb", "barman delete main oldest", "refused: 'delete' is not allowed"},
        Case{"abbreviated_verb", "barman put main", "refused: 'put' is not allowed"},
        Case{"other_server", "barman put-wal other", "refused: server 'other' is not allowed"},
        Case{"all_servers", "barman get-wal all " + wal, "refused: server 'all' is not allowed"},
        Case{"case", "barman put-wal MAIN", "refused: server 'MAIN' is not allowed"},
        Case{"two_servers", "barman put-wal main other", "refused: unrecognized arguments: other"},
        Case{"no_server", "barman put-wal", "refused: the following arguments are required: SERVER_NAME"},
        Case{"separator", "barman put-wal main; id", "refused: unrecognized arguments: id"},
        Case{"glued_separator", "barman put-wal main;id", "refused: server 'main;id' is not allowed"},
        Case{"pipe", "barman put-wal main | sh", "refused: unrecognized arguments: | sh"},
        Case{"and", "barman put-wal main && id", "refused: unrecognized arguments: && id"},
        Case{"substitution", "barman put-wal $(id)", "refused: server '$(id)' is not allowed"},
        Case{"substituted_wal", "barman get-wal main $(id)", "refused: '$(id)' is not a WAL file name"},
        Case{"backquotes", "barman get-wal main `id`", "refused: '`id`' is not a WAL file name"},
        Case{"variable", "barman get-wal main $HOME", "refused: '$HOME' is not a WAL file name"},
        Case{"redirection", "barman get-wal main " + wal + " >/tmp/x", "refused: unrecognized arguments: >/tmp/x"},
        Case{"newline", "barman put-wal main\nid", "refused: the command holds control characters"},
        Case{"quoted_newline", "barman put-wal 'main\n'", "refused: the command holds control characters"},
        Case{"return", "barman put-wal main\rid", "refused: the command holds control characters"},
        Case{"unbalanced", "barman put-wal 'main", "refused: unbalanced quote in 'barman put-wal 'main'"},
        Case{"assignment", "PATH=/tmp barman put-wal main", "refused: 'PATH=/tmp' is not 'barman'"},
        Case{"wal_path", "barman get-wal main ../other/wals/" + wal,
             "refused: '../other/wals/" + wal + "' is not a WAL file name"},
        Case{"output", "barman get-wal -o /tmp main " + wal, "refused: unrecognized arguments: -o " + wal},
        Case{"output_long", "barman get-wal --output-directory=/tmp main " + wal,
             "refused: unrecognized arguments: --output-directory=/tmp"},
        Case{"help", "barman put-wal --help main", "refused: unrecognized arguments: --help"},
        Case{"peek_zero", "barman get-wal --peek 0 main " + wal, "refused: a number of WAL files is 1 or more"},
        Case{"peek_text", "barman get-wal --peek x main " + wal, "refused: argument -p/--peek: invalid int value: 'x'"},
        Case{"other_config", "barman --config /tmp/x put-wal main",
             "refused: configuration file '/tmp/x' is not allowed"},
        Case{"config_of_verb", "barman put-wal --config=/tmp/x main",
             "refused: unrecognized arguments: --config=/tmp/x"},
        Case{"no_config", "barman --config", "refused: configuration file '' is not allowed"},
        Case{"global_option", "barman --log-level debug put-wal main", "refused: option '--log-level' is not allowed"},
        Case{"abbreviated_config", "barman --conf /tmp/x put-wal main", "refused: option '--conf' is not allowed"}),
    label_of);

TEST(GateRules, WithoutAFileOfTheirOwnAllowNone) {
  const GateRules rules = {{"main"}, "", ""};
  EXPECT_EQ(verdict(rules, "barman put-wal main"), "put-wal|--|main");
  EXPECT_EQ(verdict(rules, "barman --config /etc/barman.conf put-wal main"),
            "refused: configuration file '/etc/barman.conf' is not allowed");
  EXPECT_EQ(verdict(rules, "barman --config= put-wal main"), "refused: configuration file '' is not allowed");
}

TEST(GateRules, MayAllowOneDirectionOnly) {
  EXPECT_EQ(verdict({{"main"}, "", "put-wal"}, "barman get-wal main " + wal), "refused: only put-wal is allowed");
  EXPECT_EQ(verdict({{"main"}, "", "get-wal"}, "barman put-wal main"), "refused: only get-wal is allowed");
  EXPECT_EQ(verdict({{"main"}, "", "put-wal"}, "barman put-wal main"), "put-wal|--|main");
}

// The remote command line as sshd hands it over: what follows the host, joined by blanks.
std::string over_ssh(const Words& argv) {
  const auto program = std::ranges::find(argv, "barman");
  return join({program, argv.end()}, " ");
}

TEST(GateRules, LetOurOwnClientsThrough) {
  for (const std::string server : {"main", "two words", "it's", "$(id)", "-dash", "*", "a;b", "\"", "\\"}) {
    const GateRules rules = {{server}, "/etc/it's b.conf", ""};
    const Remote remote = {"h", "barman", {}, rules.config};
    EXPECT_EQ(verdict(rules, over_ssh(put_wal_argv(remote, server, false))),
              "--config|/etc/it's b.conf|put-wal|--|" + server);
    EXPECT_EQ(verdict(rules, over_ssh(put_wal_argv(remote, server, true))),
              "--config|/etc/it's b.conf|put-wal|--test|--|" + server);
    GetWalRequest request = {server, wal};
    request.partial = true;
    request.peek = 4;
    EXPECT_EQ(verdict(rules, over_ssh(get_wal_argv(remote, request))),
              "--config|/etc/it's b.conf|get-wal|--peek|4|--partial|--|" + server + "|" + wal);
  }
}

TEST(GateMessages, StayOneLine) {
  EXPECT_EQ(shown("a\nb\x1b[0m"), "a?b?[0m");
  EXPECT_EQ(shown(std::string(300, 'x')), std::string(200, 'x') + "...");
  EXPECT_THAT(shown("host=x password=secret"), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace barman::clients
