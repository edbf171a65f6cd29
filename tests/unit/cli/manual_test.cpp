#include "barman/cli/manual.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "barman/fs/file.h"
#include "commands.h"

namespace barman::cli {
namespace {

using testing::HasSubstr;

std::string page(const std::string& file) {
  const auto pages = manual_pages();
  const auto found = std::ranges::find(pages, file, &usage::ManualPage::file);
  return found == pages.end() ? "" : found->text;
}

TEST(ManualPages, OneForEveryVerbAndAlias) {
  EXPECT_THAT(page("barman-backup.1"), HasSubstr(".SH NAME\nbarman\\-backup \\- "));
  EXPECT_THAT(page("barman-backup.1"), HasSubstr(".TP\n\\fB\\-\\-jobs\\fR, \\fB\\-j\\fR \\fINJOBS\\fR\n"));
  EXPECT_EQ(page("barman-recover.1"), ".so man1/barman-restore.1\n");
}

TEST(ManualPages, SayWhichVerbsBarmanDoesNotHave) {
  CommandEntry entry = *std::ranges::find(command_table(), "restore", &CommandEntry::name);
  EXPECT_THAT(command_page(entry).text, HasSubstr(".SH DESCRIPTION\nAlso called recover.\n.SH"));
  entry.ours = true;
  EXPECT_THAT(command_page(entry).text,
              HasSubstr(".SH DESCRIPTION\nAlso called recover.\nBarman does not have this command.\n.SH"));
}

TEST(ManualPages, TheProgramsPageListsVerbsAndGlobalOptions) {
  EXPECT_THAT(page("barman.1"), HasSubstr("\\fB\\-\\-config\\fR"));
  EXPECT_THAT(page("barman.1"), HasSubstr(".TP\n\\fBcron\\fR\n"));
}

TEST(ManualPages, TheConfigurationsPageHasEveryKindOfOption) {
  const std::string text = page("barman.5");
  EXPECT_THAT(text, HasSubstr("\\fBbarman_home\\fR\n"));
  EXPECT_THAT(text, HasSubstr("\\fBbackup_compression\\fR\nCompression done by pg_basebackup.\n"
                              "Type: gzip | lz4 | zstd | none. Scope: global, server, model."));
}

TEST(ConfigurationMarkdown, IsWhatTheDocumentationHas) {
  EXPECT_EQ(fs::read_file(BARMAN_TEST_DATA "/../../docs/configuration.md"), configuration_markdown())
      << "run: generate-manual --configuration >docs/configuration.md";
}

TEST(CompletionTables, NameOptionsArgumentsAndChoices) {
  const std::string tables = completion_tables();
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
}

}  // namespace
}  // namespace barman::cli
