#include "barman/backup/import_backup.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "barman/backup/export_backup.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"
#include "barman/tar/writer.h"
#include "checksum.h"
#include "fakes/server_on_disk.h"
#include "tarball.h"
#include "unit/counting_progress.h"

namespace barman::backup {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* id = "20260102T030405";
const std::string first_wal = "000000010000000000000003", last_wal = "000000010000000000000004";
// As Barman 3.20.1 exported it.
const std::string golden =
    std::string(BARMAN_TEST_DATA) + "/export/backup-export-main-20260102T030405-20261121T132807-5eb90c6a.tar.xz";

using Members = std::vector<std::pair<tar::Member, std::string>>;

tar::Member named(const std::string& name, char type = tar::regular_file, const std::string& link = {}) {
  tar::Member member;
  member.name = name;
  member.type = type;
  member.link = link;
  return member;
}

class Import : public testing::Test, protected fakes::ServerOnDisk {
 protected:
  Import() {
    config.backup_method = config::BackupMethod::postgres;
    fs::make_directories(path("out"));
    write("main/identity.json", "{\n    \"systemid\": \"7000000000000000001\",\n    \"version\": \"15\"\n}\n");
    write("main/wals/main-xlog.db", "");
    global_.barman_lock_directory = path("locks");
  }

  std::string base(const std::string& name) const { return path(std::string("main/base/") + id + "/" + name); }
  std::string wal(const std::string& name) const { return path("main/wals/0000000100000000/" + name); }

  // Empty, or the refusal.
  std::string import(const std::string& tarball) {
    ServerContext server(global_, config, silent_);
    try {
      import_backup(tarball, server);
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }

  std::string export_to_out(std::optional<codec::Algorithm> compression, std::optional<std::int64_t> level = {}) {
    ServerContext server(global_, config, silent_);
    export_backup(
        {"latest", id, path("out"), compression, level}, server, [] { return "{}"; }, progress_);
    const auto names = fs::list_directory(path("out"));
    EXPECT_EQ(names.size(), 1U);
    return path("out/" + names.front());
  }

  void forget_backup() const {
    fs::remove_tree(base(""));
    fs::remove_tree(path("main/meta"));
    fs::remove_tree(path("main/wals/0000000100000000"));
    write("main/wals/main-xlog.db", "");
  }

  // A tarball under the right name.
  std::string tarball(const Members& members, std::size_t cut = 0) const {
    std::string bytes;
    tar::Writer writer([&](std::string_view piece) { bytes += piece; });
    for (auto [member, content] : members) {
      member.size = content.size();
      writer.begin(member);
      writer.data(content);
      writer.end_member();
    }
    writer.finish();
    if (cut > 0) bytes.resize(cut);
    Checksum checksum(ChecksumKind::sha256);
    checksum.update(bytes);
    const std::string name =
        "backup-export-main-" + std::string(id) + "-20261121T000000-" + checksum.hex().substr(0, 8) + ".tar";
    write(name, bytes);
    return path(name);
  }

  static Members good_members() {
    const auto line = [](const std::string& name) { return name + "\t4\t1767323045.25\tNone\tNone\n"; };
    return {{named("identity.json"), R"({"systemid": "7000000000000000001", "version": "15"})"},
            {named("backup.info"), "begin_wal=" + first_wal + "\nend_wal=" + last_wal +
                                       "\nmode=postgres\nserver_name=main\nstatus=DONE\nversion=150020\n"},
            {named("backup", tar::directory), ""},
            {named("backup/data/PG_VERSION"), "15\n"},
            {named("wals/0000000100000000/" + first_wal), "wal3"},
            {named("wals/0000000100000000/" + last_wal), "wal4"},
            {named("xlog.db"), line(first_wal) + line(last_wal)}};
  }

  void expect_nothing_left() const {
    EXPECT_THAT(fs::list_directory(path("main/base")), IsEmpty());
    EXPECT_THAT(fs::list_directory(path("main/meta")), IsEmpty());
    EXPECT_EQ(fs::list_directory(path("main/wals")), std::vector<std::string>{"main-xlog.db"});
    EXPECT_EQ(fs::read_file(path("main/wals/main-xlog.db")), "");
    EXPECT_FALSE(fs::exists(path("evil")));
  }

  config::GlobalConfig global_;
  SilentNotifier silent_;
  CountingProgress progress_;
};

TEST_F(Import, TakesWhatTheReferenceExported) {
  EXPECT_EQ(import(golden), "");
  EXPECT_EQ(fs::read_file(base("data/PG_VERSION")), "15\n");
  EXPECT_EQ(fs::read_file(base("data/caf\xC3\xA9")), "accent\n");
  EXPECT_EQ(fs::read_file(base("data/pg_tblspc/16386/PG_15_202209061/5/16390")), [] {
    std::string rows;
    for (int i = 0; i < 10; ++i) rows += "row\n";
    return rows;
  }());
  EXPECT_EQ(fs::real_path(base("data/pg_tblspc/16386")), fs::real_path(base("16386")));
  struct ::stat info {};
  ASSERT_EQ(::stat(base("data/PG_VERSION").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
  EXPECT_EQ(info.st_mtim.tv_sec, 1767323045);
  EXPECT_EQ(info.st_mtim.tv_nsec, 250'000'000);
  EXPECT_EQ(fs::read_file(path("main/wals/main-xlog.db")),
            first_wal + "\t1024\t1767323045.25\tNone\tNone\n" + last_wal + "\t1024\t1767323045.25\tNone\tNone\n");
  EXPECT_EQ(fs::read_file(wal(first_wal)).substr(0, 6), "wal 3.");
  EXPECT_EQ(fs::read_file(path(std::string("main/meta/") + id + "-keep")), "standalone");
  EXPECT_EQ(fs::list_directory(path("main/base")), std::vector<std::string>{id});
  EXPECT_EQ(import(golden), "Backup '20260102T030405' already exists in the catalog for server 'main'");
}

struct PackedCase {
  const char* label;
  std::optional<codec::Algorithm> compression;
  std::optional<std::int64_t> level;
  const char* extension;
};

class RoundTrip : public Import, public testing::WithParamInterface<PackedCase> {};

TEST_P(RoundTrip, KeepsEverything) {
  ASSERT_EQ(import(golden), "");
  const std::string info = fs::read_file(path(std::string("main/meta/") + id + "-backup.info"));
  ASSERT_EQ(::link(base("data/PG_VERSION").c_str(), base("data/again").c_str()), 0);
  const std::string exported = export_to_out(GetParam().compression, GetParam().level);
  EXPECT_GT(progress_.done, 0);
  EXPECT_THAT(progress_.waits, testing::ElementsAre("writing the tarball to disk"));
  EXPECT_FALSE(progress_.seen);
  EXPECT_TRUE(exported.ends_with(GetParam().extension)) << exported;
  forget_backup();
  EXPECT_EQ(import(exported), "");
  EXPECT_EQ(fs::read_file(path(std::string("main/meta/") + id + "-backup.info")), info);
  EXPECT_EQ(fs::read_file(base("data/again")), "15\n");
  EXPECT_EQ(fs::read_file(base("data/global/pg_control")).size(), 512U);
  EXPECT_TRUE(fs::is_directory(base("data/pg_wal/archive_status")));
  EXPECT_EQ(fs::read_file(wal(last_wal)).size(), 1024U);
}

using codec::Algorithm;
INSTANTIATE_TEST_SUITE_P(Packed, RoundTrip,
                         testing::Values(PackedCase{"plain", {}, {}, ".tar"},
                                         PackedCase{"gzip", Algorithm::gzip, 1, ".tar.gz"},
                                         PackedCase{"bzip2", Algorithm::bzip2, {}, ".tar.bz2"},
                                         PackedCase{"xz", Algorithm::xz, 0, ".tar.xz"}),
                         [](const auto& row) { return std::string(row.param.label); });

TEST_F(Import, GoodMembersAreGood) { EXPECT_EQ(import(tarball(good_members())), ""); }

struct HostileCase {
  const char* label;
  std::function<void(Members&)> change;
  std::string why;
};

class Hostile : public Import, public testing::WithParamInterface<HostileCase> {};

TEST_P(Hostile, IsRefusedAndLeavesNothing) {
  Members members = good_members();
  GetParam().change(members);
  EXPECT_THAT(import(tarball(members)), StartsWith(GetParam().why));
  expect_nothing_left();
}

std::function<void(Members&)> add(const tar::Member& member, const std::string& content = {}) {
  return [=](Members& members) { members.emplace_back(member, content); };
}
std::function<void(Members&)> without(const std::string& start) {
  return [=](Members& members) {
    std::erase_if(members, [&](const auto& item) { return item.first.name.starts_with(start); });
  };
}
std::function<void(Members&)> edit(const std::string& name, const std::string& from, const std::string& to) {
  return [=](Members& members) {
    for (auto& [member, content] : members)
      if (member.name == name) content = replace_all(content, from, to);
  };
}
const std::string path_words = "Tarball contains unsafe path: ", type_words = "Tarball contains unsafe member type: ";

INSTANTIATE_TEST_SUITE_P(
    Tarballs, Hostile,
    testing::Values(
        HostileCase{"parent", add(named("backup/../../evil"), "x"), path_words + "'backup/../../evil'"},
        HostileCase{"parent_inside", add(named("backup/data/../x"), "x"), path_words},
        HostileCase{"parent_in_wals", add(named("wals/../../evil"), "x"), path_words},
        HostileCase{"absolute", add(named("/evil"), "x"), path_words + "'/evil'"},
        HostileCase{"nameless", add(named(""), "x"), path_words},
        HostileCase{"link", add(named("backup/data/l", tar::symbolic_link, "/etc")), type_words + "'backup/data/l'"},
        HostileCase{"link_elsewhere", add(named("wals/l", tar::symbolic_link, "/etc")), type_words},
        HostileCase{"hard_link", add(named("backup/data/l", tar::hard_link, "backup/data/PG_VERSION")), type_words},
        HostileCase{"device", add(named("backup/data/d", '3')), type_words},
        HostileCase{"pipe", add(named("backup/data/p", '6')), type_words},
        HostileCase{"through_tablespace_link",
                    [](Members& members) {
                      add(named("backup/data/pg_tblspc/1", tar::symbolic_link, "/tmp"))(members);
                      add(named("backup/data/pg_tblspc/1/evil"), "x")(members);
                    },
                    "Tarball contains 'backup/data/pg_tblspc/1' twice"},
        HostileCase{"below_a_file", add(named("backup/data/PG_VERSION/x"), "x"), "cannot create directory"},
        HostileCase{"twice", add(named("backup/data/PG_VERSION"), "16\n"),
                    "Tarball contains 'backup/data/PG_VERSION' twice"},
        HostileCase{"no_identity", without("identity"), "Exported tarball does not contain identity.json"},
        HostileCase{"no_tree", without("backup"), "Exported tarball does not contain a 'backup/' directory"},
        HostileCase{"no_info", without("backup.info"), "Exported tarball does not contain a 'backup.info' file"},
        HostileCase{"no_wals", without("wals"), "Exported tarball does not contain a 'wals/' directory"},
        HostileCase{"no_index", without("xlog.db"), "Exported tarball does not contain a 'xlog.db' file"},
        HostileCase{
            "other_cluster", edit("identity.json", "7000", "7111"),
            "Server identity mismatch: exported backup has systemid '7111000000000000001' but target server has "
            "systemid '7000000000000000001'"},
        HostileCase{"identity_no_json", edit("identity.json", "{", ""), "Failed to parse identity.json from tarball: "},
        HostileCase{"index_line", edit("xlog.db", "\t1767323045.25\tNone\tNone", ""),
                    "Malformed tarball's xlog.db entry at line 1: cannot parse line: "},
        HostileCase{"index_name", edit("xlog.db", first_wal, "../evil"),
                    "Malformed tarball's xlog.db entry at line 1: '../evil' is not a WAL file name"},
        HostileCase{"index_gap", edit("xlog.db", last_wal, "000000010000000000000009"),
                    "WAL file required for backup consistency not found in tarball's xlog.db: " + last_wal},
        HostileCase{"wal_gap", without("wals/0000000100000000/" + last_wal),
                    "WAL file listed in tarball's xlog.db but not found under its wals/ directory: " + last_wal},
        HostileCase{"wal_cut", edit("wals/0000000100000000/" + last_wal, "wal4", "w"),
                    "WAL file " + last_wal + " has 1 bytes in the tarball, but 4 according to its xlog.db"},
        HostileCase{"failed", edit("backup.info", "DONE", "FAILED"),
                    "Cannot import backup 20260102T030405 into server main: its status is 'FAILED', expected 'DONE'"},
        HostileCase{"incremental", edit("backup.info", "status=", "parent_backup_id=20250101T000000\nstatus="),
                    "Cannot import backup 20260102T030405 into server main: it is an incremental backup."},
        HostileCase{"newer", edit("backup.info", "status=", "zzz=1\nstatus="), "Unsupported field 'zzz' found"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST_F(Import, AnythingCutShortIsRefused) {
  for (const std::size_t size : {600U, 1024U + 100U, 2500U}) {
    EXPECT_THAT(import(tarball(good_members(), size)), StartsWith("Failed to extract tarball"));
    expect_nothing_left();
  }
}

// An entry that lists increments which are not here is a torn chain to Barman.
TEST_F(Import, ListsTheIncrementsThatAreHere) {
  constexpr const char* left = "20260103T030405";
  write(std::string("main/meta/") + left + "-backup.info",
        "mode=postgres\nserver_name=main\nstatus=DONE\nparent_backup_id=" + std::string(id) + "\n");
  Members members = good_members();
  members[1].second = "children_backup_ids=20260104T030405\n" + members[1].second;
  EXPECT_EQ(import(tarball(members)), "");
  EXPECT_EQ(catalog::BackupCatalog(config).find(id)->children_backup_ids, left);
}

TEST_F(Import, GetsNoIncrementsFromAnExport) {
  ASSERT_EQ(import(golden), "");
  const std::string info = path(std::string("main/meta/") + id + "-backup.info");
  {
    catalog::BackupCatalog backups(config);
    backups.adopt(id, {"20260103T030405"});
  }
  const UnpackedTarball unpacked = unpack_tarball(export_to_out({}), path("unpacked"));
  EXPECT_THAT(unpacked.info.value_or(""), HasSubstr("children_backup_ids=None\n"));
  EXPECT_THAT(fs::read_file(info), HasSubstr("children_backup_ids=20260103T030405\n"));
}

TEST_F(Import, RightsOfTheOwnerAreNotLent) {
  Members members = good_members();
  tar::Member member = named("backup/data/su");
  member.mode = 06755;
  members.emplace_back(member, "x");
  EXPECT_EQ(import(tarball(members)), "");
  struct ::stat info {};
  ASSERT_EQ(::stat(base("data/su").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0755U);
}

TEST_F(Import, WalThatIsThereMustBeTheSame) {
  const std::string file = tarball(good_members());
  write("main/wals/0000000100000000/" + first_wal, "other");
  write("main/wals/main-xlog.db", first_wal + "\t5\t1.0\tNone\tNone\n" + last_wal + "\t4\t1.0\tNone\tNone\n");
  EXPECT_EQ(import(file),
            "WAL file(s) already exist in target server with conflicting content: " + first_wal + ", " + last_wal);
  write("main/wals/0000000100000000/" + first_wal, "wal3");
  write("main/wals/main-xlog.db", first_wal + "\t4\t1.0\tNone\tNone\n");
  EXPECT_EQ(import(file), "");
  EXPECT_EQ(fs::read_file(path("main/wals/main-xlog.db")),
            first_wal + "\t4\t1.0\tNone\tNone\n" + last_wal + "\t4\t1767323045.25\tNone\tNone\n");
}

TEST_F(Import, NeverTouchesADirectoryThatNobodyOwns) {
  write(std::string("main/base/") + id + "/precious", "x");
  EXPECT_THAT(import(golden), HasSubstr("exists already"));
  EXPECT_EQ(fs::read_file(base("precious")), "x");
}

TEST_F(Import, RemovesWhatAKilledImportLeft) {
  write("main/base/.import-abc/backup/data/PG_VERSION", "x");
  EXPECT_EQ(import(golden), "");
  EXPECT_EQ(fs::list_directory(path("main/base")), std::vector<std::string>{id});
}

TEST_F(Import, WaitsForNobody) {
  const auto lock = fs::LockFile::try_acquire(locks.backup_id(id));
  EXPECT_EQ(import(golden), "Another backup operation is already running on server 'main'");
}

TEST_F(Import, LooksAtTheFileFirst) {
  write("plain", "no archive");
  EXPECT_EQ(import(path("absent")), "Tarball file '" + path("absent") + "' does not exist");
  EXPECT_EQ(import(path("out")), "Tarball path '" + path("out") + "' is not a file");
  EXPECT_EQ(import(path("plain")), "File '" + path("plain") + "' is not a valid tar file");
  const std::string moved = path("backup-export-main-20260102T030405-20261121T132807-00000000.tar.xz");
  fs::copy_file(golden, moved);
  EXPECT_EQ(import(moved),
            "Tarball checksum mismatch: filename contains '00000000' but actual checksum is '5eb90c6a'. "
            "The file may have been modified or corrupted.");
  fs::remove_file(path("main/identity.json"));
  EXPECT_THAT(import(golden), StartsWith("No identity file found for server 'main'."));
}

std::string refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST_F(Import, ExportRefusesWhatCouldNotComeBack) {
  ASSERT_EQ(import(golden), "");
  EXPECT_THAT(refusal([&] { export_to_out({}, 3); }), "--compression-level requires --compression to be set");
  EXPECT_THAT(refusal([&] { export_to_out(Algorithm::gzip, 0); }),
              "Invalid compression level '0' for algorithm 'gzip'. Valid levels are: 1, 2, 3, 4, 5, 6, 7, 8, 9");
  ASSERT_EQ(::symlink("/etc", base("data/etc").c_str()), 0);
  EXPECT_THAT(refusal([&] { export_to_out({}); }), HasSubstr("it is neither a file nor a directory"));
  ::unlink(base("data/etc").c_str());
  fs::rename_file(wal(last_wal), path("aside"));
  EXPECT_EQ(refusal([&] { export_to_out({}); }),
            "WAL file required for backup consistency not found for backup '20260102T030405': " + last_wal);
  fs::rename_file(path("aside"), wal(last_wal));
  write("main/wals/main-xlog.db", first_wal + "\t1024\t1.0\tNone\tNone\n");
  EXPECT_EQ(refusal([&] { export_to_out({}); }),
            "WAL file required for backup consistency not found in xlog.db for backup '20260102T030405': " + last_wal);
  EXPECT_THAT(fs::list_directory(path("out")), IsEmpty()) << "nothing is left behind";
}

}  // namespace
}  // namespace barman::backup
