#include "barman/backup/manifest.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "checksum.h"
#include "manifest_file.h"

namespace barman::backup {
namespace {

using testing::HasSubstr;

constexpr const char* digest_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

struct EntryCase {
  const char* label;
  std::string path, want;
};

class ManifestEntryText : public testing::TestWithParam<EntryCase> {};

TEST_P(ManifestEntryText, NamesThePath) {
  ManifestEntry entry{GetParam().path, 1795245446, 3, "abcd"};
  EXPECT_EQ(
      to_json(entry),
      "{\"Checksum\": \"abcd\", \"Checksum-Algorithm\": \"SHA256\", \"Last-Modified\": \"2026-11-21 07:17:26\", " +
          GetParam().want + ", \"Size\": 3}");
}

INSTANTIATE_TEST_SUITE_P(Paths, ManifestEntryText,
                         testing::Values(EntryCase{"plain", "base/1/112", "\"Path\": \"base/1/112\""},
                                         EntryCase{"quoted", "a\"b\\c", "\"Path\": \"a\\\"b\\\\c\""},
                                         EntryCase{"newline", "a\nb", "\"Path\": \"a\\u000ab\""},
                                         EntryCase{"not_ascii", "\xff\x41", "\"Encoded-Path\": \"ff41\""}),
                         [](const auto& row) { return std::string(row.param.label); });

class WriteManifest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  void put(const std::string& name, const std::string& bytes) const {
    fs::write_all(fs::open_file(path(name), O_WRONLY | O_CREAT | O_TRUNC).get(), bytes, name);
  }
  fs::TemporaryDirectory directory_{"barman-test-"};
};

TEST_F(WriteManifest, ListsEveryFileAndDigestsItself) {
  fs::make_directories(path("base/1"));
  put("base/1/112", "abc");
  put("PG_VERSION", "15\n");
  write_manifest(directory_.path(), false);
  const std::string text = fs::read_file(path("backup_manifest"));
  const std::string head = "{\"PostgreSQL-Backup-Manifest-Version\": 1,\n\"Files\": [\n{\"Checksum\": \"";
  EXPECT_EQ(text.substr(0, head.size()), head);
  EXPECT_THAT(text, HasSubstr(std::string("{\"Checksum\": \"") + digest_of_abc + "\""));
  EXPECT_THAT(text, HasSubstr("\"Path\": \"base/1/112\", \"Size\": 3}"));
  EXPECT_THAT(text, HasSubstr("\"Path\": \"PG_VERSION\", \"Size\": 3}"));
  EXPECT_THAT(text, testing::Not(HasSubstr("backup_manifest")));

  const std::size_t end = text.find("],\n\"Manifest-Checksum\": \"") + 3;
  Checksum digest(ChecksumKind::sha256);
  digest.update(std::string_view(text).substr(0, end));
  EXPECT_EQ(text.substr(end), "\"Manifest-Checksum\": \"" + digest.hex() + "\"}\n");
}

TEST_F(WriteManifest, KeepsItsOrderOverManyFiles) {
  for (int i = 1000; i < 1600; ++i) put(std::to_string(i), std::to_string(i));
  write_manifest(directory_.path(), false);
  const std::string text = fs::read_file(path("backup_manifest"));
  std::size_t at = 0;
  for (int i = 1000; i < 1600; ++i) {
    at = text.find("\"Path\": \"" + std::to_string(i) + "\", \"Size\": 4}", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST_F(WriteManifest, ReplacesOnlyIfAsked) {
  put("backup_manifest", "old");
  try {
    write_manifest(directory_.path(), false);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), "File " + path("backup_manifest") + " already exists.");
  }
  EXPECT_EQ(fs::read_file(path("backup_manifest")), "old");
  write_manifest(directory_.path(), true);
  EXPECT_THAT(fs::read_file(path("backup_manifest")),
              testing::StartsWith("{\"PostgreSQL-Backup-Manifest-Version\": 1,\n\"Files\": [\n],\n"));
}

}  // namespace
}  // namespace barman::backup
