#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "barman/app/wal.h"
#include "barman/archive/wal_archive.h"
#include "barman/codec/codec.h"
#include "server_fixture.h"
#include "unit/archive/store_fixture.h"

// WAL into an object store and out of it.
namespace barman::app {
namespace {

using archive::w1;
using archive::w2;
using archive::w3;
using archive::w4;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

class CloudWal : public archive::StoreFixture {
 protected:
  CloudWal() {
    global.file = path("barman.conf");
    global.barman_home = directory.path();
    global.barman_lock_directory = path("locks");
    config.backup_method = config::BackupMethod::local_to_cloud;
  }

  ServerContext server() {
    ServerContext::Given given;
    given.open_place = [this](const std::string&, const config::ServerConfig&) { return open(); };
    return {global, config, notifier, given};
  }
  // Another one on the same bucket.
  cloud::Place open() {
    auto owned = std::make_unique<cloud::FailingStore>(path("bucket"));
    owned->puts_until_failure = puts_until_failure;
    owned->calls_until_failure = calls_until_failure;
    opened = owned.get();
    return {std::move(owned), place.layout};
  }
  void archive() {
    ServerContext context = server();
    archive_wal(context);
  }
  void cloud_archive(const std::string& wal, std::int64_t parallel = 0) {
    last = std::make_unique<ServerContext>(server());
    cloud_wal_archive(*last, path("main/pg_wal/" + wal), parallel);
  }
  bool cloud_restore(const std::string& wal, std::int64_t parallel = 0) {
    ServerContext context = server();
    return cloud_wal_restore(context, {wal, path("restored"), parallel, path("spool")});
  }
  std::string line(const std::string& name, std::size_t size, const std::string& compression = "None") const {
    return fmt::format("{}\t{}\t1700000000.25\t{}\tNone\n", name, size, compression);
  }
  void ready(const std::string& wal) {
    put("pg_wal/" + wal, whole_segment(wal));
    put("pg_wal/archive_status/" + wal + ".ready", "");
  }

  bool is_listed(const std::string& wal) const { return store_index().find(wal) != std::string::npos; }

  config::GlobalConfig global;
  fakes::RecordingNotifier notifier;
  std::unique_ptr<ServerContext> last;    // of cloud_archive()
  cloud::FailingStore* opened = nullptr;  // while who opened it lives
  int puts_until_failure = -1, calls_until_failure = cloud::FailingStore::all_succeed;
};

TEST_F(CloudWal, GoesFromItsQueueIntoTheStore) {
  const std::string history = "1\t0/1\tx\n";
  put("incoming/" + w2, whole_segment(w2));
  put("incoming/" + w1, whole_segment(w1));
  put("incoming/00000002.history", history);
  archive();
  EXPECT_THAT(names("incoming"), IsEmpty());
  EXPECT_EQ(object(key(w1)), whole_segment(w1));
  EXPECT_EQ(object(key("00000002.history")), history);
  EXPECT_EQ(store_index(), line(w1, 1 << 20) + line(w2, 1 << 20) + line("00000002.history", history.size()));
  EXPECT_FALSE(fs::exists("s3:"));
}

TEST_F(CloudWal, IsListedAsItIsStored) {
  for (const auto& [word, extension] : {std::pair<std::string, std::string>{"gzip", ".gz"},
                                        {"bzip2", ".bz2"},
                                        {"xz", ".xz"},
                                        {"zstd", ".zst"},
                                        {"lz4", ".lz4"},
                                        {"snappy", ".snappy"}}) {
    config.compression = word;
    put("incoming/" + w1, whole_segment(w1));
    archive();
    EXPECT_EQ(store_index(), line(w1, object(key(w1, extension)).size(), word));
    ASSERT_TRUE(cloud_restore(w1)) << word;
    EXPECT_EQ(read("restored"), whole_segment(w1)) << word;
    std::filesystem::remove_all(path("bucket"));
    store->create_bucket();
    fs::remove_file(path("main/meta/main-xlog.db"));
  }
}

TEST_F(CloudWal, ThatComesCompressedStaysSo) {
  config.compression = "zstd";
  put("plain", whole_segment(w1));
  codec::encode_file(path("main/plain"), path("main/incoming/" + w1), {{.algorithm = codec::Algorithm::bzip2}});
  const std::string delivered = content("incoming/" + w1);
  archive();
  EXPECT_EQ(object(key(w1, ".bz2")), delivered);
  EXPECT_THAT(store_index(), HasSubstr("\tbzip2\tNone\n"));
}

TEST_F(CloudWal, ThatIsThereAlreadyIsDroppedHoweverItIsCompressed) {
  config.compression = "gzip";
  put("incoming/" + w1, whole_segment(w1));
  archive();
  const std::string before = store_index();
  config.compression = "zstd";
  put("incoming/" + w1, whole_segment(w1));
  archive();
  EXPECT_EQ(store_index(), before);
  EXPECT_THAT(keys(), ElementsAre(key(w1, ".gz")));
  EXPECT_THAT(names("incoming"), IsEmpty());
  EXPECT_THAT(names("errors"), IsEmpty());
}

TEST_F(CloudWal, OfOtherContentIsSetAside) {
  put_object(key(w1, ".gz"), "");
  put("plain", whole_segment(w1, 'a'));
  codec::encode_file(path("main/plain"), path("packed"), {{.algorithm = codec::Algorithm::gzip}});
  put_object(key(w1, ".gz"), read("packed"));
  put("incoming/" + w1, whole_segment(w1, 'b'));
  archive();
  EXPECT_EQ(object(key(w1, ".gz")), read("packed"));
  EXPECT_THAT(names("errors"), ElementsAre(MatchesRegex(w1 + "\\..*\\.duplicate")));
  EXPECT_EQ(notifier.lines.back(),
            "info: \tError: " + w1 + " is already present in server main. File moved to errors directory.");
}

TEST_F(CloudWal, TakesThePlaceOfADamagedCopy) {
  put_object(key(w1, ".gz"), "\x1f\x8b\x08 cut");
  put_object(key(w2), whole_segment(w2).substr(0, 8192));
  for (const std::string& name : {w1, w2}) put("incoming/" + name, whole_segment(name));
  archive();
  EXPECT_THAT(keys(), ElementsAre(key(w1), key(w2)));
  EXPECT_EQ(object(key(w1)), whole_segment(w1));
  EXPECT_EQ(object(key(w2)), whole_segment(w2));
  EXPECT_THAT(names("errors"), ElementsAre(MatchesRegex(w1 + "\\..*\\.damaged"), MatchesRegex(w2 + "\\..*\\.damaged")));
  EXPECT_THAT(names("incoming"), IsEmpty());
  EXPECT_EQ(store_index(), line(w1, 1 << 20) + line(w2, 1 << 20));
}

TEST_F(CloudWal, ThatAKilledRunStoredGetsItsLine) {
  for (const std::string& name : {w1, w2}) {
    put("incoming/" + name, whole_segment(name));
    put_object(key(name), whole_segment(name));
  }
  put("incoming/" + w3, whole_segment(w3));
  put_index(w1 + "\t10485");  // and half a line
  archive();
  EXPECT_THAT(store_index(),
              MatchesRegex(w1 + "\t1048576\t[0-9.]+\tNone\tNone\n" + w2 + "\t1048576\t[0-9.]+\tNone\tNone\n" + w3 +
                           "\t1048576\t[0-9.]+\tNone\tNone\n"));
  EXPECT_THAT(names("incoming"), IsEmpty());
  EXPECT_THAT(names("errors"), IsEmpty());
}

TEST_F(CloudWal, StaysWhereItIsWhereTheStoreFails) {
  for (const std::string& name : {w1, w2, w3, w4}) put("incoming/" + name, whole_segment(name));
  puts_until_failure = 0;
  EXPECT_THROW(archive(), store::StoreError);
  EXPECT_THAT(names("incoming"), ElementsAre(w1, w2, w3, w4));
  EXPECT_EQ(store_index(), "");
  puts_until_failure = -1;
  archive();
  EXPECT_THAT(names("incoming"), IsEmpty());
  EXPECT_EQ(store_index(), line(w1, 1 << 20) + line(w2, 1 << 20) + line(w3, 1 << 20) + line(w4, 1 << 20));
}

TEST_F(CloudWal, IsInItsQueueOrInTheStoreWhereverTheStoreFailsAndTheNextRunCompletesIt) {
  put("plain", whole_segment(w2));
  codec::encode_file(path("main/plain"), path("packed"), {{.algorithm = codec::Algorithm::gzip}});
  int failures = 0;
  for (bool failed = true; failed; ++failures) {
    std::filesystem::remove_all(path("bucket"));
    std::filesystem::remove_all(path("main/errors"));
    put_index("");
    store->create_bucket();
    for (const std::string& name : {w1, w2, w3, w4}) put("incoming/" + name, whole_segment(name));
    put_object(key(w2, ".gz"), read("packed"));
    put_object(key(w3, ".gz"), "\x1f\x8b\x08 cut");
    calls_until_failure = failures;
    try {
      archive();
      failed = false;
    } catch (const store::StoreError&) {
      for (const std::string& name : {w1, w2, w3, w4})
        EXPECT_TRUE(exists("incoming/" + name) || is_listed(name)) << name << " after " << failures << " calls";
    }
    calls_until_failure = cloud::FailingStore::all_succeed;
    archive();
    EXPECT_THAT(names("incoming"), IsEmpty()) << failures;
    EXPECT_THAT(keys(), ElementsAre(key(w1), key(w2, ".gz"), key(w3), key(w4))) << failures;
    EXPECT_EQ(store_index(),
              line(w1, 1 << 20) + line(w2, read("packed").size(), "gzip") + line(w3, 1 << 20) + line(w4, 1 << 20))
        << failures;
    EXPECT_THAT(names("errors"), ElementsAre(MatchesRegex(w3 + "\\..*\\.damaged"))) << failures;
    for (const std::string& name : {w1, w3, w4}) EXPECT_EQ(object(key(name)), whole_segment(name));
  }
  EXPECT_GT(failures, 8);
}

TEST_F(CloudWal, IsStoredInNoOtherFormThanWasAskedFor) {
  put("incoming/" + w1, whole_segment(w1));
  config.compression = "pigz";
  EXPECT_THAT(failure_of([&] { archive(); }).what(), HasSubstr("'pigz' is not supported"));
  config.compression.reset();
  config.encryption = "gpg";
  config.encryption_key_id = "key";
  EXPECT_THAT(failure_of([&] { archive(); }).what(), HasSubstr("encryption is not supported when the WAL destination"));
  EXPECT_THAT(names("incoming"), ElementsAre(w1));
  EXPECT_THAT(keys(), IsEmpty());
}

TEST_F(CloudWal, HookScriptsGetTheAddressOfTheObject) {
  config.compression = "gzip";
  config.hooks = {
      {"post_archive_retry_script", "echo $BARMAN_FILE $BARMAN_COMPRESSION \"$BARMAN_ERROR\" >> " + path("hooks.out")}};
  put("incoming/" + w1, whole_segment(w1));
  archive();
  EXPECT_EQ(read("hooks.out"), "s3://lab/" + key(w1, ".gz") + " gzip \n");
}

TEST_F(CloudWal, CannotBeHandedOutFromHere) {
  ServerContext context = server();
  EXPECT_THAT(failure_of([&] { require_retrievable(config); }).what(),
              HasSubstr("Cannot retrieve WAL file for server 'main' because it is configured with a cloud object"));
  EXPECT_STREQ(failure_of([&] { rebuild_xlogdb(context); }).what(),
               "Rebuilding xlogdb is not supported for servers using cloud storage");
}

TEST_F(CloudWal, OfPostgresqlStaysInItsPlace) {
  config.compression = "gzip";
  put("pg_wal/" + w1, whole_segment(w1));
  cloud_archive(w1);
  EXPECT_EQ(store_index(), line(w1, object(key(w1, ".gz")).size(), "gzip"));
  EXPECT_TRUE(exists("pg_wal/" + w1));
  cloud_archive(w1);
  EXPECT_EQ(store_index(), line(w1, object(key(w1, ".gz")).size(), "gzip")) << "the same content again is a success";
  put("pg_wal/" + w1, whole_segment(w1, 'o'));
  const Error conflict = failure_of([&] { cloud_archive(w1); });
  EXPECT_THAT(conflict.what(), HasSubstr("is archived already with other content"));
  EXPECT_THAT(conflict.what(), HasSubstr(path("main/pg_wal/" + w1)));
  put("pg_wal/" + w2, whole_segment(w2).substr(0, 8192));
  EXPECT_THAT(failure_of([&] { cloud_archive(w2); }).what(), HasSubstr("is not archived"));
  EXPECT_THAT(keys(), ElementsAre(key(w1, ".gz")));
}

TEST_F(CloudWal, OfAnEarlierHostIsListedBeforeThatOfThisOne) {
  put_object(key(w1, ".gz"), "x");
  fs::remove_tree(path("main/meta"));
  put("pg_wal/" + w2, whole_segment(w2));
  cloud_archive(w2);
  EXPECT_THAT(store_index(), MatchesRegex(w1 + "\t1\t[0-9.]+\tgzip\tNone\n" + line(w2, 1 << 20)));
}

TEST_F(CloudWal, ThatIsReadyIsArchivedAheadAndLookedUpWhenItsTurnComes) {
  for (const std::string& name : {w1, w2, w3}) ready(name);
  put("pg_wal/000000010000000000000005", whole_segment("000000010000000000000005"));
  put("pg_wal/archive_status/000000010000000000000005.ready", "");
  cloud_archive(w1, 8);
  EXPECT_EQ(store_index(), line(w1, 1 << 20) + line(w2, 1 << 20) + line(w3, 1 << 20)) << "up to the first gap";
  cloud_archive(w2, 8);
  EXPECT_EQ(opened->gets, 0) << "nothing is fetched to be compared";
  EXPECT_GT(opened->lists, 0) << "but it is looked for";
  EXPECT_THAT(opened->puts(), IsEmpty());
  store->remove({key(w3)});
  cloud_archive(w3, 8);
  EXPECT_EQ(object(key(w3)), whole_segment(w3)) << "a note does not stand for the object";
}

TEST_F(CloudWal, OfTheNameOfAnotherIsComparedWhateverWasNoted) {
  for (const std::string& name : {w1, w2}) ready(name);
  cloud_archive(w1, 2);
  fs::remove_file(path("main/pg_wal/" + w2));
  put("pg_wal/" + w2, whole_segment(w2, 'o'));  // another cluster
  EXPECT_THAT(failure_of([&] { cloud_archive(w2, 2); }).what(), HasSubstr("other content"));
  put("pg_wal/000000010000000000000000", whole_segment("000000010000000000000000"));
  cloud_archive("000000010000000000000000", 2);
  EXPECT_EQ(object(key("000000010000000000000000")), whole_segment("000000010000000000000000"))
      << "a lower name was archived by nobody";
}

TEST_F(CloudWal, NeedsTheMethodAndThePlace) {
  put("pg_wal/" + w1, whole_segment(w1));
  config.backup_method = config::BackupMethod::rsync;
  EXPECT_STREQ(failure_of([&] { cloud_archive(w1); }).what(),
               "cloud-wal-archive is only supported for servers with 'backup_method' set to 'local-to-cloud'. Please "
               "check the configuration of server main.");
  config.backup_method = config::BackupMethod::local_to_cloud;
  config.wals_directory = config.xlogdb_directory = path("main/wals");
  EXPECT_THAT(failure_of([&] { cloud_archive(w1); }).what(), HasSubstr("no cloud storage configuration is set"));
  EXPECT_THAT(failure_of([&] { cloud_restore(w1); }).what(), HasSubstr("no cloud storage configuration is set"));
}

TEST_F(CloudWal, IsRestoredWithThoseThatFollow) {
  for (const std::string& name : {w1, w2, w3}) put_object(key(name), whole_segment(name));
  EXPECT_TRUE(cloud_restore(w1, 2));
  EXPECT_EQ(read("restored"), whole_segment(w1));
  store->remove({key(w2)});
  EXPECT_TRUE(cloud_restore(w2, 2)) << "it is in the spool";
  EXPECT_EQ(read("restored"), whole_segment(w2));
  EXPECT_FALSE(cloud_restore(w2)) << "and was there once";
  EXPECT_THAT(notifier.lines, Contains("error: WAL file " + w2 + " for server main does not exist"));
  config.wals_directory = config.xlogdb_directory = "s3://other/p";
  EXPECT_TRUE(cloud_restore(w3));
}

}  // namespace
}  // namespace barman::app
