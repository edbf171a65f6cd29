#include <fmt/core.h>
#include <gmock/gmock.h>

#include "archive_fixture.h"
#include "barman/core/error.h"

// What removes files from the archive, or lists files that others have brought.
namespace barman::archive {
namespace {

using catalog::WalEntry;
using catalog::WalEntryView;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ArchiveChanges : public ArchiveFixture {
 protected:
  static WalEntry entry(const std::string& name, std::int64_t size) { return {name, size, 1700000000.25, {}, {}}; }
  static std::string line(const std::string& name, std::int64_t size) { return serialize(entry(name, size)); }
  std::string error_of(const std::function<void()>& what) const {
    try {
      what();
      return "no error";
    } catch (const Error& error) {
      return error.what();
    }
  }
};

const std::string next_log = "000000010000000100000000";

TEST_F(ArchiveChanges, RemovalTakesFilesThenTheirLinesAndEmptyDirectories) {
  put(hash(w1), "1");
  put(hash(w2), "22");
  put(hash(next_log), "333");
  wal_archive().index();
  std::vector<std::string> seen;
  Removal removal;
  removal.stays = [](const WalEntryView& entry) { return entry.name == w2; };
  removal.before = [&](const WalEntryView& entry, const std::string& location) {
    EXPECT_TRUE(fs::exists(location));
    seen.push_back(fmt::format("before {}", entry.name));
  };
  removal.after = [&](const WalEntryView& entry, const std::string& location, bool found) {
    EXPECT_FALSE(fs::exists(location));
    EXPECT_THAT(index(), HasSubstr(std::string(entry.name))) << "lines go last";
    seen.push_back(fmt::format("after {} {}", entry.name, found));
  };
  EXPECT_EQ(wal_archive().remove(removal), 2U);
  EXPECT_THAT(
      seen, ElementsAre("before " + w1, "after " + w1 + " true", "before " + next_log, "after " + next_log + " true"));
  EXPECT_EQ(index(), line(w2, 2));
  EXPECT_FALSE(exists("wals/0000000100000001"));
}

TEST_F(ArchiveChanges, RemovalDropsTheLinesOfFilesThatAreGone) {
  put("wals/main-xlog.db", line(w1, 1) + line(next_log, 1));
  fs::make_directories(path("main/wals/0000000100000001"));
  std::vector<std::string> missing;
  Removal removal;
  removal.stays = [](const WalEntryView&) { return false; };
  removal.after = [&](const WalEntryView& entry, const std::string&, bool found) {
    if (!found) missing.emplace_back(entry.name);
  };
  EXPECT_EQ(wal_archive().remove(removal), 2U);
  EXPECT_THAT(missing, ElementsAre(w1, next_log));
  EXPECT_EQ(index(), "");
  EXPECT_THAT(names("wals"), ElementsAre("main-xlog.db"));
}

TEST_F(ArchiveChanges, RemovalThatFailsKeepsTheLines) {
  put(hash(w1), "1");
  put(hash(w2), "22");
  wal_archive().index();
  const std::string before = index();
  Removal removal;
  removal.stays = [](const WalEntryView&) { return false; };
  removal.before = [](const WalEntryView& entry, const std::string&) {
    if (entry.name == w2) throw Error(Errc::io, "disk gone");
  };
  EXPECT_EQ(error_of([&] { wal_archive().remove(removal); }), "disk gone");
  EXPECT_EQ(index(), before);
  EXPECT_FALSE(exists(hash(w1)));
  EXPECT_TRUE(exists(hash(w2)));
}

TEST_F(ArchiveChanges, AdmittedFilesGetTheirPlacesAndLines) {
  put(hash(w1), "1");
  put("staged/" + w1, "1");
  put("staged/" + w2, "22");
  put("staged/00000002.history", "333");
  wal_archive().admit(path("main/staged"), {entry("00000002.history", 3), entry(w1, 1), entry(w2, 2)});
  EXPECT_EQ(content(hash(w2)), "22");
  EXPECT_EQ(content("wals/00000002.history"), "333");
  EXPECT_EQ(index(), line(w1, 1) + line(w2, 2) + line("00000002.history", 3));
}

TEST_F(ArchiveChanges, AFailedAdmissionLeavesNothingInTheArchive) {
  put("wals/main-xlog.db", "");
  put("staged/" + w1, "1");
  EXPECT_THAT(error_of([&] { wal_archive().admit(path("main/staged"), {entry(w1, 1), entry(w2, 2)}); }), HasSubstr(w2));
  EXPECT_FALSE(exists(hash(w1)));
  EXPECT_EQ(index(), "");
}

TEST_F(ArchiveChanges, CopiedFilesGetLinesWhereTheyAreWhole) {
  const std::string good = whole_segment(w1), torn = whole_segment(w2).substr(0, 8192);
  put(hash(w1), good);
  put(hash(w2), torn);
  std::vector<std::string> damaged;
  const auto report = [&](const WalEntry& wal, const std::string& problem) {
    damaged.push_back(wal.name + ": " + problem);
  };
  const auto size = [](const std::string& text) { return static_cast<std::int64_t>(text.size()); };
  EXPECT_FALSE(wal_archive().list_copied({entry(w1, size(good)), entry(w2, size(torn))}, report));
  EXPECT_THAT(damaged, ElementsAre(w2 + ": 8192 bytes of a WAL segment of 1048576 bytes"));
  EXPECT_EQ(index(), line(w1, size(good)));
  EXPECT_FALSE(exists(hash(w2)));
  put(hash(w2), torn);
  EXPECT_EQ(error_of([&] { wal_archive().list_copied({entry(w2, 5)}, report); }),
            fmt::format("'{}' has 8192 bytes after the copy, and 5 on the primary node", path("main/" + hash(w2))));
  EXPECT_EQ(index(), line(w1, size(good)));
}

TEST_F(ArchiveChanges, ATornLineIsCutOffAlone) {
  put("wals/main-xlog.db", line(w1, 1) + w2);
  wal_archive().cut_torn_line();
  EXPECT_EQ(index(), line(w1, 1));
}

TEST_F(ArchiveChanges, RemembersUpToWhereThePrimaryWasCopied) {
  EXPECT_FALSE(wal_archive().sync_point());
  wal_archive().set_sync_point({w2, 123});
  EXPECT_EQ(content("wals/sync-wals.info"), w2 + "\t123");
  const auto point = wal_archive().sync_point();
  ASSERT_TRUE(point);
  EXPECT_EQ(point->name, w2);
  EXPECT_EQ(point->position, 123);
  put("wals/sync-wals.info", "nonsense");
  EXPECT_THAT(error_of([&] { wal_archive().sync_point(); }), HasSubstr("does not hold a WAL name and a position"));
}

TEST_F(ArchiveChanges, QueuesTellWhatWaits) {
  put("incoming/" + w1, whole_segment(w1));
  put("incoming/" + w2, whole_segment(w2).substr(0, 300));
  put("incoming/.hidden", "x");
  fs::make_symlink("/nowhere", path("main/incoming/" + w3));
  const WalQueue queue = wal_archive().queue(Origin::file);
  EXPECT_TRUE(queue.holds(w3)) << "a link, too";
  EXPECT_FALSE(queue.holds(w4));
  const std::vector<Waiting> waiting = queue.list();
  ASSERT_EQ(waiting.size(), 3U);
  EXPECT_FALSE(waiting[0].problem);
  EXPECT_TRUE(waiting[1].problem);
  EXPECT_FALSE(waiting[2].regular);
  EXPECT_THAT(wal_archive().queue(Origin::streaming).names(), IsEmpty());
}

}  // namespace
}  // namespace barman::archive
