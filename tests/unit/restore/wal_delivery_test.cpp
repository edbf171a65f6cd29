#include "wal_delivery.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <fstream>

#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/file.h"
#include "fakes/server_on_disk.h"
#include "unit/wal/segment_page.h"

namespace barman::restore {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint32_t mib = 1024 * 1024;
constexpr std::chrono::seconds a_minute{60};

std::string name_of(int number) { return fmt::format("00000001000000000000000{}", number); }

std::string segment(int number) {
  std::string content = segment_page(static_cast<std::uint64_t>(number) * mib, 77, mib);
  content.resize(mib, 'w');
  return content;
}

// An archive of segments of 1 MiB, restored to this machine or to "another" one: an ssh that runs everything here.
class WalDelivery : public testing::Test, protected fakes::ServerOnDisk {
 protected:
  WalDelivery() : ServerOnDisk("main", "") {
    write("ssh", "#!/bin/sh\nshift\n[ \"$1\" != ' ' ] || shift\nexec sh -c \"$*\"\n");
    ::chmod(path("ssh").c_str(), 0755);
    write("log", "");
  }
  ~WalDelivery() override { ::unsetenv("TMPDIR"); }

  std::string archived(int number) const { return "main/wals/0000000100000000/" + name_of(number); }
  void archive(int number) const { write(archived(number), segment(number)); }
  void archive_packed(int number, std::string_view bytes) const {
    write("plain", bytes);
    fs::make_directories(path("main/wals/0000000100000000"));
    codec::encode_file(path("plain"), path(archived(number)), codec::stored_as(codec::Algorithm::gzip));
  }

  std::vector<std::string> deliver(fs::Host& host, const std::vector<std::string>& names,
                                   const std::string& partial = {}) {
    WalList list(path(fmt::format("names{}", ++lists_)));
    for (const std::string& name : names) list.add(name);
    list.finish();
    config::GlobalConfig global;
    global.barman_lock_directory = path("locks");
    SilentNotifier notifier;
    ServerContext server(global, config, notifier, ServerContext::Given{.local = &runner_, .local_host = here_.get()});
    NoProgress progress;
    const WalToDeliver wal = {.names = list,
                              .extra_partial = partial,
                              .segment_size = mib,
                              .destination = path("destination"),
                              .is_needed = is_needed_};
    auto left_out = deliver_wal(request_, wal, {server, host, progress});
    if (is_needed_) {
      fs::make_directories(path("destination/archive_status"));
      mark_as_archived(wal, left_out, {server, host, progress});
    }
    return left_out;
  }
  std::string failure(fs::Host& host, const std::vector<std::string>& names) {
    try {
      deliver(host, names);
      return "delivered";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::corrupt);
      return error.what();
    }
  }

  RestoreRequest request_;
  std::function<bool(const WalName&)> is_needed_;
  exec::LocalRunner runner_;
  std::unique_ptr<fs::Host> here_ = fs::make_local_host(a_minute),
                            there_ = fs::make_remote_host(path("ssh") + " other", {}, a_minute);
  int lists_ = 0;
};

TEST_F(WalDelivery, SendsUncompressedWalFromTheArchiveItself) {
  ::setenv("TMPDIR", path("absent").c_str(), 1);
  archive(1);
  archive(2);
  write("main/wals/00000002.history", "1\t0/1\tx\n");
  deliver(*there_, {name_of(1), "00000002.history", name_of(2)});
  EXPECT_THAT(fs::list_directory(path("destination")), ElementsAre(name_of(1), name_of(2), "00000002.history"));
  EXPECT_EQ(fs::read_file(path("destination/" + name_of(2))), segment(2));
}

TEST_F(WalDelivery, UnpacksForAnotherHostInTheStagingPath) {
  ::setenv("TMPDIR", path("absent").c_str(), 1);
  request_.wal_staging_path = path("staging");
  archive(1);
  for (const int number : {2, 3}) archive_packed(number, segment(number));
  write("main/streaming/" + name_of(4) + ".partial", segment(4));
  deliver(*there_, {name_of(1), name_of(2), name_of(3)}, path("main/streaming/" + name_of(4) + ".partial"));
  for (int number = 1; number <= 4; ++number)
    EXPECT_EQ(fs::read_file(path("destination/" + name_of(number))), segment(number)) << number;
  EXPECT_THAT(fs::list_directory(path("staging")), ElementsAre()) << "nothing stays";
}

TEST_F(WalDelivery, HandsOutNothingButTheSegmentOfTheName) {
  for (fs::Host* host : {here_.get(), there_.get()}) {
    write(archived(1), segment(1).substr(0, 8192));
    EXPECT_EQ(failure(*host, {name_of(1)}),
              fmt::format("Failure copying WAL files: '{}' does not hold the WAL file of its name: 8192 bytes of a WAL "
                          "segment of 1048576 bytes",
                          path(archived(1))));
    write(archived(1), segment(2));
    EXPECT_THAT(failure(*host, {name_of(1)}), HasSubstr("it begins as segment " + name_of(2)));
    fs::remove_file(path(archived(1)));
    archive_packed(1, segment(1).substr(0, mib / 2));
    EXPECT_THAT(failure(*host, {name_of(1)}), HasSubstr("524288 bytes of a WAL segment of 1048576 bytes"));
    EXPECT_THAT(fs::list_directory(path("destination")), ElementsAre());
    fs::remove_file(path(archived(1)));
  }
}

// Whatever is wrong with it.
TEST_F(WalDelivery, LeavesOutWhatRecoveryDoesNotNeed) {
  is_needed_ = [](const WalName& wal) { return wal.kind == WalKind::segment && wal.segment.seg < 3; };
  const std::string label = "000000010000000000000003.00000028.backup";
  const auto damage = [&](int number) {
    fs::remove_file(path(archived(number)));
    archive_packed(number, segment(number));
    std::string bytes = fs::read_file(path(archived(number)));
    bytes.resize(bytes.size() / 2);
    write(archived(number), bytes);
  };
  for (fs::Host* host : {here_.get(), there_.get()}) {
    archive(1);
    archive_packed(2, segment(2));
    write(archived(3), segment(3).substr(0, 8192));
    damage(4);
    archive_packed(5, segment(6));            // another one
    fs::make_directories(path(archived(6)));  // cannot be read
    archive(8);
    const std::vector<std::string> names = {name_of(1), name_of(2), name_of(3), label,     name_of(4),
                                            name_of(5), name_of(6), name_of(7), name_of(8)};
    EXPECT_THAT(deliver(*host, names), ElementsAre(name_of(3), label, name_of(4), name_of(5), name_of(6), name_of(7)));
    EXPECT_THAT(fs::list_directory(path("destination")),
                ElementsAre(name_of(1), name_of(2), name_of(8), "archive_status"));
    EXPECT_THAT(fs::list_directory(path("destination/archive_status")),
                ElementsAre(name_of(1) + ".done", name_of(2) + ".done", name_of(8) + ".done"));
    damage(2);
    EXPECT_THAT(failure(*host, {name_of(1), name_of(2)}), HasSubstr("cannot decompress")) << "that one is needed";
    fs::remove_tree(path("destination"));
    fs::remove_tree(path("main/wals/0000000100000000"));
  }
}

TEST_F(WalDelivery, BlamesAFullDestinationOnNoFile) {
  is_needed_ = [](const WalName&) { return false; };
  archive_packed(1, segment(1));
  write("destination/" + name_of(1) + "/in the way", "");
  EXPECT_THROW(deliver(*here_, {name_of(1)}), Error);
}

catalog::BackupInfo backup_from_3_to_4() {
  catalog::BackupInfo backup;
  backup.begin_wal = "000000010000000000000003";
  backup.end_wal = "000000010000000000000004";
  backup.version = 150000;
  return backup;
}

std::vector<std::string> selected(const RecoveryTarget& target, std::uint32_t timeline, bool partial = false) {
  const std::vector<std::string> archive = {"000000010000000000000002",
                                            "000000010000000000000003",
                                            "000000010000000000000003.00000028.backup",
                                            "000000010000000000000004",
                                            "000000010000000000000005",
                                            "000000010000000000000006.partial",
                                            "00000002.history",
                                            "000000020000000000000006",
                                            "000000020000000000000007",
                                            "00000003.history",
                                            "not a wal name"};
  const catalog::BackupInfo backup = backup_from_3_to_4();
  WalSelection selection(backup, target, timeline, partial);
  std::vector<std::string> names;
  for (const std::string& name : archive)
    if (selection.wants(name)) names.push_back(name.substr(0, 8) + "/" + name.substr(name.size() > 16 ? 16 : 8));
  return names;
}

using Names = std::vector<std::string>;

TEST(WalSelection, EverythingFromTheBeginOfTheBackupUpToTheTimeline) {
  EXPECT_EQ(selected({}, 1), (Names{"00000001/00000003", "00000001/00000003.00000028.backup", "00000001/00000004",
                                    "00000001/00000005", "00000002/.history", "00000003/.history"}));
  EXPECT_EQ(selected({}, 2).size(), 8u);
}

TEST(WalSelection, ImmediateStopsAtTheEndOfTheBackup) {
  RecoveryTarget target;
  target.immediate = true;
  EXPECT_EQ(selected(target, 2), (Names{"00000001/00000003", "00000001/00000003.00000028.backup", "00000001/00000004",
                                        "00000002/.history", "00000003/.history"}));
}

TEST(WalSelection, AnLsnStopsAfterItsSegment) {
  RecoveryTarget target;
  target.lsn = parse_lsn("0/5000100");
  EXPECT_EQ(selected(target, 1), selected({}, 1));
  target.lsn = parse_lsn("0/4000100");
  EXPECT_EQ(selected(target, 1).size(), 5u);
}

TEST(WalSelection, AnLsnStopsAfterTheSegmentInWhichItsRecordEnds) {
  RecoveryTarget target;
  target.lsn = parse_lsn("0/5000028");
  const auto takes = [&](const char* name, std::optional<Segment> read_to) {
    return WalSelection(backup_from_3_to_4(), target, 1, false, read_to).wants(name);
  };
  EXPECT_FALSE(takes("000000010000000000000006", {}));
  EXPECT_TRUE(takes("000000010000000000000006", parse_segment("000000010000000000000006")));
  EXPECT_FALSE(takes("000000010000000000000007", parse_segment("000000010000000000000006")));
  EXPECT_TRUE(takes("000000010000000000000005", parse_segment("000000010000000000000004")));
}

TEST(WalSelection, AnLsnTakesWhatWasArchivedLate) {
  RecoveryTarget target;
  target.lsn = parse_lsn("0/5000100");
  WalSelection selection(backup_from_3_to_4(), target, 1, false);
  EXPECT_TRUE(selection.wants("000000010000000000000004"));
  EXPECT_FALSE(selection.wants("000000010000000000000006"));
  EXPECT_TRUE(selection.wants("000000010000000000000005")) << "its line is behind that of a higher one";
}

TEST(WalSelection, PartialOnlyWhenWanted) { EXPECT_EQ(selected({}, 1, true).size(), selected({}, 1).size() + 1); }

TEST(TimelineToCopy, TargetThenArchiveThenBackup) {
  catalog::BackupInfo backup = backup_from_3_to_4();
  RecoveryTarget target;
  EXPECT_EQ(timeline_to_copy(backup, target, 7), 7u);
  EXPECT_EQ(timeline_to_copy(backup, target, std::nullopt), 1u);
  backup.version = 110000;
  EXPECT_EQ(timeline_to_copy(backup, target, 7), 1u);
  target.timeline_id = 3;
  EXPECT_EQ(timeline_to_copy(backup, target, 7), 3u);
}

}  // namespace

}  // namespace barman::restore
