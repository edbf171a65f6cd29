#include "barman/backup/deletion.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "barman/backup/deletion_preview.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/core/numbers.h"
#include "barman/fs/lock_file.h"
#include "fakes/notifier.h"
#include "fakes/runner.h"
#include "unit/catalog/fixture.h"

namespace barman::backup {
namespace {

using catalog::BackupStatus;
using catalog::KeepTarget;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Timestamp today{1'800'000'000LL * 1'000'000, 0};

std::string wal(int number) { return fmt::format("0000000100000000{:08X}", number); }
std::string id_of(int day) { return fmt::format("202601{:02}T000000", day); }

// Backups 1, 2, 3, ... of a server, each with one file; backup N begins and ends in segment 10 * N.
class Deleting : public catalog::ServerDirectory {
 protected:
  void add(int day, const std::string& status = "DONE", const std::string& more = {}) {
    write(fmt::format("s/meta/{}-backup.info", id_of(day)),
          fmt::format("begin_wal={0}\nend_wal={0}\ntimeline=1\nmode=postgres\nserver_name=s\nstatus={1}\n"
                      "end_time={2}\n{3}",
                      wal(10 * day), status, to_python(today - Micros(86400LL * 1'000'000 * (30 - day))), more));
    write(fmt::format("s/base/{}/data/file", id_of(day)), "12345");
  }
  void archive(const std::vector<int>& numbers) {
    std::string index;
    for (const int number : numbers) {
      write("s/wals/0000000100000000/" + wal(number), "x");
      index += serialize(catalog::WalEntry{wal(number), 1, 1, {}, {}});
    }
    write("s/wals/s-xlog.db", index);
  }
  std::vector<std::string> segments() const {
    std::vector<std::string> numbers;
    for (const std::string& name : fs::list_directory_if_exists(path("s/wals/0000000100000000")))
      numbers.push_back(fmt::format("{}", parse_hex(name.substr(16)).value()));
    return numbers;
  }
  std::vector<std::string> ids() const {
    std::vector<std::string> days;
    const catalog::BackupCatalog catalog(config_);
    for (const auto& [id, info] : catalog.all()) days.push_back(id.substr(7, 1));
    return days;
  }
  ServerContext context() {
    global_.barman_lock_directory = path("locks");
    return {global_, config_, told_, ServerContext::Given{.local = &runner_}};
  }
  // Runs `what` with a Deletion over fresh collaborators, as a command does.
  auto with(const auto& what) {
    ServerContext server = context();
    Deletion deletion(server);
    return what(deletion);
  }
  bool remove(const std::string& word) {
    const std::string id = catalog::BackupCatalog(config_).resolve_for_deletion(word);
    return with([&](Deletion& deletion) { return deletion.delete_backup(id); });
  }
  // In the middle of its WAL.
  void interrupt(int day) {
    config_.hooks["pre_wal_delete_retry_script"] = "exit 63";
    stop_at_ = "pre wal_delete_retry_script " + wal(10 * day);
    EXPECT_FALSE(remove(day));
    config_.hooks.erase("pre_wal_delete_retry_script");
  }
  bool remove(int day) {
    return with([&](Deletion& deletion) { return deletion.delete_backup(id_of(day)); });
  }
  void enforce() {
    with([&](Deletion& deletion) { deletion.enforce_retention(today, *fs::LockFile::try_acquire(locks_.cron())); });
  }
  void policy(int redundancy) {
    config_.retention_policy = config::RetentionPolicy{config::RetentionPolicy::Kind::redundancy,
                                                       config::RetentionPolicy::Unit::days, redundancy};
  }

  config::GlobalConfig global_;
  fakes::RecordingNotifier told_;
  // Runs no script: remembers phase, hook and segment or backup, and answers for one of them with a status.
  std::vector<std::string> hook_calls_;
  std::string stop_at_;
  std::function<void(const std::string&)> at_hook_call_;
  fakes::FakeRunner runner_{[this](const exec::Command& command) {
    std::map<std::string, std::string> variables(command.environment.begin(), command.environment.end());
    const std::string what =
        variables.contains("BARMAN_SEGMENT") ? variables["BARMAN_SEGMENT"] : variables["BARMAN_STATUS"];
    hook_calls_.push_back(fmt::format("{} {} {}", variables["BARMAN_PHASE"], variables["BARMAN_HOOK"], what));
    if (at_hook_call_) at_hook_call_(hook_calls_.back());
    return exec::Outcome{.status = hook_calls_.back() == stop_at_ ? 63 : 0, .out = {}, .err = {}};
  }};
};

TEST_F(Deleting, TheOldestTakesItsWalAlong) {
  add(1);
  add(2);
  archive({9, 10, 11, 20, 21});
  EXPECT_TRUE(remove(1));
  EXPECT_THAT(ids(), ElementsAre("2"));
  EXPECT_FALSE(fs::exists(path("s/base/" + id_of(1))));
  EXPECT_THAT(segments(), ElementsAre("20", "21"));
  EXPECT_THAT(read("s/wals/s-xlog.db"), testing::StartsWith(wal(20)));
  EXPECT_THAT(fs::list_directory(path("s/meta")), ElementsAre(id_of(2) + "-backup.info"));
  EXPECT_THAT(told_.infos, ElementsAre("Deleting backup " + id_of(1) + " for server s",
                                       "Delete associated WAL segments:", "\t" + wal(9), "\t" + wal(10), "\t" + wal(11),
                                       testing::StartsWith("Deleted backup " + id_of(1) + " (start time: ")));
  EXPECT_THAT(told_.infos.back(), HasSubstr("elapsed time: less than one second)"));
  EXPECT_FALSE(fs::exists(locks_.backup_id(id_of(1))));
}

TEST_F(Deleting, ALaterOneLeavesTheWal) {
  add(1);
  add(2);
  archive({10, 20});
  EXPECT_TRUE(remove(2));
  EXPECT_THAT(segments(), ElementsAre("10", "20"));
  EXPECT_EQ(told_.infos.size(), 2U);
}

// What a clock or a zone that was set back makes of it: the lowest ids begin last (issue: the clock or zone goes back).
std::string begun_in(int segment) { return fmt::format("begin_wal={0}\nend_wal={0}\n", wal(segment)); }

TEST_F(Deleting, AnIdFromBeforeTheOthersTakesNoWalOfTheirs) {
  add(5);
  add(6);
  add(2, "DONE", begun_in(70));
  add(3, "DONE", begun_in(80));
  archive({40, 50, 60, 70, 80});
  EXPECT_TRUE(remove(2));
  EXPECT_THAT(segments(), ElementsAre("40", "50", "60", "70", "80"));
  EXPECT_TRUE(remove(5));
  EXPECT_THAT(segments(), ElementsAre("60", "70", "80"));
}

TEST_F(Deleting, ThePolicyKeepsTheBackupsThatWereTakenLast) {
  policy(2);
  add(5);
  add(6);
  add(2, "DONE", begun_in(70));
  archive({40, 50, 60, 70});
  enforce();
  EXPECT_THAT(ids(), ElementsAre("2", "6"));
  EXPECT_THAT(segments(), ElementsAre("60", "70"));
}

TEST_F(Deleting, AnEmptiedDirectoryGoesAndAForeignFileKeepsIt) {
  add(1);
  add(2, "DONE");
  archive({9, 10});
  write("s/wals/0000000200000000/000000020000000000000001", "x");
  EXPECT_TRUE(remove(1));
  EXPECT_FALSE(fs::exists(path("s/wals/0000000100000000")));
  EXPECT_TRUE(fs::exists(path("s/wals/0000000200000000"))) << "not in the index: not ours to remove";
}

TEST_F(Deleting, AMissingSegmentIsAWarningAndLosesItsLine) {
  add(1);
  add(2);
  archive({9, 10, 20});
  fs::remove_file(path("s/wals/0000000100000000/" + wal(9)));
  EXPECT_TRUE(remove(1));
  EXPECT_THAT(
      told_.warnings,
      ElementsAre(fmt::format("Ignoring deletion of WAL file {0} for server s: [Errno 2] No such file or directory: "
                              "'{1}/0000000100000000/{0}'",
                              wal(9), path("s/wals"))));
  EXPECT_EQ(read("s/wals/s-xlog.db"), wal(20) + "\t1\t1.0\tNone\tNone\n");
}

TEST_F(Deleting, AnEmptyDirectoryHoldsNoneOfItsSegments) {
  add(1);
  add(2);
  archive({9, 10});
  for (const int missing : {9, 10}) fs::remove_file(path("s/wals/0000000100000000/" + wal(missing)));
  EXPECT_TRUE(remove(1));
  EXPECT_THAT(told_.warnings, ElementsAre(HasSubstr(wal(9)), HasSubstr(wal(10))));
  EXPECT_FALSE(fs::exists(path("s/wals/0000000100000000")));
  EXPECT_EQ(read("s/wals/s-xlog.db"), "");
}

TEST_F(Deleting, DeclinesWhatIsKept) {
  add(1);
  write("s/meta/" + id_of(1) + "-keep", "full");
  EXPECT_FALSE(remove(1));
  EXPECT_THAT(told_.warnings, ElementsAre(HasSubstr("as it has a current keep request.")));
  EXPECT_THAT(ids(), ElementsAre("1"));
}

TEST_F(Deleting, DeclinesBelowTheMinimumRedundancy) {
  config_.minimum_redundancy = 1;
  add(1);
  add(2, "FAILED");
  EXPECT_FALSE(remove(1));
  EXPECT_THAT(told_.warnings, ElementsAre(HasSubstr("(minimum redundancy = 1, current redundancy = 1)")));
  EXPECT_TRUE(remove(2)) << "a failed backup protects nothing";
}

TEST_F(Deleting, CanBeLookedAtBefore) {
  add(1, "DONE", "size=7\nchildren_backup_ids=" + id_of(2) + "\n");
  add(2, "DONE", "size=3\nparent_backup_id=" + id_of(1) + "\n");
  add(3);
  archive({9, 10, 11, 20, 30, 31});
  ServerContext server = context();
  const report::DeletionPreview preview = preview_deletion(server, id_of(1));
  EXPECT_EQ(preview.refusal, std::nullopt);
  ASSERT_EQ(preview.backups.size(), 2U);
  EXPECT_EQ(preview.backups[0].id, id_of(2));
  EXPECT_EQ(preview.backups[1].id, id_of(1));
  EXPECT_EQ(preview.backups[1].size, 7);
  EXPECT_EQ(preview.wal.files, 4);
  EXPECT_EQ(preview.wal.size, 4);
  EXPECT_EQ(preview.wal.first, wal(9));
  EXPECT_EQ(preview.wal.last, wal(20));
  EXPECT_THAT(segments(), ElementsAre("9", "10", "11", "20", "30", "31")) << "nothing changes";
  EXPECT_THAT(ids(), ElementsAre("1", "2", "3"));
  EXPECT_THAT(fs::list_directory(path("locks")), ElementsAre(".s-xlogdb.lock")) << "what a look at the index takes";
  EXPECT_TRUE(remove(1));
  EXPECT_THAT(segments(), ElementsAre("30", "31")) << "as it said";
}

TEST_F(Deleting, LookedAtBeforeSaysWhyNot) {
  add(1);
  ServerContext server = context();
  EXPECT_EQ(preview_deletion(server, id_of(1)).refusal, std::nullopt);
  {
    const auto lock = fs::LockFile::try_acquire(locks_.backup());
    EXPECT_THAT(preview_deletion(server, id_of(1)).refusal.value_or(""), HasSubstr("Another process"));
  }
  config_.minimum_redundancy = 1;
  EXPECT_THAT(preview_deletion(server, id_of(1)).refusal.value_or(""), HasSubstr("minimum redundancy = 1"));
  write("s/meta/" + id_of(1) + "-keep", "full");
  EXPECT_THAT(preview_deletion(server, id_of(1)).refusal.value_or(""), HasSubstr("keep request"));
}

// A backup a day, of which the policy wants the last: the calendar keeps the first of three days in Barman's own way.
class DeletingByCalendar : public Deleting {
 protected:
  DeletingByCalendar() {
    policy(1);
    config_.retention_calendar = config::RetentionCalendar{.days = 3};
    for (const int day : {1, 2, 3, 4, 5}) add_at(day, day);
    archive({5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55});
  }
  void add_at(int number, int day) {
    add(number, "DONE", fmt::format("begin_time={}\n", to_python(today - Micros(86400LL * 1'000'000 * (30 - day)))));
  }
  std::vector<std::string> kept() const {
    std::vector<std::string> days;
    for (const std::string& name : fs::list_directory(path("s/meta")))
      if (name.ends_with("-keep")) days.push_back(name.substr(7, 1));
    return days;
  }
  std::string keep_file(int day) const { return "s/meta/" + id_of(day) + "-keep"; }
};

TEST_F(DeletingByCalendar, KeepsByAnnotationAndDeletesTheOthers) {
  enforce();
  EXPECT_THAT(told_.errors, IsEmpty());
  EXPECT_THAT(ids(), ElementsAre("3", "4", "5"));
  EXPECT_THAT(kept(), ElementsAre("3", "4"));
  EXPECT_EQ(read(keep_file(3)), "standalone");
  EXPECT_THAT(segments(), ElementsAre("30", "35", "40", "45", "50", "55")) << "no later one was deleted";
  enforce();
  EXPECT_THAT(kept(), ElementsAre("3", "4"));
}

TEST_F(DeletingByCalendar, ReleasesWhatItNoLongerHolds) {
  enforce();
  add_at(6, 6);
  enforce();
  EXPECT_THAT(ids(), ElementsAre("4", "5", "6"));
  EXPECT_THAT(kept(), ElementsAre("4", "5"));
  add_at(7, 7);
  remove(6);
  EXPECT_THAT(ids(), ElementsAre("4", "5", "7"));
  config_.retention_calendar.reset();
  enforce();
  EXPECT_THAT(ids(), ElementsAre("7"));
  EXPECT_THAT(fs::list_directory(path("s/.retention-calendar")), IsEmpty());
}

TEST_F(DeletingByCalendar, NeverReleasesWhatAPersonKeeps) {
  catalog::Annotations(config_).set_keep(id_of(1), KeepTarget::standalone);
  enforce();
  EXPECT_THAT(kept(), ElementsAre("1", "3", "4"));
  catalog::Annotations(config_).set_keep(id_of(3), KeepTarget::standalone);  // once more, now by a person
  config_.retention_calendar.reset();
  enforce();
  EXPECT_THAT(ids(), ElementsAre("1", "3", "5"));
  EXPECT_THAT(kept(), ElementsAre("1", "3"));
}

TEST_F(DeletingByCalendar, DeletesNothingThatItCouldNotKeep) {
  write("s/.retention-calendar", "in the way of its notes");
  EXPECT_THROW(enforce(), Error);
  EXPECT_THAT(ids(), ElementsAre("1", "2", "3", "4", "5"));
}

TEST_F(DeletingByCalendar, WalBetweenItsBackupsGoesByBarmansRules) {
  enforce();
  for (const int day : {6, 7}) add_at(day, day);
  config_.retention_calendar = config::RetentionCalendar{.months = 2};
  enforce();  // two are released, and the last of them takes along what no keep protects
  EXPECT_THAT(kept(), ElementsAre("3"));
  EXPECT_THAT(ids(), ElementsAre("3", "7"));
  EXPECT_THAT(segments(), ElementsAre("30"));
}

TEST_F(DeletingByCalendar, DeletesNothingWhileItCannotBeRead) {
  config_.retention_calendar.reset();
  config_.retention_calendar_text = "seven days";
  enforce();
  EXPECT_THAT(ids(), ElementsAre("1", "2", "3", "4", "5"));
  EXPECT_THAT(told_.errors, ElementsAre(HasSubstr("invalid retention_calendar 'seven days'")));
}

TEST_F(DeletingByCalendar, LeavesWhatThePolicyHoldsWithoutAKeep) {
  policy(2);
  enforce();
  EXPECT_THAT(ids(), ElementsAre("3", "4", "5"));
  EXPECT_THAT(kept(), ElementsAre("3"));
  policy(3);
  enforce();
  EXPECT_THAT(kept(), IsEmpty()) << "a standalone keep would give up WAL that the policy wants";
}

TEST_F(Deleting, IncrementsGoFirst) {
  add(1, "DONE", "children_backup_ids=" + id_of(2) + "," + id_of(3) + "," + id_of(9) + "\n");
  add(2, "DONE", "parent_backup_id=" + id_of(1) + "\nchildren_backup_ids=" + id_of(4) + "\n");
  add(3, "DONE", "parent_backup_id=" + id_of(1) + "\n");
  add(4, "DONE", "parent_backup_id=" + id_of(2) + "\n");
  add(5);
  EXPECT_TRUE(remove(1));
  EXPECT_THAT(ids(), ElementsAre("5"));
  EXPECT_THAT(told_.warnings, ElementsAre(HasSubstr("Deleting all backups in the tree")));
  std::vector<std::string> order;
  for (const std::string& text : told_.infos)
    if (text.starts_with("Deleted backup ")) order.push_back(text.substr(22, 1));
  EXPECT_THAT(order, ElementsAre("4", "2", "3", "1"));
}

TEST_F(Deleting, AnIncrementLeavesItsParent) {
  add(1, "DONE", "children_backup_ids=" + id_of(2) + "," + id_of(3) + "\n");
  add(2, "DONE", "parent_backup_id=" + id_of(1) + "\n");
  add(3, "DONE", "parent_backup_id=" + id_of(1) + "\n");
  EXPECT_TRUE(remove(2));
  EXPECT_EQ(catalog::BackupCatalog(config_).find(id_of(1))->children_backup_ids, id_of(3));
  EXPECT_TRUE(remove(3));
  EXPECT_EQ(catalog::BackupCatalog(config_).find(id_of(1))->children_backup_ids, std::nullopt);
}

TEST_F(Deleting, TheNextRsyncBackupIsMeasuredAgain) {
  add(1, "DONE", "mode=rsync-concurrent\n");
  add(2, "DONE", "mode=rsync-concurrent\nsize=1\ndeduplicated_size=0\n");
  fs::remove_file(path("s/base/" + id_of(2) + "/data/file"));
  ASSERT_EQ(
      ::link(path("s/base/" + id_of(1) + "/data/file").c_str(), path("s/base/" + id_of(2) + "/data/file").c_str()), 0);
  EXPECT_TRUE(remove(1));
  const catalog::BackupCatalog catalog(config_);
  EXPECT_EQ(catalog.find(id_of(2))->size, 5);
  EXPECT_EQ(catalog.find(id_of(2))->deduplicated_size, 5);
}

TEST_F(Deleting, BusyLocksAreTold) {
  add(1);
  {
    const auto lock = fs::LockFile::try_acquire(locks_.backup());
    EXPECT_FALSE(remove(1));
  }
  {
    const auto lock = fs::LockFile::try_acquire(locks_.backup_id(id_of(1)));
    EXPECT_FALSE(remove(1));
  }
  EXPECT_THAT(told_.errors,
              ElementsAre("Another process in running on server s. Impossible to delete the backup.",
                          "Another process is holding the lock for backup " + id_of(1) + " of server s."));
  EXPECT_THAT(ids(), ElementsAre("1"));
}

TEST_F(Deleting, ABusyIncrementSavesItsRoot) {
  add(1, "DONE", "children_backup_ids=" + id_of(2) + "\n");
  add(2, "DONE", "parent_backup_id=" + id_of(1) + "\n");
  const auto lock = fs::LockFile::try_acquire(locks_.backup_id(id_of(2)));
  EXPECT_FALSE(remove(1));
  EXPECT_THAT(ids(), ElementsAre("1", "2"));
  EXPECT_THAT(told_.errors.back(), HasSubstr("Failed to delete one of its incremental backups."));
}

// What cannot be judged: each of these takes the place of a sound backup.info of backup 2.
struct Damage {
  const char* label;
  std::string text;
  bool says_where_it_begins;
};
class DeletingBesideDamage : public Deleting, public testing::WithParamInterface<Damage> {
 protected:
  void damage(int day) { write("s/meta/" + id_of(day) + "-backup.info", GetParam().text); }
};

TEST_P(DeletingBesideDamage, GoesOnAndKeepsTheWalThatMayBeNeeded) {
  for (const int day : {1, 2, 3, 4}) add(day);
  damage(2);
  archive({9, 10, 15, 20, 25, 30, 40});
  EXPECT_TRUE(remove(1));
  EXPECT_FALSE(fs::exists(path("s/base/" + id_of(1))));
  if (GetParam().says_where_it_begins)
    EXPECT_THAT(segments(), ElementsAre("20", "25", "30", "40"));
  else
    EXPECT_THAT(segments(), ElementsAre("9", "10", "15", "20", "25", "30", "40"));
  EXPECT_THAT(told_.warnings,
              ElementsAre(testing::AllOf(HasSubstr(id_of(2)), HasSubstr(path("s/meta/" + id_of(2) + "-backup.info")))));
}

TEST_P(DeletingBesideDamage, RetentionGoesOnToo) {
  policy(1);
  for (const int day : {1, 2, 3, 4}) add(day);
  damage(2);
  archive({9, 10, 20, 30, 40});
  enforce();
  EXPECT_THAT(ids(), ElementsAre("4"));
  EXPECT_THAT(told_.warnings, testing::Contains(HasSubstr(path("s/meta/" + id_of(2) + "-backup.info"))));
  EXPECT_THAT(told_.errors, IsEmpty());
}

TEST_P(DeletingBesideDamage, TheDamagedOneGoesByItsId) {
  config_.hooks["pre_delete_script"] = config_.hooks["post_delete_script"] = "true";
  for (const int day : {1, 2, 3}) add(day);
  damage(2);
  archive({10, 20, 30});
  EXPECT_TRUE(remove(id_of(2)));
  EXPECT_THAT(ids(), ElementsAre("1", "3"));
  EXPECT_THAT(segments(), ElementsAre("10", "20", "30")) << "an earlier backup needs it";
  EXPECT_FALSE(fs::exists(path("s/base/" + id_of(2))));
  EXPECT_THAT(fs::list_directory(path("s/meta")), ElementsAre(id_of(1) + "-backup.info", id_of(3) + "-backup.info"));
  EXPECT_EQ(hook_calls_.size(), 2U) << "as for any other";
  EXPECT_TRUE(remove(1));
  EXPECT_THAT(segments(), ElementsAre("30"));
}

TEST_P(DeletingBesideDamage, TheDamagedOneIsFinishedByCronWhenItsDeletionWasInterrupted) {
  for (const int day : {2, 3}) add(day);
  damage(2);
  write("s/meta/" + id_of(2) + "-delete_this", "delete");
  enforce();
  EXPECT_THAT(fs::list_directory(path("s/meta")), ElementsAre(id_of(3) + "-backup.info"));
}

TEST_P(DeletingBesideDamage, TheDamagedOneKeepsItsKeep) {
  for (const int day : {2, 3}) add(day);
  damage(2);
  write("s/meta/" + id_of(2) + "-keep", "full");
  EXPECT_FALSE(remove(id_of(2)));
  EXPECT_TRUE(fs::exists(path("s/base/" + id_of(2) + "/data/file")));
}

INSTANTIATE_TEST_SUITE_P(
    Of, DeletingBesideDamage,
    testing::Values(Damage{"an_empty_file", "", false},
                    Damage{"a_file_that_was_cut_off_early", "begin_time=2026-01-02 00:00:00+00:00\nbegin_w", false},
                    Damage{"a_file_that_was_cut_off_late", "begin_wal=" + wal(20) + "\nend_wal=" + wal(20) + "\nmo",
                           true},
                    Damage{"a_file_that_was_cut_off_between_lines", "begin_wal=" + wal(20) + "\nmode=postgres\n", true},
                    Damage{"zeros", std::string(500, '\0'), false},
                    Damage{"zeros_at_the_end", "begin_wal=" + wal(20) + "\n" + std::string(500, '\0'), true},
                    Damage{"a_newer_version", "begin_wal=" + wal(20) + "\ncolour=red\nstatus=DONE\n", true},
                    Damage{"an_invalid_value", "begin_wal=" + wal(20) + "\nstatus=DONE\nsize=big\n", true},
                    Damage{"two_opinions", "begin_wal=" + wal(20) + "\nbegin_wal=" + wal(30) + "\ncolour=red\n", false},
                    Damage{"done_without_a_begin", "status=DONE\nmode=postgres\nend_wal=" + wal(20) + "\n", false}),
    [](const auto& row) { return std::string(row.param.label); });

TEST_F(Deleting, IncrementsOfADamagedBackupGoWithIt) {
  add(1, "DONE", "children_backup_ids=" + id_of(2) + "\n");
  add(2, "DONE", "colour=red\n");
  add(3, "DONE", "parent_backup_id=" + id_of(2) + "\n");
  add(4);
  EXPECT_TRUE(remove(id_of(2)));
  EXPECT_THAT(ids(), ElementsAre("1", "4"));
  EXPECT_THAT(told_.warnings, ElementsAre(HasSubstr("Deleting all backups in the tree")));
  EXPECT_EQ(catalog::BackupCatalog(config_).find(id_of(1))->children_backup_ids, std::nullopt);
}

TEST_F(Deleting, ADamagedSnapshotBackupIsNotOursToDelete) {
  add(1, "DONE", "colour=red\nmode=snapshot-concurrent\n");
  add(2);
  write("s/meta/" + id_of(1) + "-backup.info", "mode=snapshot-concurrent\ncolour=red\n");
  EXPECT_FALSE(remove(id_of(1)));
  EXPECT_THAT(told_.errors, ElementsAre(HasSubstr("snapshot")));
}

TEST_F(Deleting, HooksRunAroundBackupAndSegments) {
  for (const char* option :
       {"pre_delete_script", "post_delete_script", "pre_wal_delete_script", "post_wal_delete_script"})
    config_.hooks[option] = "true";
  add(1);
  add(2);
  archive({9, 20});
  EXPECT_TRUE(remove(1));
  EXPECT_THAT(hook_calls_, ElementsAre("pre delete_script DONE", "pre wal_delete_script " + wal(9),
                                       "post wal_delete_script " + wal(9), "post delete_script DONE"));
}

TEST_F(Deleting, AHookThatStopsItLeavesNoTrace) {
  config_.hooks["pre_delete_retry_script"] = "exit 63";
  stop_at_ = "pre delete_retry_script DONE";
  add(1);
  EXPECT_FALSE(remove(1));
  EXPECT_THAT(told_.errors, ElementsAre(HasSubstr("Abort 'pre_delete_retry_script' retry hook script")));
  EXPECT_EQ(catalog::BackupCatalog(config_).find(id_of(1))->status, BackupStatus::done);
  EXPECT_THAT(fs::list_directory(path("s/meta")), ElementsAre(id_of(1) + "-backup.info"));
  EXPECT_THAT(told_.infos, IsEmpty());
}

TEST_F(Deleting, AnInterruptedOneIsNotRestorableAndIsFinishedLater) {
  config_.hooks["pre_wal_delete_retry_script"] = "exit 63";
  stop_at_ = "pre wal_delete_retry_script " + wal(10);
  add(1);
  add(2);
  archive({9, 10, 20});
  EXPECT_FALSE(remove(1));
  EXPECT_EQ(catalog::BackupCatalog(config_).find(id_of(1))->status, BackupStatus::started);
  EXPECT_TRUE(catalog::Annotations(config_).delete_this(id_of(1)));
  EXPECT_THAT(segments(), ElementsAre("10", "20"));
  EXPECT_THAT(read("s/wals/s-xlog.db"), testing::StartsWith(wal(9))) << "the index is replaced only at the end";

  config_.hooks.clear();
  policy(5);
  enforce();
  EXPECT_THAT(ids(), ElementsAre("2"));
  EXPECT_THAT(segments(), ElementsAre("20"));
  EXPECT_THAT(fs::list_directory(path("s/meta")), ElementsAre(id_of(2) + "-backup.info"));
}

TEST_F(Deleting, DamageOfTheIndexIsFoundBeforeAnySegmentGoes) {
  add(1);
  add(2);
  archive({9, 10, 20});
  write("s/wals/s-xlog.db", read("s/wals/s-xlog.db") + "garbage\n");
  EXPECT_FALSE(remove(1));
  EXPECT_THAT(segments(), ElementsAre("9", "10", "20"));
  EXPECT_THAT(told_.errors, ElementsAre(testing::AllOf(
                                testing::StartsWith("Failure deleting backup " + id_of(1) + " for server s.\n"),
                                HasSubstr("'garbage'"), HasSubstr("barman rebuild-xlogdb s"))));
}

TEST_F(Deleting, ThePolicyDeletesWhatIsObsolete) {
  policy(1);
  add(1);
  add(2, "FAILED");
  add(3);
  archive({9, 10, 30});
  enforce();
  EXPECT_THAT(ids(), ElementsAre("2", "3"));
  EXPECT_THAT(segments(), ElementsAre("30"));
  EXPECT_EQ(told_.infos.front(), "Enforcing retention policy: removing backup " + id_of(1) + " for server s");
}

TEST_F(Deleting, ThePolicyProtectsTheSegmentsOfAStandaloneKeep) {
  policy(1);
  add(1);
  add(2);
  add(3);
  write("s/meta/" + id_of(1) + "-keep", "standalone");
  archive({9, 10, 11, 20, 30});
  enforce();
  EXPECT_THAT(ids(), ElementsAre("1", "3"));
  EXPECT_THAT(segments(), ElementsAre("10", "30"));
}

TEST_F(Deleting, ThePolicyTakesIncrementsBeforeTheirRoot) {
  policy(1);
  add(1, "DONE", "children_backup_ids=" + id_of(2) + "\n");
  add(2, "DONE", "parent_backup_id=" + id_of(1) + "\n");
  add(3);
  enforce();
  EXPECT_THAT(ids(), ElementsAre("3"));
  EXPECT_THAT(told_.infos.front(), HasSubstr(id_of(2)));
  EXPECT_THAT(told_.errors, IsEmpty());
}

TEST_F(Deleting, AChildThatItsParentDoesNotListGoesWithIt) {
  add(1, "DONE", "children_backup_ids=" + id_of(3) + "\n");
  add(2, "STARTED", "parent_backup_id=" + id_of(1) + "\n");  // was killed before it was listed
  add(3, "DONE", "parent_backup_id=" + id_of(1) + "\n");
  add(4);
  EXPECT_TRUE(remove(1));
  EXPECT_THAT(ids(), ElementsAre("4"));
}

TEST_F(Deleting, ChildrenThatAreNotHereAreSkipped) {
  add(1, "DONE", "mode=passive\nchildren_backup_ids=" + id_of(2) + "," + id_of(3) + "\n");
  add(3, "DONE", "mode=passive\nparent_backup_id=" + id_of(1) + "\n");
  add(4);
  EXPECT_TRUE(remove(1));
  EXPECT_THAT(ids(), ElementsAre("4"));
  EXPECT_THAT(told_.errors, IsEmpty());
}

TEST_F(Deleting, WhatIsLeftOfATornChainCanBeDeleted) {
  add(2, "DONE", "parent_backup_id=" + id_of(1) + "\nchildren_backup_ids=" + id_of(3) + "\n");
  add(3, "DONE", "parent_backup_id=" + id_of(2) + "\n");
  add(4);
  EXPECT_TRUE(remove(2));
  EXPECT_THAT(ids(), ElementsAre("4"));
}

TEST_F(Deleting, ThePolicyTakesATreeOrNothingOfIt) {
  policy(1);
  add(1, "DONE", "children_backup_ids=" + id_of(2) + "," + id_of(3) + "\n");
  add(2, "DONE", "parent_backup_id=" + id_of(1) + "\n");
  add(3, "DONE", "parent_backup_id=" + id_of(1) + "\n");
  add(4);
  for (const int busy : {1, 2, 3}) {
    const auto lock = fs::LockFile::try_acquire(locks_.backup_id(id_of(busy)));
    enforce();
    EXPECT_THAT(ids(), ElementsAre("1", "2", "3", "4")) << busy;
  }
  EXPECT_THAT(told_.warnings, testing::Each(HasSubstr("skipping retention policy application")));
  EXPECT_THAT(told_.errors, IsEmpty());
  enforce();
  EXPECT_THAT(ids(), ElementsAre("4"));
}

TEST_F(Deleting, ThePolicyWaitsForABackupOnTop) {
  policy(1);
  add(1);
  add(2, "STARTED", "parent_backup_id=" + id_of(1) + "\n");
  add(3, "SYNCING", "parent_backup_id=" + id_of(1) + "\n");
  add(4);
  {
    const auto backup = fs::LockFile::try_acquire(locks_.backup());
    enforce();
  }
  {
    const auto sync = fs::LockFile::try_acquire(locks_.sync_backup(id_of(3)));
    enforce();
  }
  EXPECT_THAT(ids(), ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(told_.warnings, ElementsAre(HasSubstr("Backup " + id_of(2) + " of server s is being written"),
                                          HasSubstr("Backup " + id_of(3) + " of server s is being written")));
  enforce();
  EXPECT_THAT(ids(), ElementsAre("4"));
}

TEST_F(Deleting, ThePolicyFindsAChildThatWasTakenMeanwhile) {
  policy(1);
  add(1);
  add(2);
  add(4);
  config_.hooks["pre_delete_script"] = "true";
  at_hook_call_ = [this](const std::string&) {
    at_hook_call_ = nullptr;  // of backup 1
    add(2, "DONE", "children_backup_ids=" + id_of(3) + "\n");
    add(3, "DONE", "parent_backup_id=" + id_of(2) + "\n");
  };
  enforce();
  EXPECT_THAT(ids(), ElementsAre("4"));
  EXPECT_FALSE(fs::exists(path("s/base/" + id_of(3))));
}

TEST_F(Deleting, ThePolicySaysSoWhenItTakesTheNewest) {
  policy(1);
  add(1, "DONE", "children_backup_ids=" + id_of(3) + "\n");
  add(2);
  add(3, "DONE", "parent_backup_id=" + id_of(1) + "\n");
  enforce();
  EXPECT_THAT(ids(), ElementsAre("2"));
  EXPECT_THAT(told_.warnings,
              ElementsAre(HasSubstr("Backup " + id_of(3) + " is the newest of server s, and obsolete")));
}

TEST_F(Deleting, ThePolicySkipsWhatIsLockedAndGoesOn) {
  policy(1);
  add(1);
  add(2);
  add(3);
  const auto lock = fs::LockFile::try_acquire(locks_.backup_id(id_of(1)));
  enforce();
  EXPECT_THAT(ids(), ElementsAre("1", "3"));
  EXPECT_THAT(told_.warnings, ElementsAre("Another action is in progress for the backup " + id_of(1) +
                                          " of server s, skipping retention policy application"));
}

TEST_F(Deleting, ThePolicyLeavesOrphansToTheOperator) {
  policy(1);
  add(1);
  add(2);
  fs::remove_tree(path("s/base/" + id_of(1)));
  enforce();
  EXPECT_THAT(ids(), ElementsAre("1", "2"));
  EXPECT_THAT(told_.warnings,
              ElementsAre(fmt::format(
                  "Backup '{0}' is an orphan backup, this is possibly the result of an incomplete delete "
                  "operation. Please manually delete the following files or directories if present:\n* {1} \n"
                  "* {2} \n",
                  id_of(1), path("s/base/" + id_of(1)), path("s/meta/" + id_of(1) + "-backup.info"))));
}

TEST_F(Deleting, WithoutAPolicyNothingIsEnforcedAndInterruptedDeletionsAreFinished) {
  add(1);
  add(2);
  add(3);
  archive({9, 10, 20, 30});
  enforce();
  write("s/meta/" + id_of(1) + "-delete_this", "delete");
  enforce();
  EXPECT_THAT(ids(), ElementsAre("2", "3"));
  EXPECT_THAT(segments(), ElementsAre("20", "30"));
  EXPECT_EQ(told_.infos.front(), "Finishing the interrupted deletion of backup " + id_of(1) + " for server s");
  policy(1);
  config_.retention_policy_mode = "manual";
  write("s/meta/" + id_of(3) + "-delete_this", "delete");
  enforce();
  EXPECT_THAT(ids(), ElementsAre("2"));
  EXPECT_THAT(fs::list_directory(path("s/meta")), ElementsAre(id_of(2) + "-backup.info"));
}

// A deletion that was interrupted when only its entry, or its entry and its mark, were left.
TEST_F(Deleting, AnInterruptedOneIsFinishedByTheSameWordAndTakesNoOther) {
  config_.hooks["post_delete_script"] = "true";
  for (const char* word : {"oldest", "first", "weekly"}) {
    add(1, "DONE", "backup_name=weekly\n");
    add(2);
    archive({9, 10, 20});
    interrupt(1);
    EXPECT_EQ(catalog::BackupCatalog(config_).find(id_of(1))->status, BackupStatus::started);
    EXPECT_TRUE(remove(word));
    EXPECT_THAT(ids(), ElementsAre("2")) << word;
    EXPECT_THAT(segments(), ElementsAre("20")) << word;
    EXPECT_THAT(fs::list_directory(path("s/meta")), ElementsAre(id_of(2) + "-backup.info"));
    EXPECT_THAT(told_.warnings, testing::Contains(HasSubstr("To finish its deletion: barman delete s " + id_of(1))));
    told_.warnings.clear();
  }
}

TEST_F(Deleting, OneThatLacksOnlyTheRemovalOfItsMarkIsReportedAsDeletedByTheSameWord) {
  config_.hooks["post_delete_script"] = "true";
  add(1, "DONE", "backup_name=weekly\n");
  add(2);
  for (const char* word : {"oldest", "weekly", "20260101T000000"}) {
    write("s/meta/" + id_of(1) + "-delete_this",
          "status=DONE\nmode=postgres\nbackup_name=weekly\nbegin_wal=" + wal(10) + "\nend_wal=" + wal(10) + "\n");
    fs::remove_file(path("s/meta/" + id_of(1) + "-backup.info"));
    told_.infos.clear();
    hook_calls_.clear();
    EXPECT_TRUE(remove(word)) << word;
    EXPECT_THAT(ids(), ElementsAre("2")) << word;
    EXPECT_THAT(told_.infos, ElementsAre(testing::StartsWith("Deleted backup " + id_of(1)))) << word;
    EXPECT_THAT(hook_calls_, ElementsAre("post delete_script DONE")) << word;
    EXPECT_THAT(fs::list_directory(path("s/meta")), ElementsAre(id_of(2) + "-backup.info"));
  }
  EXPECT_TRUE(remove("oldest"));
  EXPECT_THAT(ids(), IsEmpty()) << "now it means the next";
}

TEST_F(Deleting, TheMarkIsTheLastThatGoes) {
  config_.hooks["post_delete_script"] = "true";
  add(1);
  add(2);
  at_hook_call_ = [this](const std::string& call) {
    if (call != "post delete_script DONE") return;
    EXPECT_THAT(fs::list_directory(path("s/meta")), ElementsAre(id_of(1) + "-delete_this", id_of(2) + "-backup.info"));
    const auto before = catalog::Annotations(config_).marked_entry(id_of(1));
    ASSERT_TRUE(before);
    EXPECT_EQ(before->status, BackupStatus::done) << "as it was before";
    EXPECT_EQ(before->begin_wal, wal(10));
  };
  EXPECT_TRUE(remove(1));
  EXPECT_EQ(hook_calls_.size(), 1U);
}

TEST_F(Deleting, AnotherWordDeletesAnotherBackup) {
  add(1);
  add(2);
  add(3);
  archive({9, 10, 20, 30});
  interrupt(1);
  EXPECT_TRUE(remove("latest"));
  EXPECT_THAT(ids(), ElementsAre("1", "2"));
}

TEST_F(Deleting, WhatIsHalfDeletedCountsForNoPolicyAndNoMinimum) {
  add(1);
  add(2);
  add(3);
  write("s/meta/" + id_of(3) + "-delete_this", "delete");
  config_.minimum_redundancy = 2;
  EXPECT_FALSE(remove(1));
  config_.minimum_redundancy = 0;
  policy(2);
  enforce();
  EXPECT_THAT(ids(), ElementsAre("1", "2")) << "two are left, as they would be if it had not been interrupted";
}

// Ids are local time: one may come again.
TEST_F(Deleting, ANewBackupIsNotTakenForAHalfDeletedOneOfItsId) {
  write("s/meta/" + id_of(1) + "-delete_this", "delete");
  add(2);
  catalog::BackupCatalog catalog(config_);
  catalog::BackupInfo info;
  info.backup_id = id_of(1);
  info.set_status(BackupStatus::done);
  catalog.save(info);
  EXPECT_FALSE(catalog.is_half_deleted(id_of(1)));
  enforce();
  EXPECT_THAT(ids(), ElementsAre("1", "2"));
}

TEST_F(Deleting, AKeepIsStrongerThanAnOldMark) {
  policy(1);
  add(1);
  add(2);
  write("s/meta/" + id_of(1) + "-delete_this", "delete");
  write("s/meta/" + id_of(1) + "-keep", "full");
  enforce();
  EXPECT_THAT(ids(), ElementsAre("1", "2"));
}

TEST_F(Deleting, AMarkWithoutItsBackupIsCleared) {
  add(2);
  add(3);
  write("s/meta/" + id_of(1) + "-delete_this", "delete");
  write("s/meta/" + id_of(2) + "-delete_this", "delete");
  policy(2);
  config_.minimum_redundancy = 2;
  write("s/meta/" + id_of(2) + "-keep", "full");
  enforce();
  EXPECT_FALSE(fs::exists(path("s/meta/" + id_of(1) + "-delete_this")));
  EXPECT_TRUE(fs::exists(path("s/meta/" + id_of(2) + "-delete_this"))) << "its backup is still there";
}

class FirstBackup : public Deleting {
 protected:
  void purge(int day, bool silent = false) {
    ServerContext server = context();
    purge_before_first_backup(server, *server.backups().find(id_of(day)), silent);
  }
};

TEST_F(FirstBackup, RemovesOlderWal) {
  add(1, "STARTED");
  archive({8, 9, 10});
  purge(1);
  purge(1);
  EXPECT_THAT(segments(), ElementsAre("10"));
  EXPECT_THAT(
      told_.infos,
      ElementsAre("This is the first backup for server s", "WAL segments preceding the current backup have been found:",
                  "\t" + wal(8) + " from server s has been removed", "\t" + wal(9) + " from server s has been removed",
                  "This is the first backup for server s"));
}

TEST_F(FirstBackup, MaySayNothing) {
  add(1, "STARTED");
  archive({9, 10});
  purge(1, true);
  EXPECT_THAT(segments(), ElementsAre("10"));
  EXPECT_THAT(told_.infos, IsEmpty());
}

TEST_F(FirstBackup, IsNotOneAfterAnother) {
  add(1);
  add(2, "STARTED");
  archive({9, 10});
  purge(2);
  EXPECT_THAT(segments(), ElementsAre("9", "10"));
  EXPECT_THAT(told_.infos, IsEmpty());
}

TEST_F(FirstBackup, IsNotOneThatOnlyHasTheLowestId) {
  add(5);
  add(1, "STARTED", begun_in(70));
  archive({49, 50, 60, 70});
  purge(1);
  EXPECT_THAT(segments(), ElementsAre("49", "50", "60", "70"));
  EXPECT_THAT(told_.infos, IsEmpty());
}

TEST_F(FirstBackup, LeavesWormStorageAlone) {
  config_.worm_mode = true;
  add(1, "STARTED");
  archive({9, 10});
  purge(1);
  EXPECT_THAT(segments(), ElementsAre("9", "10"));
  EXPECT_THAT(told_.infos, ElementsAre("This is the first backup for server s",
                                       "'worm_mode' is enabled, skip purging of unused WAL files."));
}

TEST_F(FirstBackup, DoesNotTrustACatalogueItCannotRead) {
  add(1, "DONE", "colour=red\n");
  add(2, "STARTED");
  archive({9, 10});
  purge(2);
  purge(2, true);
  EXPECT_THAT(segments(), ElementsAre("9", "10"));
  EXPECT_THAT(told_.infos, IsEmpty());
  EXPECT_THAT(told_.warnings, ElementsAre(HasSubstr(path("s/meta/" + id_of(1) + "-backup.info"))));
}

}  // namespace
}  // namespace barman::backup
