#include "barman/app/wal.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server_fixture.h"

namespace barman::app {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

GetWalRequest request_for(const std::string& name) {
  GetWalRequest request;
  request.name = name;
  return request;
}

class Wal : public OneServer {
 protected:
  Wal() : output_(::memfd_create("barman-test", MFD_CLOEXEC)) {}

  GetWalOutcome get(const std::string& name) { return get_wal(server, request_for(name), output_.get()); }
  std::string sent() const {
    std::string content(static_cast<std::size_t>(::lseek(output_.get(), 0, SEEK_END)), '\0');
    EXPECT_EQ(::pread(output_.get(), content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
    return content;
  }

  UniqueFd output_;
};

TEST_F(Wal, IsArchivedFromWhereItArrives) {
  write("main/incoming/" + wal(1), segment(1));
  archive_wal(server);
  EXPECT_TRUE(exists("main/wals/0000000100000000/" + wal(1)));
  EXPECT_THAT(names("main/incoming"), IsEmpty());
  EXPECT_THAT(read("main/wals/main-xlog.db"), HasSubstr(wal(1)));
  EXPECT_THAT(notifier.infos, Contains("\t" + wal(1)));
}

TEST_F(Wal, OnTheWayOfOtherCommandsSaysNothingWhereNothingWaits) {
  archive_pending_wal(server);
  EXPECT_THAT(notifier.lines, IsEmpty());
  EXPECT_FALSE(wait_for_wal(server, wal(1), std::chrono::seconds(1)));
}

TEST_F(Wal, IsWaitedForUntilItIsArchived) {
  write("main/incoming/" + wal(1), segment(1));
  EXPECT_TRUE(wait_for_wal(server, wal(1), std::chrono::seconds(30)));
}

TEST_F(Wal, IsHandedOut) {
  archive(1, 2);
  EXPECT_EQ(get(wal(2)), GetWalOutcome::sent);
  EXPECT_EQ(sent(), segment(2));
  GetWalRequest request = request_for(wal(1));
  request.output_directory = directory.path();
  EXPECT_EQ(get_wal(server, request, -1), GetWalOutcome::sent);
  EXPECT_EQ(read(wal(1)), segment(1));
}

TEST_F(Wal, ThatCannotBeHandedOutIsSaidWhy) {
  EXPECT_EQ(get("x"), GetWalOutcome::not_wal_name);
  EXPECT_EQ(get(wal(1)), GetWalOutcome::not_found);
  GetWalRequest request = request_for(wal(1));
  request.recompress = "gzip";
  request.keep_compression = true;
  EXPECT_EQ(get_wal(server, request, -1), GetWalOutcome::contradiction);
  request = request_for(wal(1));
  request.output_directory = path("missing");
  EXPECT_EQ(get_wal(server, request, -1), GetWalOutcome::unwritable);
  EXPECT_THAT(notifier.errors,
              ElementsAre("'x' is not a valid wal file name", "WAL file '" + wal(1) + "' not found in server 'main'",
                          "argument `gzip` not allowed with argument `keep-compression`",
                          HasSubstr("No such file or directory")));
}

TEST_F(Wal, ThatFollowsIsSeenAhead) {
  archive(1, 3);
  add_backup("20260102T030405", 1);
  std::vector<std::string> seen;
  const auto visit = [&](const std::string& name) { seen.push_back(name); };
  EXPECT_EQ(peek_wals(server, request_for(wal(2)), 5, visit), GetWalOutcome::sent);
  EXPECT_THAT(seen, ElementsAre(wal(2), wal(3)));
}

TEST_F(Wal, NamesAndFilesAreLookedAtFirst) {
  EXPECT_EQ(failure_of([] { require_wal_name("/pg/pg_wal/x"); }).code(), Errc::refused);
  EXPECT_NO_THROW(require_wal_name("/pg/pg_wal/" + wal(1)));
  EXPECT_EQ(failure_of([&] { require_wal_file(path("main")); }).code(), Errc::refused);
  EXPECT_EQ(failure_of([&] { require_wal_file(path("missing")); }).code(), Errc::refused);
}

TEST_F(Wal, SegmentsAreSwitched) {
  postgres.answer("pg_switch_wal", [this](const auto&) -> fakes::FakePostgres::Rows {
    postgres.wal = wal(4);
    return {{"0/4000000"}};
  });
  switch_wal(server, {});
  EXPECT_THAT(notifier.infos, ElementsAre(HasSubstr(wal(3))));
}

TEST_F(Wal, OfAPassiveNodeIsNotSwitched) {
  config.primary_ssh_command = "ssh primary";
  EXPECT_EQ(failure_of([&] { switch_wal(server, {}); }).code(), Errc::refused);
  EXPECT_THAT(postgres.asked, IsEmpty());
}

TEST_F(Wal, SlotsAreMadeAndDroppedOnlyWhereItIsStreamed) {
  const ReceiveRequest create{ReceiveRequest::Action::create_slot}, drop{ReceiveRequest::Action::drop_slot};
  config.slot_name = "barman";
  EXPECT_EQ(failure_of([&] { receive_wal(server, create); }).code(), Errc::config);
  config.streaming_archiver = true;
  config.streaming_conninfo = "host=pg user=streaming";
  receive_wal(server, create);
  EXPECT_TRUE(postgres.slots.contains("barman"));
  receive_wal(server, drop);
  EXPECT_THAT(postgres.slots, IsEmpty());
}

TEST_F(Wal, IsReceivedOnlyWhenTheChecksPass) {
  const ReceiveRequest stream{};
  EXPECT_EQ(failure_of([&] { receive_wal(server, stream); }).code(), Errc::config);
  config.streaming_archiver = true;
  config.streaming_conninfo = "host=pg user=streaming";
  postgres.up = false;
  const Error refused = failure_of([&] { receive_wal(server, stream); });
  EXPECT_EQ(refused.code(), Errc::refused);
  EXPECT_THAT(refused.what(), HasSubstr("Impossible to start WAL streaming"));
}

TEST_F(Wal, ArchiveIsCheckedForANewCluster) {
  EXPECT_TRUE(check_wal_archive(server, std::nullopt).passed);
  ServerContext again(global, config, notifier, postgres.connect());
  archive(1, 1);
  EXPECT_FALSE(check_wal_archive(again, std::nullopt).passed);
  EXPECT_TRUE(check_wal_archive(again, 2).passed);
}

TEST_F(Wal, RangesAreCheckedForGaps) {
  EXPECT_FALSE(check_archived_wal_range(server, wal(1), wal(3)).missing);
  add_backup("20260102T030405", 1);
  archive(1, 1);
  write("main/wals/0000000100000000/" + wal(3), segment(3));
  ServerContext again(global, config, notifier, postgres.connect());
  EXPECT_THAT(*check_archived_wal_range(again, wal(1), wal(3)).missing, ElementsAre(wal(2)));
  EXPECT_THAT(*check_archived_wal_range(again, wal(1), wal(1)).missing, IsEmpty());
}

TEST_F(Wal, IndexIsWrittenAnew) {
  archive(1, 2);
  write("main/wals/main-xlog.db", "");
  rebuild_xlogdb(server);
  EXPECT_THAT(notifier.infos.back(), HasSubstr("wal_file: 2"));
  EXPECT_THAT(read("main/wals/main-xlog.db"), HasSubstr(wal(2)));
}

}  // namespace
}  // namespace barman::app
