#include "barman/catalog/backup_catalog.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <ctime>
#include <fstream>
#include <functional>

#include "barman/catalog/annotations.h"
#include "barman/catalog/identity.h"
#include "barman/codec/codec.h"
#include "fixture.h"

namespace barman::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string failure_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

class Catalog : public ServerDirectory {
 protected:
  void add(const std::string& id, const std::string& status, const std::string& more = {}) const {
    write("s/meta/" + id + "-backup.info", fmt::format("server_name=s\nmode=postgres\nstatus={}\n{}", status, more));
  }
  std::vector<std::string> ids() const {
    std::vector<std::string> result;
    const BackupCatalog catalog(config_);
    for (const auto& [id, info] : catalog.all()) result.push_back(id);
    return result;
  }
};

TEST_F(Catalog, IsEmptyWithoutDirectories) {
  config_.backup_directory = path("nowhere");
  config_.basebackups_directory = path("nowhere/base");
  const BackupCatalog catalog(config_);
  EXPECT_TRUE(catalog.all().empty());
  EXPECT_EQ(catalog.latest(), nullptr);
  EXPECT_EQ(catalog.oldest(), nullptr);
}

TEST_F(Catalog, FindsEntriesAtBothPlacesAndPrefersTheNewOne) {
  add("20260102T000000", "DONE", "size=2\n");
  write("s/base/20260101T000000/backup.info", "status=DONE\n");
  write("s/base/20260102T000000/backup.info", "status=FAILED\nsize=1\n");
  write("s/base/.import-x/backup.info", "status=DONE\n");
  write("s/meta/20260102T000000-keep", "full");
  write("s/meta/.20260103T000000-backup.info", "status=DONE\n");
  write("s/meta/-backup.info", "status=DONE\n");
  const BackupCatalog catalog(config_);
  EXPECT_THAT(ids(), ElementsAre("20260101T000000", "20260102T000000"));
  EXPECT_EQ(catalog.find("20260102T000000")->size, 2);
  EXPECT_EQ(catalog.find("20260101T000000")->server_name, "s");
  EXPECT_EQ(catalog.find("20260101T000000")->mode, "postgres");
  EXPECT_EQ(catalog.readable_info_path("20260101T000000"), path("s/base/20260101T000000/backup.info"));
  EXPECT_EQ(catalog.readable_info_path("20260102T000000"), path("s/meta/20260102T000000-backup.info"));
  EXPECT_EQ(catalog.readable_info_path("20260109T000000"), path("s/meta/20260109T000000-backup.info"));
}

TEST_F(Catalog, SetsUnreadableEntriesApart) {
  add("20260101T000000", "DONE");
  add("20260102T000000", "DONE", "colour=red\n");
  write("s/base/20260102T000000/backup.info", "status=DONE\n");
  const BackupCatalog catalog(config_);
  EXPECT_THAT(ids(), ElementsAre("20260101T000000"));
  ASSERT_EQ(catalog.unreadable().size(), 1U);
  EXPECT_THAT(catalog.unreadable().at("20260102T000000").what(), HasSubstr("Unsupported field 'colour'"));
  EXPECT_THAT(catalog.unreadable().at("20260102T000000").hint(), HasSubstr("s/meta/20260102T000000-backup.info"));
  EXPECT_THAT(failure_of([&] { catalog.resolve("20260102T000000"); }), HasSubstr("Unsupported field 'colour'"));
  EXPECT_THAT(failure_of([&] { catalog.require_all_readable(); }), HasSubstr("Unsupported field 'colour'"));
  EXPECT_EQ(catalog.resolve("latest").backup_id, "20260101T000000");
}

TEST_F(Catalog, WordsNeverMeanAHalfDeletedBackup) {
  add("20260101T000000", "DONE", "backup_name=weekly\n");  // marked, and nothing else done yet
  add("20260102T000000", "DONE");
  add("20260103T000000", "WAITING_FOR_WALS");
  add("20260104T000000", "FAILED");
  add("20260105T000000", "DONE");
  for (const char* id : {"20260101T000000", "20260103T000000", "20260104T000000", "20260105T000000", "20260109T000000"})
    write(fmt::format("s/meta/{}-delete_this", id), "delete");
  write("s/meta/20260105T000000-keep", "full");  // since then
  const BackupCatalog catalog(config_);
  EXPECT_EQ(catalog.resolve("oldest").backup_id, "20260102T000000");
  EXPECT_EQ(catalog.resolve("latest").backup_id, "20260105T000000");
  EXPECT_EQ(catalog.resolve("latest-full").backup_id, "20260105T000000");
  EXPECT_EQ(failure_of([&] { catalog.resolve("weekly"); }), "Unknown backup 'weekly' for server 's'");
  EXPECT_EQ(failure_of([&] { catalog.resolve("last-failed"); }), "Unknown backup 'last-failed' for server 's'");
  EXPECT_EQ(failure_of([&] { catalog.resolve("20260101T000000"); }),
            "Backup 20260101T000000 of server s is half-deleted: its deletion was interrupted");
  EXPECT_EQ(catalog.resolve("20260101T000000", BackupCatalog::HalfDeleted::shown).backup_id, "20260101T000000");
  EXPECT_EQ(catalog.previous(catalog.resolve("oldest")), nullptr);
  EXPECT_EQ(catalog.next(catalog.resolve("oldest"))->backup_id, "20260105T000000");
  EXPECT_EQ(catalog.done_full_count(), 2);
  const std::pair<const char*, const char*> rows[] = {{"oldest", "20260101T000000"},
                                                      {"weekly", "20260101T000000"},
                                                      {"latest", "20260105T000000"},
                                                      {"last-failed", "20260104T000000"},
                                                      {"20260109T000000", "20260109T000000"}};
  for (const auto& [argument, id] : rows) EXPECT_EQ(catalog.resolve_for_deletion(argument), id) << argument;
  for (const char* argument : {"auto", "monthly", "20260108T000000"})
    EXPECT_EQ(failure_of([&] { catalog.resolve_for_deletion(argument); }),
              fmt::format("Unknown backup '{}' for server 's'", argument));
}

TEST_F(Catalog, SaysWhatItCanOfAnUnreadableEntry) {
  add("20260101T000000", "DONE", "parent_backup_id=20260102T000000\nbegin_wal=000000010000000000000002\n");
  write("s/meta/20260102T000000-backup.info", "begin_wal=000000020000000000000003\nmode=rsync-concurrent\nst");
  write("s/meta/20260103T000000-backup.info", "");
  const BackupCatalog catalog(config_);
  EXPECT_THAT(ids(), ElementsAre("20260101T000000"));
  const BackupInfo* known = catalog.stand_in("20260102T000000");
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(known->status, BackupStatus::unknown);
  EXPECT_EQ(known->begin_wal, "000000020000000000000003");
  EXPECT_EQ(known->timeline, 2);
  EXPECT_EQ(known->type(), BackupType::rsync);
  EXPECT_EQ(known->children_backup_ids, "20260101T000000");
  ASSERT_NE(catalog.stand_in("20260103T000000"), nullptr);
  EXPECT_FALSE(catalog.stand_in("20260103T000000")->begin_wal);
  EXPECT_THAT(catalog.unreadable().at("20260103T000000").what(), HasSubstr("is empty or cut off"));
  EXPECT_EQ(catalog.stand_in("20260101T000000"), nullptr);
  EXPECT_EQ(catalog.in_order_with_unreadable().size(), 3U);
  EXPECT_EQ(catalog.in_order().size(), 1U);
}

// By whichever program: the entry of a backup that has just begun says so.
TEST_F(Catalog, TakesANewEntryForWhatItIs) {
  BackupCatalog catalog(config_);
  const BackupInfo info = catalog.create(now());
  catalog.save(info);
  write("s/meta/20200101T000000-backup.info", "backup_label=None\nserver_name=s\nstatus=EMPTY\nversion=None\n");
  catalog.reload();
  EXPECT_TRUE(catalog.unreadable().empty());
  EXPECT_EQ(catalog.find(info.backup_id)->status, BackupStatus::empty);
  EXPECT_EQ(catalog.find("20200101T000000")->status, BackupStatus::empty);
}

TEST_F(Catalog, ResolvesShortcutsIdsAndNames) {
  add("20260101T000000", "FAILED");
  add("20260102T000000", "DONE", "backup_name=weekly\n");
  add("20260103T000000", "WAITING_FOR_WALS", "backup_name=monthly\nparent_backup_id=20260102T000000\n");
  add("20260104T000000", "FAILED", "backup_name=yearly\n");
  add("20260105T000000", "STARTED");
  add("20260106T000000", "RESTING");
  const BackupCatalog catalog(config_);
  const std::pair<const char*, const char*> rows[] = {
      {"latest", "20260103T000000"},         {"last", "20260103T000000"},        {"oldest", "20260102T000000"},
      {"first", "20260102T000000"},          {"last-failed", "20260104T000000"}, {"latest-full", "20260102T000000"},
      {"last-full", "20260102T000000"},      {"weekly", "20260102T000000"},      {"monthly", "20260103T000000"},
      {"20260105T000000", "20260105T000000"}};
  for (const auto& [argument, id] : rows) EXPECT_EQ(catalog.resolve(argument).backup_id, id) << argument;
  for (const char* argument : {"yearly", "failed", "", "auto", "20260107T000000", "20260105t000000"})
    EXPECT_EQ(failure_of([&] { catalog.resolve(argument); }),
              fmt::format("Unknown backup '{}' for server 's'", argument));
}

TEST_F(Catalog, ResolvesShortcutsByTheOrderInWhichBackupsWereTaken) {
  const auto begun = [](int segment) {
    return fmt::format("timeline=1\nbegin_xlog=0/{0}000000\nend_xlog=0/{0}000100\n", segment);
  };
  add("20260105T000000", "DONE", begun(5));
  add("20260106T000000", "DONE", begun(6) + "mode=rsync-concurrent\n");
  add("20260102T000000", "DONE", begun(7) + "parent_backup_id=20260105T000000\n");
  add("20260101T000000", "FAILED", begun(8));
  const BackupCatalog catalog(config_);
  const std::pair<const char*, const char*> rows[] = {{"oldest", "20260105T000000"},
                                                      {"latest", "20260102T000000"},
                                                      {"latest-full", "20260106T000000"},
                                                      {"last-failed", "20260101T000000"}};
  for (const auto& [argument, id] : rows) EXPECT_EQ(catalog.resolve(argument).backup_id, id) << argument;
  EXPECT_EQ(catalog.next(catalog.resolve("oldest"))->backup_id, "20260106T000000");
  EXPECT_EQ(catalog.previous(catalog.resolve("oldest")), nullptr);
  EXPECT_THAT(ids(), ElementsAre("20260101T000000", "20260102T000000", "20260105T000000", "20260106T000000"));
}

TEST_F(Catalog, RefusesANameThatTwoBackupsHave) {
  add("20260101T000000", "DONE", "backup_name=x\n");
  add("20260102T000000", "DONE", "backup_name=x\n");
  EXPECT_EQ(failure_of([&] { BackupCatalog(config_).resolve("x"); }),
            "Multiple backups found matching name 'x' (try using backup ID instead): 20260101T000000 20260102T000000");
}

TEST_F(Catalog, NeighboursAreCopiedBackups) {
  add("20260101T000000", "DONE");
  add("20260102T000000", "FAILED");
  add("20260103T000000", "DONE", "parent_backup_id=20260101T000000\n");
  add("20260104T000000", "SYNCING");
  add("20260105T000000", "WAITING_FOR_WALS");
  const BackupCatalog catalog(config_);
  const auto at = [&catalog](const char* id) -> const BackupInfo& { return *catalog.find(id); };
  EXPECT_EQ(catalog.previous(at("20260101T000000")), nullptr);
  EXPECT_EQ(catalog.previous(at("20260103T000000"))->backup_id, "20260101T000000");
  EXPECT_EQ(catalog.next(at("20260103T000000"))->backup_id, "20260105T000000");
  EXPECT_EQ(catalog.next(at("20260105T000000")), nullptr);
  EXPECT_EQ(catalog.previous(at("20260104T000000"))->backup_id, "20260103T000000");
  BackupInfo elsewhere;
  elsewhere.backup_id = "20260109T000000";
  EXPECT_EQ(catalog.previous(elsewhere)->backup_id, "20260105T000000") << "an id that is not in the catalogue";
  EXPECT_EQ(catalog.next(elsewhere), nullptr);
  EXPECT_EQ(catalog.done_full_count(), 1);
}

TEST_F(Catalog, SavesForgetsAndStaysInStep) {
  BackupCatalog catalog(config_);
  BackupInfo info = catalog.create({1'800'000'000LL * 1'000'000 + 999'999, 0});
  EXPECT_TRUE(is_backup_id(info.backup_id));
  EXPECT_EQ(info.status, BackupStatus::empty);
  EXPECT_EQ(info.mode, "postgres");
  catalog.save(info);
  EXPECT_EQ(read("s/meta/" + info.backup_id + "-backup.info"), serialize(info));
  ASSERT_NE(catalog.find(info.backup_id), nullptr);

  catalog.find(info.backup_id)->set_status(BackupStatus::done);
  catalog.save(*catalog.find(info.backup_id));
  EXPECT_EQ(BackupCatalog(config_).find(info.backup_id)->status, BackupStatus::done);

  const BackupInfo second = catalog.create({1'800'000'000LL * 1'000'000, 0});
  EXPECT_NE(second.backup_id, info.backup_id);

  catalog.forget(info.backup_id);
  EXPECT_EQ(catalog.find(info.backup_id), nullptr);
  EXPECT_TRUE(ids().empty());
  EXPECT_EQ(fs::list_directory(path("s/meta")), std::vector<std::string>());
}

TEST_F(Catalog, AdoptsAndDisownsChildren) {
  add("20260101T000000", "DONE");
  BackupCatalog catalog(config_);
  const auto children = [this] { return BackupCatalog(config_).find("20260101T000000")->children_backup_ids; };
  catalog.adopt("20260101T000000", {"20260102T000000", "20260103T000000"});
  EXPECT_EQ(children(), "20260102T000000,20260103T000000");
  catalog.disown("20260101T000000", "20260109T000000");
  catalog.disown("20260101T000000", "20260102T000000");
  EXPECT_EQ(children(), "20260103T000000");
  catalog.disown("20260101T000000", "20260103T000000");
  EXPECT_EQ(children(), std::nullopt);
  catalog.disown("20260109T000000", "20260103T000000");
  EXPECT_EQ(ids().size(), 1U) << "no entry is made for a parent that is not there";
}

TEST_F(Catalog, RemovesWhatWasLeftByABackupThatWasKilledInItsFirstMoment) {
  const std::string left = "s/meta/.20260101T000000-backup.info.0123456789abcdef.tmp";
  write(left, "status=");
  BackupCatalog catalog(config_);
  catalog.save(catalog.create(now()));
  EXPECT_FALSE(fs::exists(path(left)));
  EXPECT_EQ(ids().size(), 1U);
}

TEST_F(Catalog, ReloadReadsAgain) {
  add("20260101T000000", "DONE");
  BackupCatalog catalog(config_);
  EXPECT_EQ(catalog.all().size(), 1U);
  add("20260102T000000", "DONE");
  EXPECT_EQ(catalog.all().size(), 1U);
  catalog.reload();
  EXPECT_EQ(catalog.all().size(), 2U);
}

TEST_F(Catalog, ReloadReadsWhatHasChangedHoweverItChanged) {
  add("20260101T000000", "DONE");
  BackupCatalog catalog(config_);
  const std::string file = path("s/meta/20260101T000000-backup.info");
  const auto status = [&] {
    catalog.reload();
    return catalog.find("20260101T000000")->status;
  };
  EXPECT_EQ(status(), BackupStatus::done);
  std::string text = fs::read_file(file);
  text.replace(text.find("DONE"), 4, "FAIL");
  const struct ::timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
  status();
  std::ofstream(file, std::ios::in | std::ios::out) << text;  // in place, of the same size, at once
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
  catalog.reload();
  EXPECT_EQ(catalog.find("20260101T000000")->status_text, "FAIL");
}

struct ReadCase {
  const char* label;
  std::function<void(struct ::stat&)> change;
  bool known;
};
class EntriesThatWereRead : public testing::TestWithParam<ReadCase> {};

TEST_P(EntriesThatWereRead, AreKnownAsLongAsTheirFileIsTheSame) {
  struct ::stat file {};
  file.st_ino = 7;
  file.st_size = 100;
  file.st_ctim.tv_sec = std::time(nullptr) - 10;
  BackupInfo info;
  info.backup_id = "20260101T000000";
  ReadEntries entries;
  entries.keep("a", file, info);
  EXPECT_EQ(entries.find("b", file), nullptr);
  GetParam().change(file);
  const BackupInfo* found = entries.find("a", file);
  ASSERT_EQ(found != nullptr, GetParam().known);
  EXPECT_EQ(found ? found->backup_id : info.backup_id, info.backup_id);
}
INSTANTIATE_TEST_SUITE_P(
    Files, EntriesThatWereRead,
    testing::Values(ReadCase{"unchanged", [](struct ::stat&) {}, true},
                    ReadCase{"read", [](struct ::stat& file) { ++file.st_atim.tv_sec; }, true},
                    ReadCase{"replaced", [](struct ::stat& file) { ++file.st_ino; }, false},
                    ReadCase{"longer", [](struct ::stat& file) { ++file.st_size; }, false},
                    ReadCase{"written", [](struct ::stat& file) { ++file.st_mtim.tv_nsec; }, false},
                    ReadCase{"touched", [](struct ::stat& file) { ++file.st_ctim.tv_nsec; }, false}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(EntriesThatWereJustWritten, AreReadAgain) {
  struct ::stat file {};
  file.st_ctim.tv_sec = std::time(nullptr);
  ReadEntries entries;
  entries.keep("a", file, BackupInfo());
  EXPECT_EQ(entries.find("a", file), nullptr);
}

TEST_F(Catalog, KnowsTheLayoutsOfABackup) {
  const BackupCatalog catalog(config_);
  fs::make_directories(path("s/base/20260101T000000/pgdata"));
  EXPECT_EQ(catalog.data_directory("20260101T000000"), path("s/base/20260101T000000/pgdata"));
  EXPECT_EQ(catalog.tablespace_directory("20260101T000000", 16384),
            path("s/base/20260101T000000/pgdata/pg_tblspc/16384"));
  EXPECT_EQ(catalog.data_directory("20260102T000000"), path("s/base/20260102T000000/data"));
  EXPECT_EQ(catalog.tablespace_directory("20260102T000000", 16384), path("s/base/20260102T000000/16384"));
}

TEST_F(Catalog, CallsAnEntryWithoutDataAnOrphan) {
  add("20260101T000000", "DONE");
  const BackupCatalog catalog(config_);
  const BackupInfo& info = *catalog.find("20260101T000000");
  EXPECT_TRUE(catalog.is_orphan(info));
  write("s/base/20260101T000000/backup.info", "");
  EXPECT_TRUE(catalog.is_orphan(info));
  fs::make_directories(path("s/base/20260101T000000/data"));
  EXPECT_FALSE(catalog.is_orphan(info));
}

TEST(BackupNames, AreRecognised) {
  EXPECT_TRUE(is_backup_id("20261121T092358"));
  for (const char* text :
       {"", "20261121t092358", "20261121T09235", "20261121T0923588", "2026112 T092358", "20261121T09235x"})
    EXPECT_FALSE(is_backup_id(text)) << text;
  for (const char* word : {"latest", "last", "oldest", "first", "last-failed", "latest-full", "last-full", "auto"})
    EXPECT_TRUE(is_reserved_backup_name(word)) << word;
  EXPECT_FALSE(is_reserved_backup_name("failed"));
}

TEST_F(Catalog, AssumesTheModeOfTheConfiguration) {
  EXPECT_EQ(configured_mode(config_), "postgres");
  config_.backup_method = config::BackupMethod::local_rsync;
  EXPECT_EQ(configured_mode(config_), "rsync-concurrent");
  config_.backup_options = {"exclusive_backup"};
  EXPECT_EQ(configured_mode(config_), "rsync-exclusive");
  config_.primary_ssh_command = "ssh primary";
  EXPECT_EQ(configured_mode(config_), "passive");
}

class KeepFiles : public ServerDirectory {};

TEST_F(KeepFiles, AreWrittenReadAndReleased) {
  Annotations annotations(config_);
  EXPECT_EQ(annotations.keep("a"), std::nullopt);
  annotations.set_keep("a", KeepTarget::standalone);
  EXPECT_EQ(read("s/meta/a-keep"), "standalone");
  EXPECT_EQ(annotations.keep("a"), KeepTarget::standalone);
  annotations.set_keep("a", KeepTarget::full);
  EXPECT_EQ(read("s/meta/a-keep"), "full");
  EXPECT_EQ(annotations.keep("a"), KeepTarget::full);
  annotations.release_keep("a");
  annotations.release_keep("a");
  EXPECT_EQ(annotations.keep("a"), std::nullopt);
  EXPECT_TRUE(fs::is_directory(path("s/meta")));
}

TEST_F(KeepFiles, ProtectEvenWhenDamaged) {
  write("s/meta/a-keep", "");
  write("s/meta/b-keep", "standalone\n");
  EXPECT_EQ(Annotations(config_).keep("a"), KeepTarget::full);
  EXPECT_EQ(Annotations(config_).keep("b"), KeepTarget::full);
}

TEST_F(KeepFiles, AreReadAtTheOldPlaceAndLeaveIt) {
  write("s/base/a/annotations/keep", "standalone");
  Annotations annotations(config_);
  EXPECT_EQ(annotations.keep("a"), KeepTarget::standalone);
  annotations.set_keep("a", KeepTarget::full);
  EXPECT_EQ(annotations.keep("a"), KeepTarget::full);
  EXPECT_FALSE(fs::exists(path("s/base/a/annotations/keep")));
  write("s/base/a/annotations/keep", "standalone");
  annotations.release_keep("a");
  EXPECT_EQ(annotations.keep("a"), std::nullopt);
}

TEST_F(KeepFiles, MarkInterruptedDeletions) {
  Annotations annotations(config_);
  EXPECT_FALSE(annotations.delete_this("a"));
  annotations.set_delete_this("a");
  EXPECT_EQ(read("s/meta/a-delete_this"), "delete");
  EXPECT_TRUE(annotations.delete_this("a"));
  annotations.clear_delete_this("a");
  EXPECT_FALSE(annotations.delete_this("a"));
}

// It takes no room on a full disk, and keeps what is lost with the entry.
TEST_F(KeepFiles, AMarkIsAnotherNameOfTheEntryAsItWas) {
  Annotations annotations(config_);
  write("s/meta/a-backup.info", "status=DONE\nbegin_wal=000000010000000000000005\n");
  annotations.set_delete_this("a");
  EXPECT_EQ(fs::stat_if_exists(path("s/meta/a-delete_this"))->st_nlink, 2U);
  fs::replace_file(path("s/meta/a-backup.info"), "status=STARTED\n");
  annotations.set_delete_this("a");
  fs::remove_file(path("s/meta/a-backup.info"));
  EXPECT_EQ(annotations.all_delete_this(), std::vector<std::string>{"a"});
  const auto before = annotations.marked_entry("a");
  ASSERT_TRUE(before);
  EXPECT_EQ(before->backup_id, "a");
  EXPECT_EQ(before->status, BackupStatus::done);
  annotations.set_delete_this("b");
  EXPECT_TRUE(annotations.delete_this("b"));
  EXPECT_FALSE(annotations.marked_entry("b"));
}

class IdentityFile : public ServerDirectory {};

TEST_F(IdentityFile, IsWrittenOnceAsTheReferenceDoes) {
  EXPECT_EQ(read_identity(path("s")), std::nullopt);
  write_identity_if_absent(path("s"), {"7710552433441762677", "15"});
  EXPECT_EQ(read("s/identity.json"), fs::read_file(BARMAN_TEST_DATA "/catalog/identity.json"));
  write_identity_if_absent(path("s"), {"1", "9.6"});
  const auto identity = read_identity(path("s"));
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->systemid, "7710552433441762677");
  EXPECT_EQ(identity->major_version, "15");
}

TEST_F(IdentityFile, ThatIsDamagedIsAnError) {
  write("s/identity.json", "{\"systemid\": ");
  EXPECT_THAT(failure_of([&] { read_identity(path("s")); }), HasSubstr("identity.json is not a JSON object"));
}

// The clock was set back after a failover: only the history says which backup came first.
TEST_F(Catalog, OrdersByTheHistoriesOfTimelines) {
  add("20260921T141321", "DONE",
      "timeline=1\nbegin_wal=000000010000000000000003\nbegin_xlog=0/300028\nend_xlog=0/300228\n");
  add("20260921T131322", "DONE",
      "timeline=2\nbegin_wal=000000020000000000000005\nbegin_xlog=0/500028\nend_xlog=0/500228\n");
  EXPECT_EQ(BackupCatalog(config_).oldest()->backup_id, "20260921T131322") << "nothing but the clock is known";
  const auto oldest = [&](const BackupCatalog::ReadHistory& read) {
    return BackupCatalog(config_, read).oldest()->backup_id;
  };
  EXPECT_EQ(oldest([](std::uint32_t timeline) {
              EXPECT_EQ(timeline, 2U) << "the first timeline has no history";
              return "1\t0/400128\tno recovery target specified\n";
            }),
            "20260921T141321");
  EXPECT_EQ(oldest([](std::uint32_t) { return std::nullopt; }), "20260921T131322");
  EXPECT_EQ(oldest([](std::uint32_t) -> std::optional<std::string> { throw Error(Errc::corrupt, "damaged"); }),
            "20260921T131322");
}

}  // namespace
}  // namespace barman::catalog
