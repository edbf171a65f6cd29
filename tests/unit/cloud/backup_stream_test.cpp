// What PostgreSQL sends of itself, on its way into a store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive_content.h"
#include "barman/cloud/backup.h"
#include "barman/cloud/restore.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/tar/writer.h"
#include "failing_store.h"
#include "fakes/postgres.h"

namespace barman::cloud {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
using Kind = postgres::Answer::Kind;
using Reply = fakes::FakePostgres::Reply;

struct Member {
  std::string name, content;
  char type = tar::regular_file;
};
std::string tar_of(const std::vector<Member>& members, bool with_end = true) {
  std::string bytes;
  tar::Writer writer([&](std::string_view piece) { bytes += piece; });
  for (const Member& each : members) {
    tar::Member member;
    member.name = each.name;
    member.type = each.type;
    if (each.type == tar::regular_file) member.size = each.content.size();
    if (each.type == tar::symbolic_link) member.link = each.content;
    writer.begin(member);
    writer.data(member.size > 0 ? each.content : "");
    writer.end_member();
  }
  if (with_end) writer.finish();
  return bytes;
}

class StreamedBackups : public testing::Test {
 protected:
  StreamedBackups() {
    info_.backup_id = "20260101T000000";
    info_.pgdata = "/pg";
    info_.version = 160002;
    info_.set_status(catalog::BackupStatus::waiting_for_wals);
    info_.tablespaces.emplace({catalog::Tablespace{"tbs", 16386, "/ts"}});
    request_.layout = {"", "s"};
    request_.min_chunk_size = 8192;
    place_.store = std::make_unique<FailingStore>(directory_.path() + "/store");
    place_.layout = request_.layout;
    data_ = {{"backup_label", "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\n"},
             {"tablespace_map", "16386 /ts\n"},
             {"base", "", tar::directory},
             {"base/1", "one"},
             {"log", "", tar::directory},
             {"log/postgresql.log", "a line\n"},
             {"pg_tblspc", "", tar::directory},
             {"pg_tblspc/16386", "/ts", tar::symbolic_link},
             {"global/pg_control", "control"}};
  }

  void will_send(bool with_end = true, const std::string& manifest = "{}") {
    server_.replies["BASE_BACKUP"] = {
        {{Kind::rows, {{}, {{"0/2000028", "1"}}}}, {}},
        {{Kind::rows, {{}, {{"16386", "/ts", "1"}, {std::nullopt, std::nullopt, "1"}}}}, {}},
        {{Kind::copy_out, {}},
         {std::string("n16386.tar\0/ts\0", 15),
          "d" + tar_of({{"PG_16_202307071", "", tar::directory}, {"PG_16_202307071/5", "five"}}),
          std::string("nbase.tar\0\0", 11), "d" + tar_of(data_, with_end), "m", "d" + manifest}},
        {{Kind::rows, {{}, {{"0/2000100", "1"}}}}, {}}};
  }
  std::uint64_t copy() {
    postgres::BaseBackup stream(server_.connect()("", {}, {}), {.label = "l"});
    NoProgress progress;
    return copy_stream({.upload = request_, .manifest_path = manifest_, .files_sent = [this] { ++told_; }}, stream,
                       *place_.store, progress, info_);
  }
  std::vector<StoredMember> stored(const std::string& name) {
    return members_of(*place_.store, "s/base/20260101T000000/" + name);
  }

  fs::TemporaryDirectory directory_{"barman-test-"};
  const std::string manifest_ = directory_.path() + "/manifest";
  Place place_;
  fakes::FakePostgres server_;
  catalog::BackupInfo info_;
  UploadRequest request_;
  std::vector<Member> data_;
  int told_ = 0;
};

TEST_F(StreamedBackups, BecomeTheSameArchives) {
  will_send();
  EXPECT_GT(copy(), 0U);
  EXPECT_THAT(keys_in(*place_.store, "s/base/20260101T000000/"), UnorderedElementsAre("16386.tar", "data.tar"));
  const auto data = stored("data.tar");
  EXPECT_THAT(names_of(data), ElementsAre("./", "base/", "base/1", "log/", "log/postgresql.log", "pg_tblspc/",
                                          "backup_label", "./backup_manifest", "global/pg_control"));
  EXPECT_EQ(data.back().content, "control");
  EXPECT_THAT(names_of(stored("16386.tar")), ElementsAre("./", "PG_16_202307071/", "PG_16_202307071/5"));
  EXPECT_EQ(fs::read_file(manifest_), "{}");
  EXPECT_EQ(info_.backup_label, data_.front().content);
  EXPECT_EQ(told_, 1);
}

TEST_F(StreamedBackups, TheManifestCanBeReadFromThem) {
  will_send(true, R"({"Files": []})");
  copy();
  const std::string again = directory_.path() + "/again";
  EXPECT_TRUE(fetch_member(place_, info_, "backup_manifest", again));
  EXPECT_EQ(fs::read_file(again), R"({"Files": []})");
  EXPECT_FALSE(fetch_member(place_, info_, "nothing", again + "2"));
  EXPECT_FALSE(fs::exists(again + "2"));
}

TEST_F(StreamedBackups, OfOldServersHaveNoEnd) {
  will_send(false);
  EXPECT_THAT([&] { copy(); }, testing::ThrowsMessage<Error>(HasSubstr("ends too early")));
}

TEST_F(StreamedBackups, AreNothingWithoutPgControl) {
  data_.pop_back();
  will_send();
  EXPECT_THAT([&] { copy(); }, testing::ThrowsMessage<Error>(HasSubstr("there is no global/pg_control")));
  EXPECT_THAT(keys_in(*place_.store, "s/base/"), ElementsAre());
}

TEST_F(StreamedBackups, ThatAreCutOffLeaveNothing) {
  will_send();
  server_.replies["BASE_BACKUP"][2].messages[3].resize(700);
  server_.replies["BASE_BACKUP"][2].messages[4] = "!";
  EXPECT_THAT([&] { copy(); }, testing::ThrowsMessage<Error>(HasSubstr("closed the connection")));
  EXPECT_THAT(keys_in(*place_.store, "s/base/"), ElementsAre());
  EXPECT_FALSE(fs::exists(manifest_));
}

TEST_F(StreamedBackups, DoNotTakeATablespaceThatNobodyKnows) {
  will_send();
  info_.tablespaces.reset();
  EXPECT_THAT([&] { copy(); }, testing::ThrowsMessage<Error>(HasSubstr("tablespace 16386 was made")));
}

}  // namespace
}  // namespace barman::cloud
