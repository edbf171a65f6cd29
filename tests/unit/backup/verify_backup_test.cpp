#include "barman/backup/verify_backup.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "barman/backup/manifest.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "checksum.h"
#include "fakes/notifier.h"
#include "fakes/runner.h"
#include "manifest_file.h"
#include "unit/counting_progress.h"
#include "unit/fs/memory_directory.h"

namespace barman::backup {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct ChecksumCase {
  const char* word;
  const char* of_abc;
};

class Checksums : public testing::TestWithParam<ChecksumCase> {};

TEST_P(Checksums, OfAKnownText) {
  const auto kind = parse_checksum_kind(GetParam().word);
  ASSERT_TRUE(kind);
  Checksum checksum(*kind);
  checksum.update("a");
  checksum.update("bc");
  EXPECT_EQ(checksum.hex(), GetParam().of_abc);
  EXPECT_EQ(hex_size(*kind), std::string_view(GetParam().of_abc).size());
}

// A CRC has its lowest byte first, as PostgreSQL leaves it.
INSTANTIATE_TEST_SUITE_P(
    Kinds, Checksums,
    testing::Values(
        ChecksumCase{"NONE", ""}, ChecksumCase{"CRC32C", "b73f4b36"},
        ChecksumCase{"sha224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
        ChecksumCase{"SHA256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        ChecksumCase{
            "SHA384",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
        ChecksumCase{
            "SHA512",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd45"
            "4d4423643ce80e2a9ac94fa54ca49f"}),
    [](const auto& row) { return std::string(row.param.word); });

class ManifestTree : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  void put(const std::string& name, const std::string& bytes) const {
    fs::make_directories(fs::parent_directory(path(name)));
    fs::write_all(fs::open_file(path(name), O_WRONLY | O_CREAT | O_TRUNC).get(), bytes, name);
  }
  // `files`: the text between the brackets.
  void manifest(const std::string& files, const std::string& version = "1") const {
    const std::string text = fmt::format(
        "{{ \"PostgreSQL-Backup-Manifest-Version\": {},\n\"Files\": [\n{}\n],\n\"WAL-Ranges\": [\n{{ "
        "\"Timeline\": 1, \"Start-LSN\": \"0/2000028\", \"End-LSN\": \"0/2000100\" }}\n],\n",
        version, files);
    seal(text);
  }
  void seal(const std::string& text) const {
    Checksum checksum(ChecksumKind::sha256);
    checksum.update(text);
    put("backup_manifest", text + "\"Manifest-Checksum\": \"" + checksum.hex() + "\"}\n");
  }
  std::vector<std::string> problems() const {
    NoProgress none;
    return check_against_manifest(directory_.path(), none).shown;
  }

  fs::TemporaryDirectory directory_{"barman-test-", memory_directory()};
};

constexpr const char* abc =
    R"({ "Path": "base/1", "Size": 3, "Last-Modified": "2026-11-21 12:00:00 GMT", "Checksum-Algorithm": "CRC32C", "Checksum": "b73f4b36" })";

TEST_F(ManifestTree, WrittenHereVerifies) {
  put("base/1", "abc");
  put("global/pg_control", std::string(8192, 'x'));
  put("caf\xe9", "");
  write_manifest(directory_.path(), false);
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ManifestTree, AToolOlderThanTheServerIsNotAsked) {
  put("data/file", "abc");
  write_manifest(directory_.path() + "/data", false);
  put("bin/pg_verifybackup", "#!/bin/sh\necho 'pg_verifybackup (PostgreSQL) 15.18'\n");
  ASSERT_EQ(::chmod((directory_.path() + "/bin/pg_verifybackup").c_str(), 0700), 0);
  config::ServerConfig config;
  config.path_prefix = directory_.path() + "/bin";
  catalog::BackupInfo backup;
  const auto verify = [&](std::int64_t version) {
    backup.version = version;
    fakes::FakeRunner runner;
    fakes::RecordingNotifier notifier;
    NoProgress none;
    verify_backup(config, backup, directory_.path() + "/data", runner, notifier, none);
    return std::pair(runner.calls.size(), notifier.lines);
  };
  EXPECT_EQ(verify(150000).first, 1U);
  const auto [calls, lines] = verify(180000);
  EXPECT_EQ(calls, 0U);
  EXPECT_THAT(lines, ElementsAre(testing::HasSubstr("pg_verifybackup 15.18 is older than the backup's PostgreSQL 18: "),
                                 testing::HasSubstr("backup successfully verified")));
}

TEST_F(ManifestTree, ProgressCountsTheBytesThatTheManifestNames) {
  put("base/1", "abc");
  put("global/pg_control", std::string(8192, 'x'));
  write_manifest(directory_.path(), false);
  CountingProgress progress;
  EXPECT_THAT(check_against_manifest(directory_.path(), progress).shown, IsEmpty());
  EXPECT_EQ(progress.done, 8195);
}

TEST_F(ManifestTree, FilesThatMayChangeAreLeftOut) {
  put("base/1", "abc");
  for (const char* name :
       {"pg_wal/000000010000000000000001", "postgresql.auto.conf", "recovery.signal", "standby.signal"})
    put(name, "anything");
  manifest(std::string(abc) + R"(, { "Path": "postgresql.auto.conf", "Size": 88 }, { "Path": "pg_wal/x", "Size": 1 })");
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ManifestTree, LinksAreFollowed) {
  put("base/1", "abc");
  const fs::TemporaryDirectory tablespace("barman-test-", memory_directory());
  fs::write_all(fs::open_file(tablespace.path() + "/t", O_WRONLY | O_CREAT).get(), "abc", "t");
  fs::make_directories(path("pg_tblspc"));
  fs::make_symlink(tablespace.path(), path("pg_tblspc/16384"));
  manifest(std::string(abc) +
           R"(, { "Path": "pg_tblspc/16384/t", "Size": 3, "Checksum-Algorithm": "CRC32C", "Checksum": "b73f4b36" })");
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ManifestTree, EveryDisagreementIsTold) {
  put("base/1", "abd");
  put("longer", "1234");
  put("odd", "1");
  put("extra", "");
  put("pg_walx", "");
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  fs::make_symlink("nowhere", path("dangling"));
  fs::make_symlink(".", path("circle"));
  manifest(std::string(abc) + R"(,
    { "Path": "longer", "Size": 3 },
    { "Path": "odd", "Size": 1, "Checksum-Algorithm": "SHA256", "Checksum": "b73f4b36" },
    { "Encoded-Path": "676f6e65", "Size": 1 },
    { "Path": "base", "Size": 1 })");
  const auto found = problems();
  for (const char* line : {
           "checksum mismatch for file \"base/1\"",
           "\"longer\" has size 4 on disk but size 3 in the manifest",
           "file \"odd\" has checksum of length 4, but expected 32",
           "\"gone\" is present in the manifest but not on disk",
           "\"base\" is not a file",
           "\"extra\" is present on disk but not in the manifest",
           "\"pg_walx\" is present on disk but not in the manifest",
           "\"fifo\" is not a file or directory",
           "could not stat file or directory \"dangling\": No such file or directory",
       })
    EXPECT_THAT(found, testing::Contains(std::string(line)));
}

TEST_F(ManifestTree, ManyProblemsAreCountedNotKept) {
  std::string files = abc;
  for (int i = 0; i < 3000; ++i) files += fmt::format(",\n{{ \"Path\": \"f{}\", \"Size\": 1 }}", i);
  put("base/1", "abc");
  manifest(files);
  NoProgress none;
  const ManifestProblems found = check_against_manifest(directory_.path(), none);
  EXPECT_EQ(found.count, 3000U);
  EXPECT_EQ(found.shown.size(), ManifestProblems::most_shown);
}

TEST_F(ManifestTree, AChangedManifestIsNotBelieved) {
  put("base/1", "abc");
  manifest(abc);
  std::string text = fs::read_file(path("backup_manifest"));
  text.replace(text.find("\"Size\": 3"), 9, "\"Size\": 4");
  put("backup_manifest", text);
  EXPECT_THAT(problems(), ElementsAre("manifest checksum mismatch"));
}

TEST_F(ManifestTree, AMissingManifestIsTold) {
  EXPECT_THAT(problems(), ElementsAre(testing::HasSubstr("backup_manifest': No such file or directory")));
}

struct BadManifest {
  const char* label;
  std::string text;
  const char* why;
};

class BadManifests : public ManifestTree, public testing::WithParamInterface<BadManifest> {};

TEST_P(BadManifests, AreRefusedWithAReason) {
  seal(GetParam().text);
  EXPECT_THAT(problems(), ElementsAre("could not parse backup manifest: " + std::string(GetParam().why)));
}

std::string files(const std::string& content) {
  return "{\"PostgreSQL-Backup-Manifest-Version\": 2,\n\"System-Identifier\": 1,\n\"Files\": [" + content + "],\n";
}

INSTANTIATE_TEST_SUITE_P(
    Texts, BadManifests,
    testing::Values(
        BadManifest{"version", "{\"PostgreSQL-Backup-Manifest-Version\": 3,\n", "unexpected manifest version"},
        BadManifest{"no_version", "{\"Files\": [],\n", "expected version indicator"},
        BadManifest{"no_path", files(R"({"Size": 1})"), "missing path name"},
        BadManifest{"two_paths", files(R"({"Path": "a", "Encoded-Path": "61", "Size": 1})"),
                    "both path name and encoded path name"},
        BadManifest{"odd_hex", files(R"({"Encoded-Path": "6", "Size": 1})"), "could not decode file name"},
        BadManifest{"no_size", files(R"({"Path": "a"})"), "missing size"},
        BadManifest{"bad_size", files(R"({"Path": "a", "Size": "x"})"), "file size is not an integer"},
        BadManifest{"negative_size", files(R"({"Path": "a", "Size": -1})"), "file size is not an integer"},
        BadManifest{"no_algorithm", files(R"({"Path": "a", "Size": 1, "Checksum": "00"})"),
                    "checksum without algorithm"},
        BadManifest{"algorithm", files(R"({"Path": "a", "Size": 1, "Checksum-Algorithm": "MD5", "Checksum": "00"})"),
                    "unrecognized checksum algorithm: \"MD5\""},
        BadManifest{"checksum", files(R"({"Path": "a", "Size": 1, "Checksum-Algorithm": "CRC32C", "Checksum": "zz"})"),
                    "invalid checksum for file \"a\": \"zz\""},
        BadManifest{"field", files(R"({"Path": "a", "Size": 1, "Colour": "red"})"), "unexpected file field"},
        BadManifest{"not_json", "{\"PostgreSQL-Backup-Manifest-Version\": 1, ?\n", "it is not valid JSON at byte 43"}),
    [](const auto& row) { return std::string(row.param.label); });

struct BadEnd {
  const char* label;
  std::string text;
  const char* why;
};

class BadManifestEnds : public ManifestTree, public testing::WithParamInterface<BadEnd> {};

TEST_P(BadManifestEnds, AreRefusedWithAReason) {
  put("backup_manifest", GetParam().text);
  EXPECT_THAT(problems(), ElementsAre("could not parse backup manifest: " + std::string(GetParam().why)));
}

INSTANTIATE_TEST_SUITE_P(Texts, BadManifestEnds,
                         testing::Values(BadEnd{"empty", "", "last line not newline-terminated"},
                                         BadEnd{"cut", "{\n\"a\": 1", "last line not newline-terminated"},
                                         BadEnd{"one_line", "{}\n", "expected at least 2 lines"},
                                         BadEnd{"none", "{\n\"Files\": []}\n", "manifest has no checksum"},
                                         BadEnd{"short", "{\n\"Manifest-Checksum\": \"ab\"}\n",
                                                "invalid manifest checksum: \"ab\""}),
                         [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::backup
