#include <fmt/core.h>
#include <gtest/gtest.h>

#include "barman/catalog/backup_order.h"
#include "barman/core/error.h"

namespace barman::catalog {
namespace {

// One backup: its id, status and name; `begun` when its deletion is unfinished. Taken in the order of the rows.
struct Backup {
  const char* id;
  BackupStatus status = BackupStatus::done;
  bool begun = false;
  const char* name = "";
  const char* mode = "postgres";
  const char* parent = "";
};

struct Case {
  const char* label;
  std::vector<Backup> backups;
  std::vector<std::pair<const char*, const char*>> words;  // and what each means; "" none, "?" several
};

class DeletionByWord : public testing::TestWithParam<Case> {};

TEST_P(DeletionByWord, MeansTheBackupThatItMeantBefore) {
  std::vector<BackupInfo> infos;
  for (const Backup& backup : GetParam().backups) {
    BackupInfo info;
    info.backup_id = backup.id;
    info.mode = backup.mode;
    info.set_status(backup.status);
    if (*backup.name) info.backup_name = backup.name;
    if (*backup.parent) info.parent_backup_id = backup.parent;
    info.timeline = 1;
    info.begin_xlog = info.end_xlog = fmt::format("0/{:X}000000", infos.size() + 1);
    infos.push_back(info);
  }
  std::vector<const BackupInfo*> others, begun;
  for (std::size_t at = 0; at < infos.size(); ++at)
    (GetParam().backups[at].begun ? begun : others).push_back(&infos[at]);
  for (const auto& [word, want] : GetParam().words) {
    std::string got;
    try {
      const BackupInfo* found = find_for_deletion(word, others, begun, {});
      if (found) got = found->backup_id;
    } catch (const Error&) {
      got = "?";
    }
    EXPECT_EQ(got, want) << word;
  }
}

constexpr BackupStatus done = BackupStatus::done;
constexpr BackupStatus failed = BackupStatus::failed;
constexpr BackupStatus waiting = BackupStatus::waiting_for_wals;

INSTANTIATE_TEST_SUITE_P(
    Cases, DeletionByWord,
    testing::Values(
        Case{"nothing", {}, {{"oldest", ""}, {"latest", ""}, {"last-failed", ""}, {"weekly", ""}}},
        Case{"nothing_unfinished",
             {{"a"}, {"b"}, {"c"}},
             {{"oldest", "a"}, {"first", "a"}, {"latest", "c"}, {"last", "c"}, {"latest-full", "c"}, {"auto", ""}}},
        Case{"the_oldest_is_unfinished",
             {{"a", done, true}, {"b"}, {"c"}},
             {{"oldest", "a"}, {"first", "a"}, {"latest", "c"}}},
        Case{"the_latest_is_unfinished",
             {{"a"}, {"b"}, {"c", waiting, true}},
             {{"oldest", "a"}, {"latest", "c"}, {"last", "c"}, {"latest-full", "c"}, {"last-full", "c"}}},
        Case{"one_in_the_middle_is_unfinished", {{"a"}, {"b", done, true}, {"c"}}, {{"oldest", "a"}, {"latest", "c"}}},
        Case{"only_an_unfinished_one_is_left", {{"a", done, true}}, {{"oldest", "a"}, {"latest", "a"}}},
        Case{"ids_that_do_not_ascend", {{"c", done, true}, {"a"}, {"b"}}, {{"oldest", "c"}, {"latest", "b"}}},
        Case{"a_failed_one_is_unfinished",
             {{"a", failed}, {"b"}, {"c", failed, true}},
             {{"last-failed", "c"}, {"oldest", "b"}, {"latest", "b"}}},
        Case{"a_name_is_unfinished",
             {{"a", done, true, "weekly"}, {"b"}},
             {{"weekly", "a"}, {"oldest", "a"}, {"latest", "b"}}},
        Case{"a_name_that_was_given_again",
             {{"a", done, true, "weekly"}, {"b", done, false, "weekly"}},
             {{"weekly", "a"}}},
        Case{"a_name_of_several", {{"a", done, false, "x"}, {"b", done, false, "x"}}, {{"x", "?"}}},
        Case{"an_increment_is_unfinished",
             {{"a"}, {"b", done, true, "", "postgres", "a"}},
             {{"latest", "b"}, {"latest-full", "a"}, {"oldest", "a"}}}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::catalog
