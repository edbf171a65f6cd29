#include "index_writer.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "barman/core/error.h"
#include "unit/catalog/index_fixture.h"

namespace barman::archive {
namespace {

using catalog::WalEntry;
using catalog::WalEntryView;

class Index : public catalog::IndexFixture {
 protected:
  IndexWriter db() const { return {config_, locks_}; }
  // As WalArchive::remove() does, without the files.
  std::size_t prune(const std::function<bool(const WalEntryView&)>& stays,
                    const std::function<void(const WalEntryView&)>& dropped = {}) const {
    auto removal = db().remove(stays);
    if (!removal || removal->count() == 0) return 0;
    if (dropped) removal->for_each(dropped);
    removal->commit();
    return removal->count();
  }
  bool has(const std::string& name) const { return fs::lstat_if_exists(path(name)).has_value(); }
  std::string target(const std::string& name) const {
    std::string text(256, '\0');
    const ssize_t size = ::readlink(path(name).c_str(), text.data(), text.size());
    return size < 0 ? "no link" : text.substr(0, static_cast<std::size_t>(size));
  }
};

TEST_F(Index, ThatIsAbsentHasNothingToRemove) {
  EXPECT_EQ(prune([](const WalEntryView&) { return false; }), 0U);
  EXPECT_FALSE(fs::exists(path(file)));
}

TEST_F(Index, AppendsWholeLines) {
  {
    const IndexWriter index = db();
    IndexAppender appender = index.append();
    appender.append(entry(1));
    appender.append({"x", 5, 2, "gzip", "gpg"});
    appender.sync();
  }
  EXPECT_EQ(read(file), lines({1}) + "x\t5\t2.0\tgzip\tgpg\n");
  db().append().append(entry(2));
  EXPECT_EQ(read(file), lines({1}) + "x\t5\t2.0\tgzip\tgpg\n" + lines({2}));
}

TEST_F(Index, CutsOffATornLineAndTellsIt) {
  write(file, lines({1}) + "0000000100000000");
  {
    auto appender = db().append();
    EXPECT_EQ(appender.torn_line(), "0000000100000000");
    appender.append(entry(2));
  }
  EXPECT_EQ(read(file), lines({1}) + lines({2}));
  EXPECT_EQ(db().append().torn_line(), "");
  write(file, std::string(10000, 'x'));
  EXPECT_EQ(db().append().torn_line(), std::string(10000, 'x'));
  EXPECT_EQ(read(file), "");
}

TEST_F(Index, AddsAMissingLineInItsPlace) {
  EXPECT_EQ(db().put(entry(5)), IndexWriter::Change::added);
  EXPECT_EQ(db().put(entry(7)), IndexWriter::Change::added);
  EXPECT_EQ(read(file), lines({5}) + lines({7})) << "at the end";
  EXPECT_EQ(db().put(entry(6)), IndexWriter::Change::added);
  EXPECT_EQ(db().put(entry(1)), IndexWriter::Change::added);
  EXPECT_EQ(read(file), lines({1}) + lines({5}) + lines({6}) + lines({7})) << "among the others";
  EXPECT_EQ(db().put(entry(6)), IndexWriter::Change::none);
  EXPECT_EQ(read(file), lines({1}) + lines({5}) + lines({6}) + lines({7}));
}

TEST_F(Index, CorrectsALineOfAnotherSize) {
  db().put(entry(1)), db().put(entry(2)), db().put(entry(3));
  WalEntry larger = entry(2);
  larger.size += 100;
  EXPECT_EQ(db().put(larger), IndexWriter::Change::corrected);
  EXPECT_EQ(read(file), lines({1}) + serialize(larger) + lines({3}));
  write(file, lines({1}) + serialize(larger) + lines({2}) + lines({3}));
  EXPECT_EQ(db().put(larger), IndexWriter::Change::corrected);
  EXPECT_EQ(read(file), lines({1}) + serialize(larger) + lines({3})) << "one line";
}

TEST_F(Index, AddsAMissingLineWithinItsTimeline) {
  const std::string other = "00000002.history\t1\t1.0\tNone\tNone\n000000020000000000000009\t1\t1.0\tNone\tNone\n";
  write(file, other + "bad line\n" + lines({3}));
  EXPECT_EQ(db().put(entry(2)), IndexWriter::Change::added);
  EXPECT_EQ(read(file), other + "bad line\n" + lines({2}) + lines({3}));
  write(file, other);
  EXPECT_EQ(db().put(entry(2)), IndexWriter::Change::added);
  EXPECT_EQ(read(file), other + lines({2}));
}

TEST_F(Index, AddsManyMissingLinesAtOnce) {
  const std::string other = "00000002.history\t1\t1.0\tNone\tNone\n";
  EXPECT_EQ(db().add_missing({entry(4), entry(2)}), 2U);
  EXPECT_EQ(read(file), lines({2}) + lines({4}));
  write(file, other + lines({2}) + "bad line\n" + lines({4}) + "torn");
  EXPECT_EQ(db().add_missing({entry(5), entry(4), entry(3), entry(1)}), 3U);
  EXPECT_EQ(read(file), other + lines({1}) + lines({2}) + "bad line\n" + lines({3}) + lines({4}) + lines({5}));
  EXPECT_EQ(db().add_missing({entry(5), entry(1)}), 0U);
}

TEST_F(Index, PruneKeepsTheOtherLinesAsTheyAre) {
  write(file, "a 1 1.0\n" + lines({1, 2}) + "b\t1\t1\tgzip\n" + lines({3}) + "c 1 1");
  std::string dropped;
  const std::size_t count =
      prune([](const WalEntryView& view) { return view.name.size() == 1 || view.name.back() == '2'; },
            [&](const WalEntryView& view) { dropped += view.name.back(); });
  EXPECT_EQ(count, 2U);
  EXPECT_EQ(dropped, "13");
  EXPECT_EQ(read(file), "a 1 1.0\n" + lines({2}) + "b\t1\t1\tgzip\nc 1 1\n");
}

TEST_F(Index, PruneMayLeaveNothing) {
  write(file, lines({1, 2}));
  EXPECT_EQ(prune([](const WalEntryView&) { return false; }), 2U);
  EXPECT_TRUE(fs::exists(path(file)));
  EXPECT_TRUE(read(file).empty());
}

TEST_F(Index, PruneOfNothingDoesNotTouchTheFile) {
  write(file, lines({1, 2}));
  const auto before = fs::stat_if_exists(path(file))->st_ino;
  EXPECT_EQ(prune([](const WalEntryView&) { return true; }, [](const WalEntryView&) { FAIL(); }), 0U);
  EXPECT_EQ(fs::stat_if_exists(path(file))->st_ino, before);
}

TEST_F(Index, PruneKeepsTheModeOfTheFile) {
  write(file, lines({1, 2}));
  ::chmod(path(file).c_str(), 0600);
  prune([](const WalEntryView& view) { return view.name.back() == '1'; });
  EXPECT_EQ(fs::stat_if_exists(path(file))->st_mode & 0777, 0600U);
}

TEST_F(Index, PruneThatMeetsABadLineHasDoneNothing) {
  const std::string before = lines({1, 2}) + "garbage\n";
  write(file, before);
  EXPECT_THROW(prune([](const WalEntryView&) { return false; }, [](const WalEntryView&) { FAIL(); }), Error);
  EXPECT_EQ(read(file), before);
  EXPECT_EQ(fs::list_directory(path("s/wals")).size(), 1U);
}

TEST_F(Index, AnUnfinishedLastLineGoesWithARemoval) {
  write(file, lines({1, 2}) + "000000010000000000000003\t1677");
  EXPECT_EQ(prune([](const WalEntryView& view) { return view.name.back() == '2'; }), 1U);
  EXPECT_EQ(read(file), lines({2}));
}

TEST_F(Index, PruneThatIsInterruptedLeavesTheIndexWhole) {
  write(file, lines({1, 2, 3}));
  EXPECT_THROW(prune([](const WalEntryView&) { return false; },
                     [](const WalEntryView& view) {
                       if (view.name.back() == '2') throw Error(Errc::io, "disk gone");
                     }),
               Error);
  EXPECT_EQ(read(file), lines({1, 2, 3}));
  EXPECT_EQ(fs::list_directory(path("s/wals")).size(), 1U);
}

TEST_F(Index, ARewriteReplacesEverything) {
  write(file, "garbage\n");
  {
    const IndexWriter index = db();
    IndexRewrite rewrite = index.rewrite();
    rewrite.add(entry(7));
    rewrite.add(entry(8));
    EXPECT_EQ(read(file), "garbage\n");
    rewrite.commit();
  }
  EXPECT_EQ(read(file), lines({7, 8}));
  {
    const IndexWriter index = db();
    IndexRewrite rewrite = index.rewrite();
    rewrite.add(entry(9));
  }
  EXPECT_EQ(read(file), lines({7, 8})) << "given up";
}

TEST_F(Index, IsCreatedOnlyWhereThereIsNone) {
  write("s/wals/xlog.db", "old\n");
  const IndexWriter index = db();
  {
    auto created = index.create();
    ASSERT_TRUE(created);
    created->add(entry(7));
    created->commit();
  }
  EXPECT_FALSE(index.create());
  EXPECT_EQ(read("s/wals/s-xlog.db.old"), "old\n");
  EXPECT_EQ(read(file), lines({7}));
  EXPECT_EQ(read("s/wals/xlog.db"), lines({7})) << "the old place leads to the new index";
}

TEST_F(Index, IsNotCreatedWithoutItsDirectory) {
  config_.xlogdb_directory = path("s/other");
  EXPECT_FALSE(db().create());
  EXPECT_FALSE(fs::exists(path("s/other")));
}

TEST_F(Index, EveryChangeHoldsTheLock) {
  write(file, lines({1, 2}));
  const auto busy = [&] { return !fs::LockFile::try_acquire(locks_.xlogdb()).has_value(); };
  {
    const IndexAppender appender = db().append();
    EXPECT_TRUE(busy());
  }
  prune([&](const WalEntryView&) {
    EXPECT_TRUE(busy());
    return true;
  });
  {
    const fs::LockFile held = db().lock();
    EXPECT_TRUE(busy());
  }
  EXPECT_FALSE(busy());
}

TEST_F(Index, TheIndexGetsALinkWithARelativeTarget) {
  write("s/wals/s-xlog.db", "lines\n");
  db().serve_old_place();
  EXPECT_EQ(target("s/wals/xlog.db"), "s-xlog.db");
  EXPECT_EQ(read("s/wals/xlog.db"), "lines\n");
}

TEST_F(Index, TheTargetIsSeenFromWhereTheLinkReallyIs) {
  fs::make_directories(path("disk/one/wals"));
  fs::make_symlink(path("disk/one/wals"), path("wals"));
  config_.wals_directory = path("wals");
  config_.xlogdb_directory = path("s/index");
  write("s/index/s-xlog.db", "lines\n");
  db().serve_old_place();
  EXPECT_EQ(target("wals/xlog.db"), "../../../s/index/s-xlog.db");
  EXPECT_EQ(read("wals/xlog.db"), "lines\n");
}

TEST_F(Index, AWrongLinkIsReplaced) {
  write("s/wals/s-xlog.db", "lines\n");
  fs::make_symlink("nowhere", path("s/wals/xlog.db"));
  db().serve_old_place();
  EXPECT_EQ(target("s/wals/xlog.db"), "s-xlog.db");
}

TEST_F(Index, AFileThereIsKeptAndSoAreEarlierOnes) {
  write("s/wals/s-xlog.db", "lines\n");
  write("s/wals/xlog.db", "old\n");
  write("s/wals/s-xlog.db.old", "older\n");
  db().serve_old_place();
  EXPECT_EQ(target("s/wals/xlog.db"), "s-xlog.db");
  EXPECT_EQ(read("s/wals/s-xlog.db.old"), "older\n");
  EXPECT_EQ(read("s/wals/s-xlog.db.old.1"), "old\n");
}

TEST_F(Index, NobodyWaitsForAnIndexInUse) {
  write("s/wals/s-xlog.db", "lines\n");
  {
    const fs::LockFile held = fs::LockFile::acquire(locks_.xlogdb());
    db().serve_old_place();
  }
  EXPECT_FALSE(has("s/wals/xlog.db"));
  db().serve_old_place();
  EXPECT_EQ(target("s/wals/xlog.db"), "s-xlog.db");
}

TEST_F(Index, NothingHappensWithoutTheOptionOrAnIndex) {
  db().serve_old_place();
  EXPECT_FALSE(has("s/wals/xlog.db"));
  config_.legacy_links = false;
  write("s/wals/s-xlog.db", "lines\n");
  write("s/wals/xlog.db", "as it is\n");
  db().serve_old_place();
  EXPECT_EQ(read("s/wals/xlog.db"), "as it is\n");
}

}  // namespace
}  // namespace barman::archive
