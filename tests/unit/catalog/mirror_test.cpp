#include "barman/catalog/mirror.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "fixture.h"

namespace barman::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* id = "20260101T000000";
constexpr const char* other = "20260102T000000";

class MemoryMirror final : public Mirror {
 public:
  std::string where() const override { return "s3://lab/s/base/"; }
  std::string directory(const std::string& backup) const override { return "s/base/" + backup; }
  std::string info_location(const std::string& backup) const override { return where() + backup + "/backup.info"; }
  Entries read() override {
    ++reads;
    Entries result{{}, broken};
    for (const auto& [backup, text] : entries)
      result.backups.emplace(backup, parse_backup_info(text, info_location(backup), backup));
    return result;
  }
  std::map<std::string, KeepTarget> keeps() override { return kept; }
  void put(const std::string& backup, std::string_view entry) override {
    if (fails) throw Error(Errc::remote, "503 SlowDown");
    entries[backup] = entry;
  }
  void remove(const std::string& backup) override {
    if (fails) throw Error(Errc::remote, "503 SlowDown");
    entries.erase(backup);
  }
  void keep(const std::string& backup, KeepTarget target) override {
    if (fails) throw Error(Errc::remote, "503 SlowDown");
    kept[backup] = target;
  }
  void release(const std::string& backup) override { kept.erase(backup); }

  std::map<std::string, std::string> entries, broken;
  std::map<std::string, KeepTarget> kept;
  bool fails = false;
  int reads = 0;
};

class Mirrored : public ServerDirectory {
 protected:
  Mirrored() { config_.basebackups_directory = "s3://lab"; }
  BackupCatalog active() { return BackupCatalog(config_, {}, {&mirror_, false}); }
  BackupCatalog inactive() { return BackupCatalog(config_, {}, {&mirror_, true}); }
  std::string meta(const std::string& name) const { return read("s/meta/" + name); }

  static BackupInfo entry(const char* backup, BackupStatus status) {
    BackupInfo info;
    info.backup_id = backup;
    info.server_name = "s";
    info.mode = "postgres";
    info.set_status(status);
    return info;
  }

  MemoryMirror mirror_;
};

TEST_F(Mirrored, WhatIsSavedIsSavedInBothPlaces) {
  BackupCatalog catalog = active();
  catalog.save(entry(id, BackupStatus::started));
  EXPECT_EQ(mirror_.entries.at(id), meta("20260101T000000-backup.info"));
  EXPECT_THAT(catalog.unsent(), IsEmpty());
  EXPECT_THAT(names("s/meta"), ElementsAre("20260101T000000-backup.info"));
  EXPECT_EQ(mirror_.reads, 0) << "an active server reads meta/ alone";
  EXPECT_EQ(catalog.base_directory(id), "s/base/20260101T000000");
}

TEST_F(Mirrored, WhatDidNotGetThereIsNotedAndSentLater) {
  BackupCatalog catalog = active();
  mirror_.fails = true;
  try {
    catalog.save(entry(id, BackupStatus::done));
    ADD_FAILURE() << "it was not written there";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("s3://lab/s/base/20260101T000000/backup.info: 503 SlowDown"));
    EXPECT_THAT(error.hint(), HasSubstr("it is saved in"));
  }
  EXPECT_EQ(active().find(id)->status, BackupStatus::done) << "saved here before";
  EXPECT_THAT(active().unsent(), ElementsAre(id));
  EXPECT_THAT([&] { catalog.send(id); }, testing::Throws<Error>());
  EXPECT_THAT(catalog.unsent(), ElementsAre(id));
  mirror_.fails = false;
  catalog.send(id);
  EXPECT_THAT(catalog.unsent(), IsEmpty());
  EXPECT_EQ(mirror_.entries.at(id), meta("20260101T000000-backup.info"));
}

TEST_F(Mirrored, TheNextSaveSendsAsWell) {
  BackupCatalog catalog = active();
  mirror_.fails = true;
  EXPECT_THAT([&] { catalog.save(entry(id, BackupStatus::started)); }, testing::Throws<Error>());
  mirror_.fails = false;
  catalog.save(entry(id, BackupStatus::failed));
  EXPECT_THAT(catalog.unsent(), IsEmpty());
  EXPECT_THAT(mirror_.entries.at(id), HasSubstr("status=FAILED"));
}

TEST_F(Mirrored, ForgetsThereFirst) {
  BackupCatalog catalog = active();
  catalog.save(entry(id, BackupStatus::done));
  write("s/meta/20260101T000000-backup_manifest", "{}");
  mirror_.fails = true;
  EXPECT_THAT([&] { catalog.forget(id); }, testing::Throws<Error>());
  EXPECT_NE(active().find(id), nullptr);
  mirror_.fails = false;
  catalog.forget(id);
  EXPECT_THAT(mirror_.entries, IsEmpty());
  EXPECT_THAT(names("s/meta"), IsEmpty());
  EXPECT_FALSE(catalog.exists(id));
}

TEST_F(Mirrored, AHostThatTakesNoBackupsReadsThem) {
  mirror_.entries = {{id, "server_name=s\nstatus=DONE\n"}, {other, "status=STARTED\n"}};
  mirror_.broken = {{"20260103T000000", "file s3://lab/… is damaged"}};
  BackupCatalog catalog = inactive();
  EXPECT_EQ(catalog.all().size(), 2U);
  EXPECT_EQ(catalog.resolve("latest").backup_id, id);
  EXPECT_EQ(catalog.find(other)->server_name, "s");
  EXPECT_TRUE(catalog.unreadable().contains("20260103T000000"));
  EXPECT_NE(catalog.stand_in("20260103T000000"), nullptr);
  EXPECT_EQ(mirror_.reads, 1);
}

TEST_F(Mirrored, AndChangesThemThereAlone) {
  mirror_.entries = {{id, "server_name=s\nmode=postgres\nstatus=DONE\n"}};
  BackupCatalog catalog = inactive();
  BackupInfo info = catalog.resolve(id);
  info.set_status(BackupStatus::started);
  catalog.save(info);
  EXPECT_THAT(mirror_.entries.at(id), HasSubstr("status=STARTED"));
  EXPECT_THAT(names("s/meta"), IsEmpty());
  EXPECT_TRUE(catalog.exists(id));
  catalog.forget(id);
  EXPECT_THAT(mirror_.entries, IsEmpty());
  EXPECT_FALSE(catalog.exists(id));
}

TEST_F(Mirrored, EntriesOfAnotherTimeGiveWay) {
  write("s/meta/20260101T000000-backup.info", "server_name=s\nmode=postgres\nstatus=STARTED\n");
  write("s/meta/20260102T000000-backup.info", "cut of");
  mirror_.entries = {{id, "server_name=s\nstatus=DONE\n"}, {other, "server_name=s\nstatus=DONE\n"}};
  BackupCatalog catalog = inactive();
  EXPECT_EQ(catalog.find(id)->status, BackupStatus::done);
  EXPECT_EQ(catalog.find(other)->status, BackupStatus::done);
  EXPECT_THAT(catalog.unreadable(), IsEmpty());
  catalog.save(*catalog.find(id));
  EXPECT_THAT(meta("20260101T000000-backup.info"), HasSubstr("status=DONE"));
}

TEST_F(Mirrored, KeepsAreSaidInBothPlaces) {
  Annotations here(config_, {&mirror_, false});
  here.set_keep(id, KeepTarget::standalone);
  EXPECT_EQ(mirror_.kept.at(id), KeepTarget::standalone);
  EXPECT_EQ(meta("20260101T000000-keep"), "standalone");
  here.release_keep(id);
  EXPECT_THAT(mirror_.kept, IsEmpty());
  EXPECT_THAT(names("s/meta"), IsEmpty());
  mirror_.fails = true;
  EXPECT_THAT([&] { here.set_keep(id, KeepTarget::full); }, testing::Throws<Error>());
  EXPECT_EQ(here.keep(id), std::nullopt) << "where it is deleted it has to be seen";
}

TEST_F(Mirrored, KeepsAreReadWhereBackupsAre) {
  mirror_.kept = {{id, KeepTarget::full}};
  write("s/meta/20260102T000000-keep", "full");
  Annotations there(config_, {&mirror_, true});
  EXPECT_EQ(there.keep(id), KeepTarget::full);
  EXPECT_EQ(there.keep(other), std::nullopt);
  there.set_keep(other, KeepTarget::full);
  EXPECT_EQ(there.keep(other), KeepTarget::full);
  there.release_keep(id);
  EXPECT_EQ(there.keep(id), std::nullopt);
}

TEST_F(Mirrored, AMarkSaysWhatTheEntryWasWhereThereIsNoFile) {
  Annotations there(config_, {&mirror_, true});
  there.set_delete_this(id, "status=DONE\nbegin_wal=000000010000000000000005\n");
  EXPECT_EQ(there.marked_entry(id)->begin_wal, "000000010000000000000005");
  mirror_.entries = {{id, "status=STARTED\n"}};
  EXPECT_TRUE(inactive().is_half_deleted(id));
}

}  // namespace
}  // namespace barman::catalog
