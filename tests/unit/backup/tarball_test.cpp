#include "tarball.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/file.h"

namespace barman::backup {
namespace {

// An archive made by tar with a label behind a directory and a larger file, and data behind the label.
class TarArchiveTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::make_directories(path("in/global"));
    put("in/before", std::string(70'000, 'b'));
    put("in/backup_label", label_);
    put("in/zafter", random_bytes());
    exec::Command command({"tar", "--format=ustar", "-C", path("in"), "-cf", path("base.tar"), "global", "before",
                           "backup_label", "zafter"},
                          exec::Limits::within(std::chrono::minutes(1)));
    ASSERT_TRUE(exec::LocalRunner().run(command).ok());
  }

  static std::string random_bytes() {
    std::string bytes;
    unsigned state = 1;
    for (int i = 0; i < 600'000; ++i) bytes += static_cast<char>((state = state * 1103515245 + 12345) >> 16);
    return bytes;
  }
  std::string label_in(const std::string& archive) const { return read_member(path(archive), "backup_label", 1000); }
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  void put(const std::string& name, const std::string& bytes) const {
    fs::write_all(fs::open_file(path(name), O_WRONLY | O_CREAT | O_TRUNC).get(), bytes, name);
  }

  fs::TemporaryDirectory directory_{"barman-test-"};
  std::string label_ = "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\n";
};

TEST_F(TarArchiveTest, IsReadPlainAndCompressed) {
  EXPECT_EQ(label_in("base.tar"), label_);
  for (const auto algorithm : {codec::Algorithm::gzip, codec::Algorithm::lz4, codec::Algorithm::zstd}) {
    const std::string name = fmt::format("base.tar{}", codec::extension(algorithm));
    codec::encode_file(path("base.tar"), path(name), codec::stored_as(algorithm));
    EXPECT_EQ(label_in(name), label_) << name;
  }
}

TEST_F(TarArchiveTest, MayLackTheMember) {
  try {
    read_member(path("base.tar"), "tablespace_map", 1000);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), fmt::format("no tablespace_map in '{}'", path("base.tar")));
  }
  EXPECT_THROW(read_member(path("base.tar"), "global", 1000), Error) << "a directory";
  EXPECT_THROW(read_member(path("base.tar"), "before", 69'999), Error) << "too long";
  EXPECT_EQ(read_member(path("base.tar"), "before", 70'000), std::string(70'000, 'b'));
}

TEST_F(TarArchiveTest, IsReadNoFurtherThanTheMember) {
  const std::string bytes = fs::read_file(path("base.tar"));
  put("short", bytes.substr(0, 80'000));
  EXPECT_EQ(label_in("short"), label_);
}

TEST_F(TarArchiveTest, DamageIsAnError) {
  put("other", std::string(2048, 'x'));
  EXPECT_THROW(label_in("other"), Error);
  put("short", fs::read_file(path("base.tar")).substr(0, 60'000));
  EXPECT_THROW(label_in("short"), Error);
  codec::encode_file(path("in/before"), path("cut.gz"), codec::stored_as(codec::Algorithm::gzip));
  const std::string packed = fs::read_file(path("cut.gz"));
  put("cut2.gz", packed.substr(0, packed.size() / 2));
  EXPECT_THROW(label_in("cut2.gz"), Error);
}

}  // namespace
}  // namespace barman::backup
