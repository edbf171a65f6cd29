#include "barman/postgres/base_backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "fakes/postgres.h"

namespace barman::postgres {
namespace {

using fakes::FakePostgres;
using Reply = FakePostgres::Reply;
using testing::ElementsAre;
using testing::HasSubstr;
using Kind = Answer::Kind;

struct CommandCase {
  const char* label;
  int version;
  BaseBackupRequest request;
  const char* want;
};
class BaseBackupCommand : public testing::TestWithParam<CommandCase> {};
TEST_P(BaseBackupCommand, IsInTheGrammarOfTheVersion) {
  EXPECT_EQ(base_backup_command(GetParam().request, GetParam().version), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Table, BaseBackupCommand,
    testing::Values(CommandCase{"without_manifest", 120005, {.label = "l"}, "BASE_BACKUP LABEL 'l'"},
                    CommandCase{"words",
                                140001,
                                {.label = "it's", .immediate_checkpoint = true, .max_rate = 64},
                                "BASE_BACKUP LABEL 'it''s' FAST MAX_RATE 64 MANIFEST 'yes'"},
                    CommandCase{
                        "options",
                        150000,
                        {.label = "it's", .immediate_checkpoint = true, .max_rate = 64},
                        "BASE_BACKUP (LABEL 'it''s', CHECKPOINT 'fast', MAX_RATE 64, MANIFEST 'yes', TARGET 'client')"},
                    CommandCase{"incremental",
                                170000,
                                {.label = "l", .parent_manifest = "/m"},
                                "BASE_BACKUP (LABEL 'l', MANIFEST 'yes', TARGET 'client', INCREMENTAL)"}),
    [](const auto& row) { return std::string(row.param.label); });

Reply rows(std::vector<std::vector<std::optional<std::string>>> cells) {
  return {{Kind::rows, {{}, std::move(cells)}}, {}};
}
Reply copy(std::vector<std::string> messages) { return {{Kind::copy_out, {}}, std::move(messages)}; }
const Reply done = {{Kind::command, {}}, {}};
const Reply start = rows({{"0/2000028", "1"}});
const Reply spaces = rows({{"16386", "/ts", "1"}, {std::nullopt, std::nullopt, "9"}});

std::string archive(const std::string& name) { return "n" + name + std::string("\0\0", 2); }

class Sent : public testing::Test {
 protected:
  BaseBackup begin(const BaseBackupRequest& request = {.label = "l"}) {
    return BaseBackup(server_.connect()("", {}, {}), request);
  }
  // "KIND OID: content" of each part.
  std::vector<std::string> parts(BaseBackup backup) {
    std::vector<std::string> found;
    while (const auto part = backup.next()) {
      std::string text = part->kind == BaseBackup::Part::Kind::manifest ? "manifest:"
                         : part->kind == BaseBackup::Part::Kind::data   ? "data:"
                                                                        : std::to_string(part->oid) + ":";
      char buffer[3];  // fewer bytes than a message has
      while (const std::size_t got = backup.read(buffer)) text.append(buffer, got);
      found.push_back(text);
    }
    return found;
  }

  FakePostgres server_;
};

TEST_F(Sent, InOneCopy) {
  server_.replies["BASE_BACKUP"] = {
      start, spaces,
      copy({archive("16386.tar"), "dabcd", "p12345678", "de", archive("base.tar"), "dfgh", "d", "m", "d{}"}),
      rows({{"0/2000100", "1"}}), done};
  EXPECT_THAT(parts(begin()), ElementsAre("16386:abcde", "data:fgh", "manifest:{}"));
}

TEST_F(Sent, AsSeveralCopies) {
  server_.version = 140001;
  server_.replies["BASE_BACKUP"] = {
      start, spaces, copy({"abcd", "e"}), copy({"fgh"}), copy({"{}"}), rows({{"0/2000100", "1"}}), done};
  EXPECT_THAT(parts(begin()), ElementsAre("16386:abcde", "data:fgh", "manifest:{}"));
}

TEST_F(Sent, ByAVersionWithoutManifests) {
  server_.version = 120001;
  server_.replies["BASE_BACKUP"] = {start, spaces, copy({"a"}), copy({"b"}), rows({{"0/2000100", "1"}}), done};
  EXPECT_THAT(parts(begin()), ElementsAre("16386:a", "data:b"));
}

TEST_F(Sent, WhatIsNotReadIsPassedOver) {
  server_.replies["BASE_BACKUP"] = {start, spaces,
                                    copy({archive("16386.tar"), "dabcd", "de", archive("base.tar"), "df"}),
                                    rows({{"0/2000100", "1"}}), done};
  BaseBackup backup = begin();
  EXPECT_EQ(backup.next()->oid, 16386);
  EXPECT_EQ(backup.next()->kind, BaseBackup::Part::Kind::data);
  EXPECT_FALSE(backup.next());
}

TEST_F(Sent, TheManifestOfTheParentIsSentBefore) {
  const std::string manifest = testing::TempDir() + "/barman-test-manifest-" + std::to_string(::getpid());
  std::ofstream(manifest) << "{parent}";
  server_.version = 170000;
  server_.replies["UPLOAD_MANIFEST"] = {{{Kind::copy_in, {}}, {}}, done};
  server_.replies["BASE_BACKUP"] = {start, spaces, copy({archive("base.tar"), "df"}), rows({{"0/2", "1"}}), done};
  parts(begin({.label = "l", .parent_manifest = manifest}));
  std::remove(manifest.c_str());
  EXPECT_EQ(server_.copied_in, "{parent}");
  EXPECT_THAT(server_.asked, ElementsAre("UPLOAD_MANIFEST", HasSubstr("INCREMENTAL")));
}

struct OddCase {
  const char* label;
  std::vector<Reply> replies;
  const char* want;
};
class SentOddly : public Sent, public testing::WithParamInterface<OddCase> {};
TEST_P(SentOddly, IsRefused) {
  server_.replies["BASE_BACKUP"] = GetParam().replies;
  try {
    parts(begin());
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(GetParam().want));
  }
}
INSTANTIATE_TEST_SUITE_P(
    Table, SentOddly,
    testing::Values(OddCase{"nothing", {}, "no start position"},
                    OddCase{"no_tablespaces", {start}, "no list of tablespaces"},
                    OddCase{"no_oid", {start, rows({{"x", "/ts"}})}, "a tablespace 'x'"},
                    OddCase{"no_copy", {start, spaces, done}, "neither an archive nor an end"},
                    OddCase{"data_of_nothing", {start, spaces, copy({"dx"})}, "data of no archive"},
                    OddCase{"unknown_archive", {start, spaces, copy({archive("5.tar")})}, "an archive '5.tar'"},
                    OddCase{"path", {start, spaces, copy({archive("../x.tar")})}, "an archive '../x.tar'"},
                    OddCase{"unknown_message", {start, spaces, copy({"z"})}, "a message 'z'"},
                    OddCase{"empty_message", {start, spaces, copy({""})}, "an empty message"},
                    OddCase{"no_end", {start, spaces, copy({archive("base.tar"), "d1"})}, "no end position"},
                    OddCase{
                        "cut_off", {start, spaces, copy({archive("base.tar"), "d1", "!"})}, "closed the connection"}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::postgres
