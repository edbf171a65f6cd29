#include "backup_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backup_hook.h"
#include "barman/core/error.h"
#include "command.h"

namespace barman::cloud::cli {
namespace {

using testing::HasSubstr;

struct SizeCase {
  const char* label;
  const char* text;
  std::optional<std::uint64_t> want;
};
class ParseSize : public testing::TestWithParam<SizeCase> {};
TEST_P(ParseSize, CountsAsTheReferenceDoes) { EXPECT_EQ(parse_size(GetParam().text), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(
    Sizes, ParseSize,
    testing::Values(SizeCase{"bytes", "17", 17}, SizeCase{"bytes_unit", "17B", 17}, SizeCase{"kilo", "2kB", 2048},
                    SizeCase{"mega", "4MB", 4 << 20}, SizeCase{"giga", "100GB", std::uint64_t{100} << 30},
                    SizeCase{"tera", "1TB", std::uint64_t{1} << 40}, SizeCase{"lower_case", "4mb", 4 << 20},
                    SizeCase{"decimal_kilo", "2kiB", 2000}, SizeCase{"decimal_giga", "1GiB", 1'000'000'000},
                    SizeCase{"fraction", "1.5kB", 1536}, SizeCase{"blank_between", "4 MB", 4 << 20},
                    SizeCase{"fraction_of_byte", "1.5", std::nullopt}, SizeCase{"word", "foo", std::nullopt},
                    SizeCase{"negative", "-5", std::nullopt}, SizeCase{"no_number", "MB", std::nullopt},
                    SizeCase{"no_b", "4M", std::nullopt}, SizeCase{"unknown", "4XB", std::nullopt},
                    SizeCase{"empty", "", std::nullopt}, SizeCase{"too_much", "999999999999999999999YB", std::nullopt}),
    [](const auto& row) { return std::string(row.param.label); });

using Tag = std::pair<std::string, std::string>;
struct TagCase {
  const char* label;
  const char* text;
  std::optional<Tag> want;
};
class ParseTag : public testing::TestWithParam<TagCase> {};
TEST_P(ParseTag, TakesWhatAllStoresTake) { EXPECT_EQ(parse_tag(GetParam().text), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(Tags, ParseTag,
                         testing::Values(TagCase{"plain", "key,value", Tag{"key", "value"}},
                                         TagCase{"blanks", "  key,a value ", Tag{"key", "a value"}},
                                         TagCase{"empty_value", "key,", Tag{"key", ""}},
                                         TagCase{"marks", "a_.:/=+-@,1", Tag{"a_.:/=+-@", "1"}},
                                         TagCase{"no_comma", "key", std::nullopt},
                                         TagCase{"no_key", ",value", std::nullopt},
                                         TagCase{"two_commas", "key,a,b", std::nullopt},
                                         TagCase{"odd", "a!,1", std::nullopt}, TagCase{"aws", "aws:a,1", std::nullopt}),
                         [](const auto& row) { return std::string(row.param.label); });

TEST(ParseCsvTag, KnowsQuotes) {
  EXPECT_EQ(parse_csv_tag("a,b"), (Tag{"a", "b"}));
  EXPECT_EQ(parse_csv_tag("\"a,1\",\"b\"\"c\""), (Tag{"a,1", "b\"c"}));
  EXPECT_THROW(parse_csv_tag("a"), Failure);
  EXPECT_THROW(parse_csv_tag("a,b,c"), Failure);
}

TEST(RequireDistinct, AllowsTenKeysEachOnce) {
  store::Tags tags;
  for (int i = 0; i < 10; ++i) tags.emplace_back(std::to_string(i), "");
  EXPECT_NO_THROW(require_distinct(tags));
  tags.back().first = "0";
  EXPECT_THROW(require_distinct(tags), Error);
  tags.back().first = "9";
  tags.emplace_back("10", "");
  EXPECT_THROW(require_distinct(tags), Error);
}

TEST(Conninfo, IsMadeOfWords) {
  EXPECT_EQ(conninfo_of({}), "dbname=postgres");
  EXPECT_EQ(conninfo_of({.host = "/tmp", .port = "5433", .user = "me", .dbname = "db"}),
            "dbname=db host=/tmp port=5433 user=me");
  EXPECT_EQ(conninfo_of({.host = "x", .port = {}, .user = {}, .dbname = "host=/tmp"}), "host=/tmp");
  EXPECT_EQ(conninfo_of({.host = "x", .port = {}, .user = {}, .dbname = ""}), "");
}

TEST(NameOfBackup, IsNeitherWordNorId) {
  EXPECT_FALSE(problem_of_name("weekly"));
  EXPECT_EQ(problem_of_name(""), "Backup name cannot be empty");
  EXPECT_EQ(problem_of_name("latest"), "Backup name 'latest' is not allowed: reserved word");
  EXPECT_EQ(problem_of_name("20260101T000000"), "Backup name '20260101T000000' is not allowed: backup ID");
}

TEST(Relocation, HasTwoParts) {
  EXPECT_EQ(parse_relocation("tbs:/a:b"), (Tag{"tbs", "/a:b"}));
  for (const char* text : {"tbs", "tbs:", ":/a", ""}) EXPECT_FALSE(parse_relocation(text)) << text;
}

// ---- As a hook script -----------------------------------------------------------------------------------------------

using Variables = std::map<std::string, std::string>;

Variables finished() {
  return {{"BARMAN_HOOK", "backup_script"}, {"BARMAN_PHASE", "post"},  {"BARMAN_BACKUP_DIR", "/b/I"},
          {"BARMAN_BACKUP_ID", "I"},        {"BARMAN_STATUS", "DONE"}, {"BARMAN_BACKUP_INFO_PATH", "/b/I/backup.info"}};
}

std::optional<FinishedBackup> hook(const Variables& variables) {
  return backup_of_hook([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

TEST(Hook, NamesTheBackup) {
  EXPECT_FALSE(hook({}));
  const auto backup = hook(finished());
  ASSERT_TRUE(backup);
  EXPECT_EQ(backup->id, "I");
  EXPECT_EQ(backup->directory, "/b/I");
  EXPECT_EQ(backup->info_path, "/b/I/backup.info");
}

struct HookCase {
  const char* label;
  Variables changed;
  const char* want;
};
class RefusedHook : public testing::TestWithParam<HookCase> {};
TEST_P(RefusedHook, SaysWhy) {
  Variables variables = finished();
  for (const auto& [name, value] : GetParam().changed) {
    variables.erase(name);
    if (!value.empty()) variables[name] = value;
  }
  try {
    hook(variables);
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.status(), 63);
    EXPECT_STREQ(failure.what(), GetParam().want);
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), GetParam().want);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Variables, RefusedHook,
    testing::Values(
        HookCase{"before",
                 {{"BARMAN_PHASE", "pre"}},
                 "barman-cloud-backup called as unsupported hook script: pre_backup_script"},
        HookCase{"of_wal",
                 {{"BARMAN_HOOK", "archive_script"}},
                 "barman-cloud-backup called as unsupported hook script: post_archive_script"},
        HookCase{
            "failed", {{"BARMAN_STATUS", "FAILED"}}, "backup in '/b/I' has status 'FAILED' (status should be: DONE)"},
        HookCase{"no_directory", {{"BARMAN_BACKUP_DIR", ""}}, "BARMAN_BACKUP_DIR environment variable not set"},
        HookCase{"no_info", {{"BARMAN_BACKUP_INFO_PATH", ""}}, "BARMAN_BACKUP_INFO_PATH environment variable not set"}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::cloud::cli
