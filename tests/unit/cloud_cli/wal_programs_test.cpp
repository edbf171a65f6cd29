#include <fmt/core.h>

#include <cstdlib>

#include "barman/cloud/wal_key.h"
#include "barman/codec/codec.h"
#include "program_fixture.h"
#include "unit/wal/segment_page.h"
#include "upload_options.h"

namespace barman::cloud::cli {
namespace {

constexpr const char* url = "s3://lab/pg";
constexpr const char* wal_dir = "pg/main/wals/0000000100000000/";

std::string name_of(int number) { return fmt::format("0000000100000000000000{:02X}", number); }

class WalPrograms : public ProgramTest {
 protected:
  WalPrograms() {
    for (const char* name : {"pg_wal", "restored"}) fs::make_directories(directory.path() + "/" + name);
    write(name_of(1), segment(1));
  }
  std::string file(int number) const { return directory.path() + "/pg_wal/" + name_of(number); }
  static std::string segment(int number, char filler = 'w') { return whole_segment(name_of(number), filler); }
  void write(const std::string& name, std::string_view bytes) const {
    fs::replace_file(directory.path() + "/pg_wal/" + name, bytes);
  }

  int archive(const std::string& name, std::vector<std::string> options = {}) {
    options.insert(options.end(), {url, "main", directory.path() + "/pg_wal/" + name});
    return run("wal-archive", options);
  }
  int restore(const std::string& name, std::vector<std::string> options = {}) {
    options.insert(options.end(), {"--spool-dir", spool, url, server, name, destination});
    return run("wal-restore", options);
  }
  std::string restored() const { return fs::read_file_if_exists(destination).value_or("nothing"); }
  void forget() const { fs::remove_file(destination); }
  std::vector<std::string> in_destination() const { return fs::list_directory(directory.path() + "/restored"); }
  std::vector<std::string> spooled() const {
    std::vector<std::string> all;
    for (const std::string& place : fs::list_directory_if_exists(spool))
      for (const std::string& name : fs::list_directory(spool + "/" + place)) all.push_back(name);
    return all;
  }

  std::string spool = directory.path() + "/spool", destination = directory.path() + "/restored/RECOVERYXLOG",
              server = "main";
};

struct CompressionCase {
  const char* label;
  std::vector<std::string> options;
  const char* extension;
};
class Compressions : public WalPrograms, public testing::WithParamInterface<CompressionCase> {};

TEST_P(Compressions, GoThereAndBack) {
  const CompressionCase& with = GetParam();
  write("00000002.history", "1\t0/3000000\tno recovery target specified\n");
  EXPECT_EQ(archive(name_of(1), with.options), 0) << err;
  EXPECT_EQ(archive("00000002.history", with.options), 0) << err;
  EXPECT_EQ(keys(), (std::vector<std::string>{std::string(wal_dir) + name_of(1) + with.extension,
                                              std::string("pg/main/wals/00000002.history") + with.extension}));
  EXPECT_EQ(restore(name_of(1)), 0) << err;
  EXPECT_EQ(restored(), segment(1));
  forget();
  EXPECT_EQ(restore("00000002.history"), 0) << err;
  EXPECT_TRUE(restored().starts_with("1\t0/3000000\t"));
  EXPECT_EQ(out + err, "");
  EXPECT_EQ(in_destination(), std::vector<std::string>{"RECOVERYXLOG"});
}

INSTANTIATE_TEST_SUITE_P(
    All, Compressions,
    testing::Values(CompressionCase{"none", {}, ""}, CompressionCase{"gzip", {"-z"}, ".gz"},
                    CompressionCase{"gzip_level", {"--gzip", "--compression-level", "1"}, ".gz"},
                    CompressionCase{"bzip2", {"-j"}, ".bz2"}, CompressionCase{"xz", {"--xz"}, ".xz"},
                    CompressionCase{"xz_low", {"--xz", "--compression-level", "LOW"}, ".xz"},
                    CompressionCase{"snappy", {"--snappy"}, ".snappy"},
                    CompressionCase{"zstd", {"--zstd", "--compression-level=-5"}, ".zst"},
                    CompressionCase{"zstd_negative", {"--zstd", "--compression-level", "-5"}, ".zst"},
                    CompressionCase{"lz4", {"--lz4", "--compression-level", "high"}, ".lz4"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST_F(WalPrograms, WarnOfALevelThatThereIsNot) {
  EXPECT_EQ(archive(name_of(1), {"--gzip", "--compression-level", "99"}), 0);
  EXPECT_EQ(log(), "WARNING: Compression level 99 out of range for gzip, using 9 instead\n");
}

struct NameCase {
  const char* label;
  const char* name;
  const char* key;
};
class Names : public WalPrograms, public testing::WithParamInterface<NameCase> {};

TEST_P(Names, HaveTheirPlaces) {
  write(GetParam().name, "x");
  EXPECT_EQ(archive(GetParam().name, {"-j"}), 0) << err;
  EXPECT_EQ(keys(), std::vector<std::string>{std::string("pg/main/wals/") + GetParam().key});
}

INSTANTIATE_TEST_SUITE_P(All, Names,
                         testing::Values(NameCase{"segment", "0000000A000000010000002F",
                                                  "0000000A00000001/0000000A000000010000002F.bz2"},
                                         NameCase{"partial", "0000000A000000010000002F.partial",
                                                  "0000000A00000001/0000000A000000010000002F.partial.bz2"},
                                         NameCase{"label", "0000000A000000010000002F.00000028.backup",
                                                  "0000000A00000001/0000000A000000010000002F.00000028.backup.bz2"},
                                         NameCase{"history", "0000000A.history", "0000000A.history.bz2"}),
                         [](const auto& row) { return std::string(row.param.label); });

TEST_F(WalPrograms, TheSameContentIsASuccessHoweverItIsCompressed) {
  EXPECT_EQ(archive(name_of(1), {"--zstd"}), 0);
  for (const char* option : {"--zstd", "--gzip", "-v"}) {
    EXPECT_EQ(archive(name_of(1), {option}), 0) << err;
    EXPECT_EQ(keys(), std::vector<std::string>{std::string(wal_dir) + name_of(1) + ".zst"}) << option;
  }
  EXPECT_EQ(log(), "INFO: WAL file " + name_of(1) + " is archived already, with the same content\n");
}

class OtherContent : public WalPrograms, public testing::WithParamInterface<CompressionCase> {};

TEST_P(OtherContent, IsNeverReplaced) {
  EXPECT_EQ(archive(name_of(1), GetParam().options), 0) << err;
  const std::string key = wal_dir + name_of(1) + GetParam().extension, before = content(key);
  const std::string whole = segment(1);
  const std::string others[] = {segment(1, 'x'), whole.substr(0, whole.size() - 1), whole + "w", ""};
  for (const std::string& other : others) {
    write(name_of(1), other);
    for (const char* option : {"--gzip", "-v"}) {
      EXPECT_EQ(archive(name_of(1), {option}), 1) << other.size();
      EXPECT_NE(err.find("archived already with other content"), std::string::npos) << err;
      EXPECT_NE(err.find(key), std::string::npos) << err;
      EXPECT_NE(err.find("HINT: "), std::string::npos) << err;
    }
  }
  EXPECT_EQ(keys(), std::vector<std::string>{key});
  EXPECT_EQ(content(key), before);
}

INSTANTIATE_TEST_SUITE_P(All, OtherContent,
                         testing::Values(CompressionCase{"none", {}, ""}, CompressionCase{"gzip", {"-z"}, ".gz"}),
                         [](const auto& row) { return std::string(row.param.label); });

struct BadCase {
  const char* label;
  std::vector<std::string> words;
  int status;
  const char* text;
};
class BadCommandLines : public WalPrograms, public testing::WithParamInterface<BadCase> {};

TEST_P(BadCommandLines, AreRefusedBeforeAConnection) {
  EXPECT_EQ(run("wal-archive", GetParam().words), GetParam().status);
  EXPECT_TRUE(log().ends_with(std::string(GetParam().text) + "\n")) << err;
  EXPECT_EQ(opened, 0);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadCommandLines,
    testing::Values(
        BadCase{"no_path", {url, "main"}, 3, "ERROR: the following arguments are required: wal_path"},
        BadCase{"test_without_path", {"-t", url, "main"}, 3, "ERROR: the following arguments are required: wal_path"},
        BadCase{"name", {url, "main", "/tmp/foo"}, 3, "ERROR: /tmp/foo is an invalid name for a WAL file"},
        BadCase{"level",
                {"-z", "--compression-level", "foo", url, "main", "x"},
                3,
                "error: argument --compression-level: invalid parse_compression_level value: 'foo'"},
        BadCase{"both_tags",
                {"--tags", "a,b", "--tag", "c,d", url},
                3,
                "error: argument --tag: not allowed with argument --tags"},
        BadCase{"two_compressions", {"-z", "-j"}, 3, "error: argument -j/--bzip2: not allowed with argument -z/--gzip"},
        BadCase{"encryption",
                {"-e", "x"},
                3,
                "error: argument -e/--encryption: invalid choice: 'x' (choose from 'AES256', 'aws:kms')"},
        BadCase{"size",
                {"--max-block-size", "4xB"},
                3,
                "error: argument --max-block-size: '4XB' is not a valid size string"},
        BadCase{"tag_of_three",
                {url, "main", "00000002.history", "--tags", "a,b,c"},
                3,
                "ERROR: Invalid tag format: a,b,c"},
        BadCase{"tag_key", {"--tag", "aws:x,y"}, 3, "error: argument --tag: invalid check_tag value: 'aws:x,y'"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST_F(WalPrograms, HandTheirSettingsToTheStore) {
  EXPECT_EQ(archive(name_of(1), {"--encryption", "aws:kms", "--sse-kms-key-id", "k", "--encryption-scope", "s",
                                 "--kms-key-name", "n", "--max-block-size", "1MB", "--max-single-put-size", "2MiB",
                                 "--sse-customer-key", "file:///k"}),
            0);
  EXPECT_EQ(opened_with.encryption, "aws:kms");
  EXPECT_EQ(opened_with.kms_key_id, "k");
  EXPECT_EQ(opened_with.encryption_scope, "s");
  EXPECT_EQ(opened_with.kms_key_name, "n");
  EXPECT_EQ(opened_with.customer_key_file, "file:///k");
  EXPECT_EQ(opened_with.azure_max_block_size, 1024U * 1024U);
  EXPECT_EQ(opened_with.azure_max_single_put, 2'000'000U);
}

class Hook {
 public:
  Hook(const char* hook, const char* phase, const std::string& file) {
    ::setenv("BARMAN_HOOK", hook, 1);
    ::setenv("BARMAN_PHASE", phase, 1);
    if (!file.empty()) ::setenv("BARMAN_FILE", file.c_str(), 1);
  }
  ~Hook() {
    for (const char* name : {"BARMAN_HOOK", "BARMAN_PHASE", "BARMAN_FILE"}) ::unsetenv(name);
  }
};

TEST_F(WalPrograms, ArchiveAsAHookScriptOfBarman) {
  for (const char* hook : {"archive_script", "archive_retry_script"}) {
    const Hook called(hook, "pre", file(1));
    EXPECT_EQ(run("wal-archive", {url, "main"}), 0) << err;
  }
  EXPECT_EQ(keys(), std::vector<std::string>{wal_dir + name_of(1)});
  const Hook other("backup_script", "pre", "");
  EXPECT_EQ(run("wal-archive", {url, "main"}), 4);
  EXPECT_EQ(log(),
            "ERROR: Barman cloud WAL archiver exception: barman-cloud-wal-archive called as unsupported hook "
            "script: pre_backup_script\n");
}

// ---- Restoring -----------------------------------------------------------------------------------------------------

TEST_F(WalPrograms, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(restore(name_of(1)), 1);
  EXPECT_EQ(log(), "ERROR: WAL file " + name_of(1) + " for server main does not exist\n");
  EXPECT_EQ(in_destination(), std::vector<std::string>());
  EXPECT_EQ(restore("foo"), 3);
  EXPECT_EQ(log(), "ERROR: foo is an invalid name for a WAL file\n");
}

TEST_F(WalPrograms, APartialSegmentWillDoWhereThereIsNoOther) {
  put(wal_dir + name_of(1) + ".partial", segment(1, 'p'));
  EXPECT_EQ(restore(name_of(1), {"--no-partial"}), 1);
  EXPECT_EQ(restore(name_of(1)), 0) << err;
  EXPECT_EQ(restored(), segment(1, 'p'));
  put(wal_dir + name_of(1) + ".zst", "");
  store->remove({wal_dir + name_of(1) + ".zst"});
  put(wal_dir + name_of(1), segment(1));
  EXPECT_EQ(restore(name_of(1)), 0) << err;
  EXPECT_EQ(restored(), segment(1));
}

struct DamageCase {
  const char* label;
  std::string extension;
  std::function<std::string(const std::string& whole, const std::string& stored)> damage;
};
class Damage : public WalPrograms, public testing::WithParamInterface<DamageCase> {};

TEST_P(Damage, IsNeverHandedOver) {
  EXPECT_EQ(
      archive(name_of(1), GetParam().extension.empty() ? std::vector<std::string>{} : std::vector<std::string>{"-z"}),
      0);
  const std::string key = wal_dir + name_of(1) + GetParam().extension;
  put(key, GetParam().damage(segment(1), content(key)));
  fs::replace_file(destination, "before");
  EXPECT_EQ(restore(name_of(1)), 4);
  EXPECT_TRUE(log().starts_with("ERROR: Failure downloading WAL " + key + " to " + destination + ": ")) << err;
  EXPECT_EQ(restored(), "before");
  EXPECT_EQ(in_destination(), std::vector<std::string>{"RECOVERYXLOG"});
}

INSTANTIATE_TEST_SUITE_P(
    All, Damage,
    testing::Values(DamageCase{"cut", "", [](auto& whole, auto&) { return whole.substr(0, whole.size() / 2); }},
                    DamageCase{"empty", "", [](auto&, auto&) { return std::string(); }},
                    DamageCase{"zeros", "", [](auto& whole, auto&) { return std::string(whole.size(), '\0'); }},
                    DamageCase{"another_segment", "", [](auto&, auto&) { return whole_segment(name_of(2)); }},
                    DamageCase{"too_long", "", [](auto& whole, auto&) { return whole + "w"; }},
                    DamageCase{"cut_gzip", ".gz",
                               [](auto&, auto& stored) { return stored.substr(0, stored.size() / 2); }},
                    DamageCase{"no_gzip", ".gz", [](auto& whole, auto&) { return whole; }}),
    [](const auto& row) { return std::string(row.param.label); });

TEST_F(WalPrograms, ADamagedCopyDoesNotHideAGoodOne) {
  put(wal_dir + name_of(1), segment(1).substr(0, 1000));
  write(name_of(1), segment(1));
  EXPECT_EQ(archive(name_of(1), {"-z"}), 1);
  const std::string good = wal_dir + name_of(1) + ".gz";
  store->remove({wal_dir + name_of(1)});
  EXPECT_EQ(archive(name_of(1), {"-z"}), 0);
  put(wal_dir + name_of(1), segment(1).substr(0, 1000));
  EXPECT_EQ(restore(name_of(1)), 0) << err;
  EXPECT_EQ(restored(), segment(1));
}

class Prefetch : public WalPrograms {
 protected:
  Prefetch() {
    for (int number = 1; number <= 6; ++number) put(wal_dir + name_of(number), segment(number));
  }
};

TEST_F(Prefetch, FetchesWhatFollows) {
  put(wal_dir + name_of(2) + ".00000028.backup", "label\n");
  put(wal_dir + name_of(7) + ".partial", segment(7));
  EXPECT_EQ(restore(name_of(1), {"-p", "3"}), 0) << err;
  EXPECT_EQ(restored(), segment(1));
  EXPECT_EQ(spooled(), (std::vector<std::string>{name_of(2), name_of(3)}));
  const int before = opened;
  store->remove({wal_dir + name_of(2)});
  EXPECT_EQ(restore(name_of(2)), 0) << err;  // from there
  EXPECT_EQ(opened, before + 1);
  EXPECT_EQ(restored(), segment(2));
  EXPECT_EQ(spooled(), std::vector<std::string>{name_of(3)});
  EXPECT_EQ(restore(name_of(4), {"-p", "9"}), 0) << err;
  EXPECT_EQ(spooled(), (std::vector<std::string>{name_of(3), name_of(5), name_of(6)}));  // no partial segment
}

TEST_F(Prefetch, OneIsOff) {
  EXPECT_EQ(restore(name_of(1), {"-p", "1"}), 0) << err;
  EXPECT_FALSE(fs::exists(spool));
}

TEST_F(Prefetch, AnotherServerOrUrlHasItsOwnSpool) {
  EXPECT_EQ(restore(name_of(1), {"-p", "3"}), 0) << err;
  server = "nobody";
  EXPECT_EQ(restore(name_of(2)), 1);
  server = "main";
  EXPECT_EQ(run("wal-restore",
                {"--spool-dir", spool, "--endpoint-url", "http://other", url, "main", name_of(2), destination}),
            0);
  EXPECT_EQ(spooled(), (std::vector<std::string>{name_of(2), name_of(3)}));  // nothing was taken
}

TEST_F(Prefetch, ADamagedObjectLeavesNothingBehind) {
  put(wal_dir + name_of(2), segment(2).substr(0, 5000));
  EXPECT_EQ(restore(name_of(1), {"-p", "3"}), 0) << err;
  EXPECT_EQ(restored(), segment(1));
  EXPECT_NE(err.find("WAL file " + name_of(2) + " could not be fetched ahead: "), std::string::npos) << err;
  EXPECT_EQ(spooled(), std::vector<std::string>{name_of(3)});
  EXPECT_EQ(restore(name_of(2)), 4);
  EXPECT_EQ(restored(), segment(1));
}

TEST_F(Prefetch, WhatSomebodyCutInTheSpoolIsFetchedAgain) {
  EXPECT_EQ(restore(name_of(1), {"-p", "3"}), 0) << err;
  const std::string path = spool + "/" + fs::list_directory(spool).front() + "/" + name_of(2);
  ASSERT_EQ(::truncate(path.c_str(), 5000), 0);
  EXPECT_EQ(restore(name_of(2)), 0) << err;
  EXPECT_EQ(restored(), segment(2));
}

TEST_F(Prefetch, ASpoolThatCannotBeMadeIsNoReasonToFail) {
  fs::replace_file(spool, "a file");
  EXPECT_EQ(restore(name_of(1), {"-p", "3"}), 0) << err;
  EXPECT_EQ(restored(), segment(1));
  EXPECT_NE(log().find("WARNING: Nothing is fetched ahead: "), std::string::npos) << err;
}

TEST_F(Prefetch, WritesToADevice) {
  destination = "/dev/null";
  EXPECT_EQ(restore(name_of(1), {"-p", "3"}), 0) << err;
  EXPECT_EQ(restore(name_of(2)), 0) << err;
  EXPECT_FALSE(fs::is_regular_file("/dev/null"));
}

// ---- Values --------------------------------------------------------------------------------------------------------

struct SizeCase {
  const char* text;
  std::optional<std::uint64_t> bytes;
};

TEST(Sizes, AreReadAsBarmanReadsThem) {
  const SizeCase cases[] = {{"1", 1},
                            {"1234B", 1234},
                            {"1kB", 1024},
                            {"1kiB", 1000},
                            {"1.5MB", 1572864},
                            {"100GB", 107374182400},
                            {"4mib", 4'000'000},
                            {"1TB", 1099511627776},
                            {"0", std::nullopt},
                            {"-1", std::nullopt},
                            {"", std::nullopt},
                            {"B", std::nullopt},
                            {"1iB", std::nullopt},
                            {"x", std::nullopt},
                            {"1.5", std::nullopt}};
  for (const SizeCase& size : cases) {
    std::uint64_t bytes = 0;
    usage::Options options;
    declare_size(options, {"--size"}, bytes, "SIZE", "");
    const auto problem = options.specs().front().store(size.text);
    EXPECT_EQ(problem.has_value(), !size.bytes) << size.text;
    EXPECT_EQ(bytes, size.bytes.value_or(0)) << size.text;
  }
}

TEST(Tags, AreReadAsCsvOrAtTheFirstComma) {
  TagOptions tags;
  tags.list = {"a,b", "\"x,y\",\"say \"\"z\"\"\"", "k,"};
  EXPECT_EQ(tags.tags(), (store::Tags{{"a", "b"}, {"x,y", "say \"z\""}, {"k", ""}}));
  for (const char* bad : {"", "a", "a,b,c"}) {
    tags.list = {bad};
    EXPECT_THROW(tags.tags(), Failure) << bad;
  }
  usage::Options options;
  declare_tags(options, tags, "", "files");
  const auto& tag = options.specs().back();
  EXPECT_EQ(tag.store(" k , v,w@ "), "invalid check_tag value: ' k , v,w@ '");
  EXPECT_EQ(tag.store(" k , v w@ "), std::nullopt);
  EXPECT_EQ(tag.store(""), std::nullopt);
  EXPECT_EQ(tags.tags(), (store::Tags{{"k", "v w@"}}));
}

TEST(WalKeys, AreNamesWithOneKnownExtension) {
  const auto key = parse_wal_key("a/b/000000010000000000000001.00000028.backup.zst");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->name, "000000010000000000000001.00000028.backup");
  EXPECT_EQ(key->extension, ".zst");
  for (const char* other : {"", "a/", "a/000000010000000000000001.tmp", "000000010000000000000001.gz.gz", "x.gz"})
    EXPECT_FALSE(parse_wal_key(other)) << other;
}

}  // namespace
}  // namespace barman::cloud::cli
