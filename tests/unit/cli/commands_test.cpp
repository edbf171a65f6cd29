#include "commands.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "barman/usage/help.h"
#include "unit/usage/recorded_usage.h"

namespace barman::cli {
namespace {

using Kind = OptionSpec::Kind;

// The rows of commands.tsv, which says what they mean.
std::vector<std::vector<std::string>> rows_of(std::string_view kind) {
  std::ifstream file(BARMAN_TEST_DATA "/commands.tsv");
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> cells;
    std::istringstream text(line);
    for (std::string cell; std::getline(text, cell, '\t');) cells.push_back(cell);
    if (!cells.empty() && cells.front() == kind) rows.push_back(cells);
  }
  return rows;
}

std::vector<OptionSpec> specs_of(const std::string& command) {
  Options options;
  GlobalOptions values;
  if (command == "-") {
    declare(options, values);
    return options.specs();
  }
  const auto table = command_table();
  const auto entry = std::ranges::find(table, command, &CommandEntry::name);
  if (entry != table.end()) entry->make().declare(options);
  return options.specs();
}

TEST(CommandTable, HasEveryCommandAndAliasOfTheReference) {
  const auto rows = rows_of("command");
  ASSERT_GT(rows.size(), 35U);
  for (const auto& row : rows) {
    if (row[1] == "help") continue;  // answered before a command is looked up
    const auto table = command_table();
    const auto entry = std::ranges::find(table, row[1], &CommandEntry::name);
    ASSERT_NE(entry, table.end()) << row[1];
    EXPECT_THAT(entry->aliases(), testing::UnorderedElementsAreArray(row.begin() + 2, row.end())) << row[1];
    EXPECT_FALSE(entry->summary.empty()) << row[1];
  }
}

// What a build cannot do is refused where it is asked for; a summary that says so outlives the refusal.
TEST(CommandTable, SaysWhatACommandDoes) {
  for (const CommandEntry& entry : command_table()) {
    EXPECT_THAT(std::string(entry.summary), testing::EndsWith(".")) << entry.name;
    EXPECT_THAT(std::string(entry.summary), testing::Not(testing::HasSubstr("this build"))) << entry.name;
  }
}

TEST(CommandTable, HasEveryArgumentInItsPlace) {
  for (const auto& row : rows_of("argument")) {
    std::vector<std::string> names;
    for (const OptionSpec& spec : specs_of(row[1]))
      if (spec.is_positional()) names.push_back(spec.names.front());
    EXPECT_THAT(names, testing::ElementsAreArray(row.begin() + 2, row.end())) << row[1];
  }
}

TEST(CommandTable, HasEveryOptionWithAllItsSpellings) {
  const auto rows = rows_of("option");
  ASSERT_GT(rows.size(), 100U);
  for (const auto& row : rows) {
    const std::vector<std::string> names(row.begin() + 3, row.end());
    const auto specs = specs_of(row[1]);
    const auto spec = std::ranges::find_if(specs, [&](const OptionSpec& candidate) {
      return std::ranges::find(candidate.names, names.front()) != candidate.names.end();
    });
    ASSERT_NE(spec, specs.end()) << row[1] << " " << names.front();
    EXPECT_THAT(spec->names, testing::UnorderedElementsAreArray(names)) << row[1];
    EXPECT_EQ(spec->kind == Kind::flag, row[2] == "flag") << row[1] << " " << names.front();
    EXPECT_FALSE(spec->help.empty()) << row[1] << " " << names.front();
  }
}

TEST(SyncInfo, TakesAnyPositionButNegativeOnes) {
  const Command command = std::ranges::find(command_table(), "sync-info", &CommandEntry::name)->make();
  Options options;
  command.declare(options);
  const auto specs = options.specs();
  const auto position = std::ranges::find_if(
      specs, [](const OptionSpec& candidate) { return candidate.names.front() == "last_position"; });
  ASSERT_NE(position, specs.end());
  EXPECT_EQ(position->store("134"), std::nullopt);
  EXPECT_EQ(position->store("0"), std::nullopt);
  EXPECT_EQ(position->store("-1"), "'-1' is not a valid positive integer");
  EXPECT_EQ(position->store("x"), "'x' is not a valid input");
  EXPECT_EQ(position->store(""), "'' is not a valid input");
}

// What an option of a command says to a value; nothing when it takes it.
std::optional<std::string> told(std::string_view verb, std::string_view option, const std::string& value) {
  const Command command = std::ranges::find(command_table(), verb, &CommandEntry::name)->make();
  Options options;
  command.declare(options);
  for (const OptionSpec& spec : options.specs())
    if (spec.names.front() == option) return spec.store(value);
  return fmt::format("{} has no option {}", verb, option);
}

TEST(CombineMode, IsReadAndRefusedAsBarmanDoes) {
  for (const char* known : {"copy", "link", "clone", "copy-file-range", "COPY"})
    EXPECT_EQ(told("restore", "--combine-mode", known), std::nullopt) << known;
  EXPECT_EQ(told("restore", "--combine-mode", "nosuch"), "invalid parse_combine_mode value: 'nosuch'");
  EXPECT_EQ(told("restore", "--combine-mode", "LINKS"), "invalid parse_combine_mode value: 'LINKS'");
}

TEST(StagingForAStore, IsOfNoEffectAndRefusedAsBarmanDoes) {
  EXPECT_EQ(told("backup", "--cloud-staging-directory", "/somewhere"), std::nullopt);
  EXPECT_EQ(told("backup", "--cloud-staging-directory", "here"), "invalid parse_staging_path value: 'here'");
  EXPECT_EQ(told("backup", "--cloud-staging-directory", ""), "invalid parse_staging_path value: ''");
  for (const char* size : {"30Gi", "5 k", "1000", ""})
    EXPECT_EQ(told("backup", "--cloud-staging-max-size", size), std::nullopt) << size;
  EXPECT_EQ(told("backup", "--cloud-staging-max-size", "30GiB"), "invalid parse_si_suffix value: '30GiB'");
}

TEST(CommandTable, ShowsTheUsageOfTheReference) {
  constexpr std::size_t width = 78;
  std::vector<usage::CommandSummary> commands = {{"help", {}, {}}};
  for (const CommandEntry& entry : command_table()) {
    const std::string program = "barman " + std::string(entry.name);
    const std::string recorded = recorded_usage(program);
    EXPECT_EQ(recorded.empty(), entry.ours) << program;
    if (entry.ours) continue;
    EXPECT_EQ(usage::usage_text(program, specs_of(std::string(entry.name)), width), recorded);
    commands.push_back({std::string(entry.name), entry.aliases(), {}});
  }
  EXPECT_EQ(usage::usage_text("barman", usage::with_verb(specs_of("-"), usage::any_of(commands)), width),
            recorded_usage("barman"));
}

}  // namespace
}  // namespace barman::cli
