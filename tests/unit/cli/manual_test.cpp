#include "barman/cli/manual.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "barman/core/text.h"
#include "barman/exec/shell.h"
#include "barman/fs/file.h"
#include "barman/usage/parser.h"
#include "commands.h"
#include "manual_text.h"

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
  EXPECT_THAT(command_page(entry).text, HasSubstr(".PP\nAlso called recover.\n.SH"));
  entry.ours = true;
  EXPECT_THAT(command_page(entry).text,
              HasSubstr(".PP\nAlso called recover.\n.PP\nBarman does not have this command.\n.SH"));
}

// Each page teaches: what the verb does, how it is typed, where to read on.
TEST(ManualPages, EveryVerbHasADescriptionAndExamplesOfItself) {
  for (const CommandEntry& entry : command_table()) {
    SCOPED_TRACE(entry.name);
    const std::string text = command_page(entry).text;
    const std::size_t examples = text.find(".SH EXAMPLES\n"), status = text.find(".SH EXIT STATUS\n");
    EXPECT_THAT(text, testing::Not(HasSubstr(".SH DESCRIPTION\n.PP")));
    ASSERT_NE(examples, std::string::npos);
    ASSERT_LT(examples, status);
    EXPECT_THAT(text.substr(examples, status - examples), HasSubstr(usage::roff(entry.name)));
    EXPECT_THAT(text, HasSubstr(".SH SEE ALSO\n.BR barman (1),\n"));
  }
}

// Lines of a page that can be typed, without what a shell does with them.
std::vector<std::vector<std::string>> commands_in(std::string text) {
  std::vector<std::vector<std::string>> commands;
  for (const std::string& line : split_lines(replace_all(text, "\\\n", " "))) {
    if (!line.starts_with("    barman ")) continue;
    std::vector<std::string> words = exec::shell_words(line);
    const auto shell = std::ranges::find_if(
        words, [](const std::string& word) { return word == "|" || word == "&&" || word.find_first_of("<>") == 0; });
    words.erase(shell, words.end());
    words.erase(words.begin());
    commands.push_back(std::move(words));
  }
  return commands;
}

TEST(ManualPages, HaveExamplesThatCanBeTyped) {
  int count = 0;
  for (const auto texts : {manual_texts_of_backups(), manual_texts_of_wal(), manual_texts_of_servers()})
    for (const ManualText& text : texts)
      for (const std::vector<std::string>& words : commands_in(std::string(text.text))) {
        SCOPED_TRACE("barman " + join(words, " "));
        ++count;
        Options global, own;
        GlobalOptions values;
        declare(global, values);
        const auto leading = usage::parse_leading_options(global.specs(), words);
        EXPECT_TRUE(leading.unrecognized.empty());
        ASSERT_FALSE(leading.rest.empty());
        const auto entry = std::ranges::find(command_table(), leading.rest.front(), &CommandEntry::name);
        ASSERT_NE(entry, command_table().end());
        const Command command = entry->make();
        command.declare(own);
        EXPECT_THAT(usage::parse_arguments(own.specs(), {leading.rest.begin() + 1, leading.rest.end()}).unrecognized,
                    testing::IsEmpty());
      }
  EXPECT_GT(count, 60);
}

TEST(ManualPages, ReferToPagesThatExist) {
  std::set<std::string> known = {"barman-wal-archive", "barman-wal-restore", "barman-gatekeeper"};
  for (const CommandEntry& entry : command_table()) known.insert(fmt::format("barman-{}", entry.name));
  for (const auto texts : {manual_texts_of_backups(), manual_texts_of_wal(), manual_texts_of_servers()}) {
    for (const ManualText& text : texts) {
      SCOPED_TRACE(text.verb);
      EXPECT_TRUE(known.contains(fmt::format("barman-{}", text.verb))) << "no such verb";
      for (const std::string& other : split_whitespace(text.see_also)) {
        const std::string page = other.starts_with("barman-") ? other : "barman-" + other;
        EXPECT_TRUE(known.contains(page) || page.starts_with("barman-cloud-")) << page;
        EXPECT_NE(other, text.verb);
      }
    }
  }
}

TEST(ManualPages, ExplainWordsForBackupsInOnePlace) {
  const std::string text = page("barman.1");
  EXPECT_THAT(text, HasSubstr(".SH BACKUPS\n"));
  for (const char* word :
       {"latest", "last", "oldest", "first", "latest\\-full", "last\\-full", "last\\-failed", "auto"})
    EXPECT_THAT(text, HasSubstr(fmt::format("\\fB{}\\fR", word)));
  for (const char* section : {"SERVERS", "EXAMPLES", "EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"})
    EXPECT_THAT(text, HasSubstr(fmt::format(".SH {}\n", section)));
  EXPECT_THAT(page("barman-show-backup.1"), HasSubstr("section BACKUPS"));
  EXPECT_THAT(page("barman-check.1"), testing::Not(HasSubstr("section BACKUPS")));
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
  for (const char* section : {"FORM OF THE FILE", "RETENTION", "HOOK SCRIPTS"})
    EXPECT_THAT(text, HasSubstr(fmt::format(".SH {}\n", section)));
}

TEST(ConfigurationMarkdown, IsWhatTheDocumentationHas) {
  EXPECT_EQ(fs::read_file(BARMAN_TEST_DATA "/../../docs/configuration.md"), configuration_markdown())
      << "run: generate-manual --configuration >docs/configuration.md";
}

}  // namespace
}  // namespace barman::cli
