#include "archive_upload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <random>
#include <span>

#include "archive_content.h"
#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"
#include "failing_store.h"

namespace barman::cloud {
namespace {

using codec::Algorithm;
using testing::ElementsAre;

std::string noise(std::size_t size) {
  std::minstd_rand random(7);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random() >> 8);
  return bytes;
}

class ArchiveUploads : public testing::Test {
 protected:
  void open(std::optional<Algorithm> compression, ArchivePlan plan = {}) {
    plan_ = plan;
    if (plan_.part_size == 0) plan_.part_size = 4096;
    if (plan_.most_parts == 0) plan_.most_parts = 1000;
    if (plan_.split_at == 0) plan_.split_at = std::uint64_t{1} << 40;
    if (plan_.buffers == 0) plan_.buffers = 3;
    format_ = archive_format(compression, 2);
    parts_ = std::make_unique<PartUploads>(plan_, 2);
    archive_ = std::make_unique<ArchiveUpload>(ArchiveTarget{store_, *parts_, plan_, format_, {}, "s/base/B/"}, "data");
  }
  void add(const std::string& name, std::string_view content) {
    tar::Member member;
    member.name = name;
    member.size = content.size();
    archive_->begin(member);
    archive_->data(content);
    archive_->end_member();
  }
  void complete() {
    archive_->close();
    parts_->wait();
    archive_->complete();
    parts_->wait();
  }
  std::vector<std::string> keys() { return keys_in(store_, "s/base/B/"); }

  fs::TemporaryDirectory directory_{"barman-test-"};
  FailingStore store_{directory_.path()};
  ArchivePlan plan_;
  ArchiveFormat format_;
  std::unique_ptr<PartUploads> parts_;
  std::unique_ptr<ArchiveUpload> archive_;
};

struct FormatCase {
  const char* label;
  std::optional<Algorithm> compression;
  const char* key;
};
class ArchiveFormats : public ArchiveUploads, public testing::WithParamInterface<FormatCase> {};

TEST_P(ArchiveFormats, HoldWhatWasWritten) {
  open(GetParam().compression);
  const std::string content = noise(100'000) + std::string(3'000'000, 'x');
  add("./PG_VERSION", "15\n");
  add("base/1/2619", content);
  complete();
  ASSERT_THAT(keys(), ElementsAre(GetParam().key));
  const auto members = members_of(store_, std::string("s/base/B/") + GetParam().key, GetParam().compression);
  ASSERT_THAT(names_of(members), ElementsAre("./PG_VERSION", "base/1/2619"));
  EXPECT_EQ(members[1].content, content);
  EXPECT_EQ(decoded_object(store_, std::string("s/base/B/") + GetParam().key, GetParam().compression).size() % 10240,
            0u);
}

TEST_P(ArchiveFormats, HoldWhatWasPutWhereTheyHaveRoom) {
  open(GetParam().compression);
  const std::string content = noise(100'000);
  tar::Member member;
  member.name = "base/1/2619";
  member.size = content.size();
  archive_->begin(member);
  std::vector<char> own(3000);
  for (std::string_view left = content; !left.empty();) {
    const std::span<char> room = archive_->room(own);
    ASSERT_FALSE(room.empty());
    ASSERT_LE(room.size(), own.size());
    EXPECT_EQ(room.data() == own.data(), GetParam().compression.has_value());
    const std::string_view piece = left.substr(0, room.size());
    std::ranges::copy(piece, room.begin());
    archive_->data({room.data(), piece.size()});
    left.remove_prefix(piece.size());
  }
  EXPECT_FALSE(archive_->room(own).empty());  // and nothing more comes
  archive_->end_member();
  complete();
  const auto members = members_of(store_, std::string("s/base/B/") + GetParam().key, GetParam().compression);
  ASSERT_THAT(names_of(members), ElementsAre("base/1/2619"));
  EXPECT_EQ(members[0].content, content);
}

INSTANTIATE_TEST_SUITE_P(Compressions, ArchiveFormats,
                         testing::Values(FormatCase{"none", std::nullopt, "data.tar"},
                                         FormatCase{"gzip", Algorithm::gzip, "data.tar.gz"},
                                         FormatCase{"bzip2", Algorithm::bzip2, "data.tar.bz2"},
                                         FormatCase{"snappy", Algorithm::snappy, "data.tar.snappy"},
                                         FormatCase{"lz4", Algorithm::lz4, "data.tar.lz4"},
                                         FormatCase{"zstd", Algorithm::zstd, "data.tar.zst"}),
                         [](const auto& row) { return std::string(row.param.label); });

// The reference reads no further than the end of the first one.
TEST_F(ArchiveUploads, MakeOneFrameWithSeveralThreads) {
  open(Algorithm::zstd);
  for (int i = 0; i < 8; ++i) add("f" + std::to_string(i), std::string(1 << 20, static_cast<char>('a' + i)));
  complete();
  const std::string packed = store::read_object(store_, "s/base/B/data.tar.zst");
  const std::string_view magic("\x28\xb5\x2f\xfd");
  EXPECT_TRUE(packed.starts_with(magic));
  EXPECT_EQ(packed.find(magic, 1), std::string::npos);
}

TEST_F(ArchiveUploads, SendPartsOfOneSize) {
  open(std::nullopt);
  add("file", noise(50'000));
  complete();
  const auto parts = store_.parts();
  std::size_t smaller = 0;
  for (const auto& [key, size] : parts) {
    EXPECT_LE(size, plan_.part_size);
    if (size < plan_.part_size) ++smaller;
  }
  EXPECT_EQ(parts.size(), 61440 / 4096u);  // 512 of header, 50,000, padded to records
  EXPECT_EQ(smaller, 0u);
}

TEST_F(ArchiveUploads, BeginAnotherArchiveWithAFile) {
  open(std::nullopt, {.split_at = 20'000});
  add("a", noise(30'000));
  add("b", noise(10));
  add("c", noise(30'000));
  add("d", noise(10));
  complete();
  EXPECT_THAT(keys(), ElementsAre("data.tar", "data_0001.tar", "data_0002.tar"));
  EXPECT_THAT(names_of(members_of(store_, "s/base/B/data_0001.tar")), ElementsAre("b", "c"));
  EXPECT_THAT(names_of(members_of(store_, "s/base/B/data_0002.tar")), ElementsAre("d"));
}

TEST_F(ArchiveUploads, BeginAnotherArchiveBeforePartsRunOut) {
  open(std::nullopt, {.part_size = 65536, .most_parts = 3});
  add("a", noise(100'000));
  add("b", noise(50'000));
  complete();
  EXPECT_THAT(keys(), ElementsAre("data.tar", "data_0001.tar"));
}

TEST_F(ArchiveUploads, RefuseAFileThatNoObjectCanHold) {
  open(std::nullopt, {.part_size = 65536, .most_parts = 3});
  EXPECT_THROW(add("a", noise(300'000)), Error);
}

TEST_F(ArchiveUploads, AreNotSeenBeforeTheyAreComplete) {
  open(std::nullopt);
  add("a", noise(50'000));
  archive_->close();
  parts_->wait();
  EXPECT_TRUE(keys().empty());
  EXPECT_EQ(store_.open_uploads("s/").size(), 1u);
  parts_->stop();
  archive_->abandon();
  EXPECT_TRUE(store_.open_uploads("s/").empty());
}

TEST_F(ArchiveUploads, EndWithTheFirstFailureOfAPart) {
  open(std::nullopt);
  store_.parts_until_failure = 2;
  const auto write_much = [&] {
    for (int i = 0; i < 10'000; ++i) add("f", noise(4096));
  };
  EXPECT_THROW(write_much(), store::StoreError);
  EXPECT_LE(store_.parts().size(), 4u);  // soon
  EXPECT_THROW(parts_->wait(), store::StoreError);
  parts_->stop();
  archive_->abandon();
  EXPECT_TRUE(store_.open_uploads("s/").empty());
}

TEST_F(ArchiveUploads, EndWithAFailureFromElsewhere) {
  open(std::nullopt);
  parts_->fail(std::make_exception_ptr(Error(Errc::postgres, "lost")));
  EXPECT_THROW(add("a", "x"), Error);
}

TEST_F(ArchiveUploads, EndWithASignal) {
  signals::install();
  open(std::nullopt);
  ::raise(SIGTERM);
  EXPECT_THROW(
      {
        for (int i = 0; i < 100; ++i) add("f", noise(4096));
        complete();
      },
      Interrupted);
  signals::clear();
}

}  // namespace
}  // namespace barman::cloud
