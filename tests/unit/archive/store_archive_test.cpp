#include <fmt/core.h>
#include <gmock/gmock.h>

#include "barman/archive/wal_notes.h"
#include "barman/core/error.h"
#include "store_fixture.h"

// A WAL archive in an object store.
namespace barman::archive {
namespace {

using catalog::WalEntry;
using catalog::WalEntryView;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Pair;
using testing::SizeIs;

class StoreArchive : public StoreFixture {
 protected:
  static std::string line(const std::string& name, std::int64_t size, std::optional<std::string> compression = {}) {
    return serialize(WalEntry{name, size, 1700000000.25, std::move(compression), {}});
  }
};

const std::string next_log = "000000010000000100000000";

TEST_F(StoreArchive, KnowsWhatIsThereByFewRequests) {
  for (const std::string& name : {w1, w2, next_log}) put_object(key(name, ".gz"), "x");
  put_object(key("000000020000000100000007"), "x");
  put_object(key("000000020000000100000008.partial"), "x");
  put_object(key("00000002.history"), "x");
  put_object("p/other/wals/0000000900000000/000000090000000000000001", "x");
  const WalArchive archive = store_archive();
  EXPECT_THAT(archive.newest(), ElementsAre(Pair(1U, next_log), Pair(2U, "000000020000000100000007")));
  EXPECT_EQ(archive.highest_timeline(), 2U);
  store->lists = 0;
  EXPECT_TRUE(archive.holds(w1));
  EXPECT_TRUE(archive.holds(w2));
  EXPECT_EQ(store->lists, 1) << "neighbours are known";
  EXPECT_FALSE(archive.holds(w3));
  put_object(key(w3), "x");
  EXPECT_TRUE(archive.holds(w3)) << "a segment that was not there is looked for again";
  EXPECT_TRUE(archive.holds("00000002.history"));
  EXPECT_FALSE(archive.holds("00000003.history"));
  EXPECT_TRUE(archive.examine(w1));
  EXPECT_FALSE(archive.examine(w4));
}

TEST_F(StoreArchive, ReadsHistoriesOnceAndPassesOverDamagedCopies) {
  put_object(key("00000002.history", ".gz"), "\x1f\x8b\x08 no gzip");
  put_object(key("00000002.history", ".zst"), "1\t0/3000000\tx\n");
  put_object(key("00000003.history"), "2\t0/4000000\ty\n");
  for (int i = 0; i < 5; ++i) put_object(key(fmt::format("0000000100000000000000{:02X}", i)), "x");
  const WalArchive archive = store_archive();
  EXPECT_EQ(archive.history(2), "1\t0/3000000\tx\n");
  EXPECT_EQ(archive.history(3), "2\t0/4000000\ty\n");
  EXPECT_FALSE(archive.history(4));
  archive.history(2);
  EXPECT_EQ(store->lists, 1);
  EXPECT_EQ(store->gets, 3);
}

TEST_F(StoreArchive, MakesAnAbsentIndexFromWhatIsStored) {
  put_object(key(w1, ".gz"), "1");
  put_object(key(w2), "22");
  put_object(key(w2, ".zst"), "333");
  put_object(key(w3 + ".partial"), "4");
  put_object(key(w3 + ".00000028.backup"), "55555");
  put_object(key("00000002.history"), "666666");
  put_object("p/main/wals/notes", "7");
  store_archive().index();
  EXPECT_THAT(store_index(), MatchesRegex(w1 + "\t1\t[0-9.]+\tgzip\tNone\n" + w2 + "\t2\t[0-9.]+\tNone\tNone\n" + w3 +
                                          ".00000028.backup\t5\t[0-9.]+\tNone\tNone\n" +
                                          "00000002.history\t6\t[0-9.]+\tNone\tNone\n"));
}

std::vector<std::string> names_of(WalArchive& archive, std::string_view from = {}) {
  std::vector<std::string> names;
  archive.for_each(from, [&](const WalEntryView& entry) { names.emplace_back(entry.name); });
  return names;
}

TEST_F(StoreArchive, ListsWhatOthersPutBehindTheIndex) {
  for (const std::string& name : {w1, w2}) put_object(key(name, ".gz"), "x");
  put_object(key(w3), "x");
  put_object(key(w4, ".zst"), "x");
  put_object(key(w4 + ".partial"), "x");
  put_object(key(next_log), "x");
  put_object("p/main/wals/notes", "x");
  put_index(line(w1, 1, "gzip") + line(w2, 1, "gzip"));
  const std::string index = store_index();
  WalArchive archive = store_archive();
  store->lists = 0;
  EXPECT_THAT(names_of(archive), ElementsAre(w1, w2, w3, w4, next_log));
  EXPECT_THAT(names_of(archive), SizeIs(5));
  EXPECT_EQ(store->lists, 1);
  EXPECT_THAT(names_of(archive, w4), ElementsAre(w1, w2, w4, next_log));
  EXPECT_EQ(store_index(), index);
}

TEST_F(StoreArchive, ListsAllWithoutAnIndexAndMakesNone) {
  for (const std::string& name : {w1, w2, w3}) put_object(key(name, ".gz"), "x");
  fs::remove_tree(path("main"));
  WalArchive archive = store_archive();
  EXPECT_THAT(names_of(archive), ElementsAre(w1, w2, w3));
  EXPECT_THAT(names_of(archive, w2), ElementsAre(w2, w3));
  EXPECT_FALSE(archive.change_notes([](const WalNotes&) { FAIL() << "there is no directory for notes"; }));
  EXPECT_FALSE(exists("main"));
}

TEST_F(StoreArchive, ASecondCopyHasNoIndex) {
  for (const std::string& name : {w1, w3}) put_object(key(name), "x");
  put_index(line(w2, 1) + line(w4, 1));  // of what is on this host
  config.is_second_copy = true;
  WalArchive archive = store_archive();
  EXPECT_THAT(names_of(archive), ElementsAre(w1, w3));
  EXPECT_FALSE(archive.change_notes([](const WalNotes&) { FAIL() << "these are of what is on this host"; }));
}

TEST_F(StoreArchive, SaysWhereAFileLies) {
  config.compression = "zstd";
  const WalArchive archive = store_archive();
  EXPECT_EQ(archive.location(w1), "p/main/wals/0000000100000000/" + w1 + ".zst");
  WalEntryView entry;
  const std::string text = w1 + "\t1\t2\tbzip2\tNone";
  ASSERT_TRUE(parse_wal_line(text, entry));
  EXPECT_EQ(archive.location(entry), "p/main/wals/0000000100000000/" + w1 + ".bz2");
}

TEST_F(StoreArchive, RemovesEveryCopyInBatchesAndThenTheLines) {
  config.cloud_delete_batch_size = 2;
  std::string lines;
  for (int i = 1; i <= 5; ++i) {
    const std::string name = fmt::format("0000000100000000000000{:02X}", i);
    lines += line(name, 1, "gzip");
    put_object(key(name, i == 3 ? ".zst" : ".gz"), "x");  // the line of 3 says something else
  }
  put_object(key(w1), "x");
  put_object(key(w2 + ".00000028.backup"), "x");
  put_object(key("00000002.history"), "x");
  lines += line("00000002.history", 1) + line(next_log, 1);
  put_index(lines);
  std::vector<std::string> seen;
  Removal removal;
  removal.stays = [](const WalEntryView& entry) { return entry.name == "000000010000000000000005"; };
  removal.before = [&](const WalEntryView& entry, const std::string&) {
    seen.push_back(fmt::format("+{}", entry.name));
  };
  removal.after = [&](const WalEntryView& entry, const std::string& location, bool found) {
    EXPECT_THAT(store_index(), HasSubstr(std::string(entry.name))) << "lines go last";
    EXPECT_THAT(location, testing::StartsWith("s3://lab/p/main/wals/"));
    seen.push_back(fmt::format("-{}{}", entry.name, found ? "" : " missing"));
  };
  EXPECT_EQ(store_archive().remove(removal), 6U);
  EXPECT_THAT(keys(), ElementsAre(key(w2 + ".00000028.backup"), key("000000010000000000000005", ".gz")));
  EXPECT_EQ(store_index(), line("000000010000000000000005", 1, "gzip"));
  EXPECT_THAT(seen,
              ElementsAre("+" + w1, "-" + w1, "+" + w2, "+" + w3, "-" + w2, "-" + w3, "+" + w4, "+00000002.history",
                          "-" + w4, "-00000002.history", "+" + next_log, "-" + next_log + " missing"));
  for (const std::size_t count : store->removals()) EXPECT_LE(count, 2U);
}

TEST_F(StoreArchive, ARemovalThatFailsKeepsTheIndexAndIsCompletedByTheNext) {
  config.cloud_delete_batch_size = 1;
  for (const std::string& name : {w1, w2, w3}) put_object(key(name), "x");
  const std::string lines = line(w1, 1) + line(w2, 1) + line(w3, 1);
  put_index(lines);
  Removal removal;
  removal.stays = [](const WalEntryView& entry) { return entry.name == w3; };
  store->removals_until_failure = 1;
  EXPECT_THROW(store_archive().remove(removal), store::StoreError);
  EXPECT_EQ(store_index(), lines);
  EXPECT_THAT(keys(), ElementsAre(key(w2), key(w3)));
  store->removals_until_failure = -1;
  EXPECT_EQ(store_archive().remove(removal), 2U);
  EXPECT_EQ(store_index(), line(w3, 1));
  EXPECT_THAT(keys(), ElementsAre(key(w3)));
}

TEST_F(StoreArchive, WorksOnNoFiles) {
  WalArchive archive = store_archive();
  const auto refuse = [](const std::function<void()>& what) {
    try {
      what();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::refused);
      EXPECT_THAT(error.what(), HasSubstr("is not in a directory but in an object store, s3://lab/p"));
    }
  };
  refuse([&] { archive.directory(); });
  refuse([&] { archive.open(w1); });
  refuse([&] { archive.admit(path("staged"), {}); });
  refuse([&] { archive.list_copied({}, {}); });
  refuse([&] { archive.sync_point(); });
  archive.serve_old_place();
  EXPECT_FALSE(fs::exists("s3:"));
  EXPECT_THAT(keys(), IsEmpty());
}

}  // namespace
}  // namespace barman::archive
