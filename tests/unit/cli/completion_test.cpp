#include "barman/cli/completion.h"

#include <gmock/gmock.h>

namespace barman::cli {
namespace {

using testing::HasSubstr;

TEST(CompletionTables, OfBashNameOptionsArgumentsAndChoices) {
  const std::string tables = bash_completion_tables();
  EXPECT_THAT(tables, HasSubstr("[\"delete\"]=\"server backup\"\n"));
  EXPECT_THAT(tables, HasSubstr("[\"backup\"]=\"servers\"\n"));
  EXPECT_THAT(tables, HasSubstr("[\"backup --reuse-backup\"]=\"copy link off\"\n"));
  EXPECT_THAT(tables, HasSubstr("[\" --format\"]=\"console json\"\n"));
  EXPECT_THAT(tables, HasSubstr("[\"help\"]=\"verb\"\n"));
  EXPECT_THAT(tables, HasSubstr("[\"recover\"]=\"server backup-or-auto directory\"\n"));
  EXPECT_THAT(tables, HasSubstr("[\"get-wal\"]=\"server -\"\n"));
  EXPECT_THAT(tables, HasSubstr("[\" -c\"]=\"@file\"\n"));
  EXPECT_THAT(tables, HasSubstr("[\"get-wal -o\"]=\"@directory\"\n"));
  EXPECT_THAT(tables, HasSubstr("[\"backup -j\"]=\"\"\n"));
  EXPECT_THAT(tables, HasSubstr("[\"restore --target-action\"]=\"pause shutdown promote\"\n"));
  EXPECT_THAT(tables, HasSubstr("[\"drill\"]=\"server backup-or-auto\"\n"));
}

TEST(CompletionTables, OfZshHaveWhatEachMeans) {
  const std::string tables = zsh_completion_tables({{"barman-x", {}}}, {"barman", "barman-x"});
  EXPECT_TRUE(tables.starts_with("#compdef barman barman-x\n"));
  EXPECT_THAT(tables, HasSubstr("\nrestore:Restore a backup, up to now or to a time, name, LSN or transaction.\n"));
  EXPECT_THAT(tables, HasSubstr("  'delete' 'server backup'\n"));
  EXPECT_THAT(tables, HasSubstr("  'backup --reuse-backup' 'copy link off'\n"));
  EXPECT_THAT(tables, HasSubstr("--wait:wait until all required WAL files are archived\n"));
  EXPECT_THAT(tables, HasSubstr("'\\''")) << "a quote in a help text";
}

TEST(CompletionTables, OfFishHaveWhatEachMeans) {
  const std::string tables = fish_completion_tables({{"barman-x", {}}});
  EXPECT_TRUE(tables.starts_with("set -g __barman_programs barman barman-x\n"));
  EXPECT_THAT(tables, HasSubstr("        case 'delete'\n            echo 'server backup'\n"));
  EXPECT_THAT(tables, HasSubstr("        case 'backup --reuse-backup'\n            echo 'copy link off'\n"));
  EXPECT_THAT(tables, HasSubstr("printf '%s\\t%s\\n' --wait 'wait until all required WAL files are archived'\n"));
  EXPECT_THAT(tables, HasSubstr("\\'")) << "a quote in a help text";
}

}  // namespace
}  // namespace barman::cli
