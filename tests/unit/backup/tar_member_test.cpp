#include "tar_member.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/file.h"

namespace barman::backup {
namespace {

// An archive made by tar with a label behind a directory and a larger file, and data behind the label.
class TarMemberTest : public testing::Test {
 protected:
  void SetUp() override {
    signals::install();  // nobody reads the pipe to its end: no SIGPIPE
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
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  void put(const std::string& name, const std::string& bytes) const {
    fs::write_all(fs::open_file(path(name), O_WRONLY | O_CREAT | O_TRUNC).get(), bytes, name);
  }

  fs::TemporaryDirectory directory_{"barman-test-"};
  std::string label_ = "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\n";
};

TEST_F(TarMemberTest, IsFoundWhateverThePieces) {
  const std::string bytes = fs::read_file(path("base.tar"));
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{511}, std::size_t{512}, std::size_t{100'000}, bytes.size()}) {
    TarMember member("backup_label");
    std::string_view rest = bytes;
    while (!rest.empty() && member.feed(rest.substr(0, piece))) rest.remove_prefix(std::min(piece, rest.size()));
    EXPECT_EQ(member.content(), label_) << piece;
  }
}

TEST_F(TarMemberTest, IsReadFromPlainAndCompressedArchives) {
  EXPECT_EQ(backup_label_in(path("base.tar")), label_);
  for (const auto algorithm : {codec::Algorithm::gzip, codec::Algorithm::lz4, codec::Algorithm::zstd}) {
    const std::string name(codec::name(algorithm));
    codec::Settings settings;
    settings.algorithm = algorithm;
    codec::compress_file(path("base.tar"), path("base.tar." + name), settings);
    EXPECT_EQ(backup_label_in(path("base.tar." + name)), label_) << name;
  }
}

TEST_F(TarMemberTest, MayBeMissing) {
  TarMember member("tablespace_map");
  const std::string bytes = fs::read_file(path("base.tar"));
  EXPECT_FALSE(member.feed(bytes));
  EXPECT_FALSE(member.content());
}

TEST_F(TarMemberTest, DamageIsAnError) {
  put("other", std::string(2048, 'x'));
  EXPECT_THROW(backup_label_in(path("other")), Error);
  const std::string bytes = fs::read_file(path("base.tar"));
  put("short", bytes.substr(0, 60'000));
  EXPECT_THROW(backup_label_in(path("short")), Error);
}

TEST_F(TarMemberTest, CutCompressedArchiveIsAnError) {
  codec::Settings settings;
  codec::compress_file(path("in/before"), path("cut.gz"), settings);
  const std::string bytes = fs::read_file(path("cut.gz"));
  put("cut2.gz", bytes.substr(0, bytes.size() / 2));
  EXPECT_THROW(backup_label_in(path("cut2.gz")), Error);
}

}  // namespace
}  // namespace barman::backup
