#include "content_mark.h"

#include <gmock/gmock.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

#include "archive_fixture.h"
#include "barman/archive/publisher.h"
#include "barman/core/digest.h"
#include "barman/core/signals.h"
#include "unit/gpg_home.h"

namespace barman::archive {
namespace {

using Kind = PreparedWal::Kind;

constexpr const char* attribute = "user.barman_native.content";

TEST(ContentDigest, IsXxh3InTheUsualSpelling) {  // as xxhsum -H2 prints it
  EXPECT_EQ(ContentDigest().text(), "xxh3-128:99aa06d3014798d86001c324468d497f");
  ContentDigest once, twice;
  once.add("in two pieces");
  twice.add("in two");
  twice.add("");
  twice.add(" pieces");
  EXPECT_EQ(once.text(), twice.text());
  EXPECT_NE(once.text(), ContentDigest().text());
}

class ContentMark : public ArchiveFixture {
 protected:
  void SetUp() override {
    put("clear", text);
    put("stored", "what is stored");
    if (::setxattr(stored().c_str(), attribute, "", 0, 0) != 0 && errno == ENOTSUP)
      GTEST_SKIP() << "no extended attributes in " << path("");
  }
  std::string stored() const { return path("main/stored"); }
  std::string clear() const { return path("main/clear"); }
  void mark(const std::string& value) const {
    ASSERT_EQ(::setxattr(stored().c_str(), attribute, value.data(), value.size(), 0), 0);
  }
  void mark_with(std::string_view content) const {
    ContentDigest digest;
    digest.add(content);
    mark_content(fs::open_file(stored(), O_RDWR).get(), stored(), digest);
  }

  static constexpr std::string_view text = "the clear text";
};

TEST_F(ContentMark, IsOfTheContentAndTheSizeOfWhatIsStored) {
  mark_with(text);
  EXPECT_TRUE(is_marked_with(stored(), clear()));
  mark_with("another text");
  EXPECT_FALSE(is_marked_with(stored(), clear()));
  mark_with(text);
  ASSERT_EQ(::truncate(stored().c_str(), 3), 0);
  EXPECT_FALSE(is_marked_with(stored(), clear())) << "it was cut";
}

TEST_F(ContentMark, OfTheOldKindIsUnderstood) {
  mark("sha256:" + digest_of(text) + " 14");
  EXPECT_TRUE(is_marked_with(stored(), clear()));
  mark("sha256:" + digest_of("another text") + " 14");
  EXPECT_FALSE(is_marked_with(stored(), clear()));
}

TEST_F(ContentMark, ThatIsUnknownOrAbsentSaysNothing) {
  for (const std::string value : {"", "md7:00 14", "xxh3-128:99aa06d3014798d86001c324468d497f", "sha256:"}) {
    mark(value);
    EXPECT_FALSE(is_marked_with(stored(), clear())) << value;
  }
  ASSERT_EQ(::removexattr(stored().c_str(), attribute), 0);
  EXPECT_FALSE(is_marked_with(stored(), clear()));
  EXPECT_FALSE(is_marked_with(path("main/absent"), clear()));
}

class EncryptedArchive : public ContentMark {
 protected:
  static void SetUpTestSuite() {
    signals::install();
    if (exec::find_program("gpg")) home_ = std::make_unique<GpgHome>();
  }
  static void TearDownTestSuite() { home_.reset(); }
  void SetUp() override {
    REQUIRE_GPG();
    ContentMark::SetUp();
    config.encryption = "gpg";
    config.encryption_key_id = GpgHome::key;
  }
  Kind delivered(char filler) {
    put("incoming/" + w1, whole_segment(w1, filler));
    WalArchive archive = wal_archive();
    Publisher publisher(archive, Origin::file, 1);
    std::vector<PreparedWal> batch;
    batch.push_back(publisher.prepare(w1));
    if (batch.front().kind == Kind::new_file) publisher.publish(batch);
    return batch.front().kind;
  }

  static std::unique_ptr<GpgHome> home_;
};
std::unique_ptr<GpgHome> EncryptedArchive::home_;

TEST_F(EncryptedArchive, RecognisesWhatIsDeliveredAgainWithoutDecrypting) {
  for (const std::optional<std::string>& compression :
       {std::optional<std::string>(), std::optional<std::string>("gzip"), std::optional<std::string>("zstd")}) {
    config.compression = compression;
    EXPECT_EQ(delivered('a'), Kind::new_file);
    EXPECT_EQ(delivered('a'), Kind::archived);
    EXPECT_EQ(delivered('b'), Kind::other_content);
    ASSERT_EQ(::removexattr(path("main/" + hash(w1)).c_str(), attribute), 0);
    EXPECT_EQ(delivered('a'), Kind::other_content) << "nothing can be said of it";
    fs::remove_file(path("main/" + hash(w1)));
  }
}

}  // namespace
}  // namespace barman::archive
