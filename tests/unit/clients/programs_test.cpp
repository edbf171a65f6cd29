// The two programs as a whole, with a small script in the place of ssh.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <thread>

#include "barman/clients/wal_archive.h"
#include "barman/clients/wal_restore.h"
#include "barman/codec/codec.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "support.h"
#include "unit/fs/file_size_limit.h"
#include "unit/usage/recorded_usage.h"

namespace barman::clients {
namespace {

// Notes its arguments, keeps what it is sent, and answers with what the files in its directory say. `status-WORD` holds
// the status for a command line, or a stream, that mentions WORD.
constexpr std::string_view fake_ssh = R"script(#!/bin/sh
cd "${0%/*}" || exit 99
printf '%s\n' "$*" >>calls
[ -e early ] && exit "$(cat early)"
case "$*" in
*put-wal*--test* | *get-wal*--test*) echo "Ready"; echo "noise" >&2 ;;
*put-wal*)
  cat >"stream.$$"
  for f in status-*; do
    [ -e "$f" ] && grep -qa "${f#status-}" "stream.$$" && { echo "no ${f#status-}" >&2; exit "$(cat "$f")"; }
  done
  exit 0 ;;
*--peek*) cat peek 2>/dev/null; exit "$(cat peek-status 2>/dev/null || echo 0)" ;;
*get-wal*)
  for f in status-*; do
    case "$*" in *"${f#status-}"*) printf half; echo "no ${f#status-}" >&2; exit "$(cat "$f")" ;; esac
  done
  [ -e slow ] && sleep 60
  for f in content-*; do
    case "$*" in *"${f#content-}"*) exec cat "$f" ;; esac
  done
  cat content ;;
esac
)script";

class Programs : public testing::Test {
 protected:
  Programs() {
    write_file(file("ssh"), fake_ssh);
    ::chmod(file("ssh").c_str(), 0755);
    ::setenv("PATH", (ssh_.path() + ":/usr/bin:/bin").c_str(), 1);
    ::mkdir((data_.path() + "/pg_wal").c_str(), 0700);
    ::mkdir((data_.path() + "/pg_wal/archive_status").c_str(), 0700);
  }
  ~Programs() override { ::setenv("PATH", path_.c_str(), 1); }

  std::string file(const std::string& name) const { return ssh_.path() + "/" + name; }
  static std::string segment(int number) { return "00000001000000000000000" + std::to_string(number); }
  std::string wal_path(int number) const { return data_.path() + "/pg_wal/" + segment(number); }
  void make_segment(int number, bool ready = true) {
    write_file(wal_path(number), whole_segment(static_cast<std::uint64_t>(number) << 20, 1));
    if (ready) write_file(data_.path() + "/pg_wal/archive_status/" + segment(number) + ".ready", "");
  }
  std::vector<std::string> calls() const { return split_lines(fs::read_file_if_exists(file("calls")).value_or("")); }
  std::vector<std::string> sent() const {  // names of the WAL files that reached the other side
    std::vector<std::string> names;
    for (const std::string& name : fs::list_directory(ssh_.path()))
      if (name.starts_with("stream."))
        for (const auto& [member, content] : read_tar(fs::read_file(file(name))).files)
          if (!member.ends_with("SUMS")) names.push_back(member);
    std::ranges::sort(names);
    return names;
  }
  void forget() {
    for (const std::string& name : fs::list_directory(ssh_.path()))
      if (name != "ssh") fs::remove_file(file(name));
  }

  int archive(std::vector<std::string> words) { return run(wal_archive, std::move(words)); }
  int restore(std::vector<std::string> words) { return run(wal_restore, std::move(words)); }
  int archive_ahead(int number) {
    return archive({"-p", "3", "--prefetch-cache-dir", cache_, "h", "main", wal_path(number)});
  }

  int run(int (*program)(int, char**), std::vector<std::string> words) {
    words.insert(words.begin(), "program");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int status = program(static_cast<int>(argv.size()), argv.data());
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return status;
  }

  [[noreturn]] void restore_until_terminated() {
    std::thread([this] {
      while (!fs::exists(file("calls"))) ::usleep(1000);
      ::kill(::getpid(), SIGTERM);
    }).detach();
    std::string words[] = {"program", "h", "main", segment(1), destination_};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    ::_exit(wal_restore(static_cast<int>(argv.size()), argv.data()));
  }

  std::string out, err;
  const std::string path_ = std::getenv("PATH");
  fs::TemporaryDirectory ssh_{"fake-ssh-"}, data_{"data-"};
  std::string cache_ = data_.path() + "/cache";
  std::string destination_ = data_.path() + "/pg_wal/RECOVERYXLOG";
  std::string spool_ = data_.path() + "/spool";
};

TEST_F(Programs, AnswerHelpVersionAndMistakes) {
  EXPECT_EQ(archive({"--version"}), 0);
  EXPECT_EQ(out, std::string("barman-wal-archive ") + BARMAN_COMPATIBLE_VERSION + "\n");
  EXPECT_EQ(restore({"-V"}), 0);
  EXPECT_EQ(out, std::string("barman-wal-restore ") + BARMAN_COMPATIBLE_VERSION + "\n");
  EXPECT_EQ(restore({"--help"}), 0);
  EXPECT_TRUE(out.starts_with("usage: barman-wal-restore [-h]")) << out;
  EXPECT_EQ(archive({"h"}), 2);
  EXPECT_TRUE(err.starts_with("usage: barman-wal-archive [-h]")) << err;
  EXPECT_TRUE(err.ends_with("barman-wal-archive: error: the following arguments are required: SERVER_NAME, WAL_PATH\n"))
      << err;
  EXPECT_EQ(archive({"--compression-level", "foo", "h", "s", "w"}), 2);
  EXPECT_TRUE(err.ends_with("error: argument --compression-level: invalid parse_compression_level value: 'foo'\n"))
      << err;
  EXPECT_EQ(calls(), std::vector<std::string>{});
}

TEST(ClientManuals, ListEveryOptionThatTheProgramTakes) {
  const usage::ManualPage archive = wal_archive_manual(), restore = wal_restore_manual();
  EXPECT_EQ(archive.file, "barman-wal-archive.1");
  EXPECT_EQ(restore.file, "barman-wal-restore.1");
  for (const char* part :
       {".TH \"BARMAN-WAL-ARCHIVE\" 1 ", "barman\\-wal\\-archive \\- archive_command of",
        ".SH SYNOPSIS\n\\fBbarman\\-wal\\-archive\\fR\n[\\-h] [\\-V] [\\-U USER]", ".TP\n\\fBBARMAN_HOST\\fR\n",
        ".TP\n\\fB\\-U\\fR, \\fB\\-\\-user\\fR \\fIUSER\\fR\nuser", ".SH EXIT STATUS\n0 when", ".BR barman (1)"})
    EXPECT_NE(archive.text.find(part), std::string::npos) << part << "\n" << archive.text;
  EXPECT_NE(restore.text.find("[\\-z | \\-j | \\-\\-keep\\-compression]"), std::string::npos) << restore.text;
  EXPECT_NE(restore.text.find(".SH FILES\n"), std::string::npos) << restore.text;
}

TEST_F(Programs, ShowTheUsageOfTheReference) {
  ::unsetenv("COLUMNS");
  EXPECT_EQ(archive({}), 2);
  EXPECT_TRUE(err.starts_with(recorded_usage("barman-wal-archive") + "barman-wal-archive: error: ")) << err;
  EXPECT_EQ(restore({}), 2);
  EXPECT_TRUE(err.starts_with(recorded_usage("barman-wal-restore") + "barman-wal-restore: error: ")) << err;
}

TEST_F(Programs, TestTheConnection) {
  EXPECT_EQ(archive({"-t", "h", "main", "absent"}), 0);
  EXPECT_EQ(out, "Ready\nnoise\n\n");
  EXPECT_EQ(restore({"-t", "h", "main", "w", "/nonexistent/x"}), 0);
  EXPECT_EQ(out, "Ready\nnoise\n\n");
  write_file(file("early"), "255");
  EXPECT_EQ(archive({"-t", "h", "main", "absent"}), 255);
  EXPECT_EQ(restore({"-t", "h", "main", "w", "d"}), 255);
}

TEST_F(Programs, ArchiveOneFile) {
  make_segment(1);
  EXPECT_EQ(archive({"-U", "u", "h", "main", wal_path(1)}), 0);
  EXPECT_EQ(out + err, "");
  EXPECT_EQ(sent(), std::vector<std::string>{segment(1)});
  EXPECT_EQ(calls(), std::vector<std::string>{"-q -T u@h barman put-wal main"});
}

TEST_F(Programs, ArchiveReportsTheRemoteFailure) {
  make_segment(1);
  write_file(file("status-" + segment(1)), "7");
  EXPECT_EQ(archive({"h", "main", wal_path(1)}), 7);
  EXPECT_EQ(err, "no " + segment(1) + "\nArchival of WAL file " + wal_path(1) +
                     " failed: ArchiverFailure:Remote 'barman put-wal' command has failed! (exit code 7)\n"
                     "ERROR: Remote 'barman put-wal' command has failed!\n");
  forget();
  write_file(file("early"), "255");
  EXPECT_EQ(archive({"h", "main", wal_path(1)}), 3);
  EXPECT_TRUE(err.ends_with("\nERROR: Connection problem with ssh\n")) << err;
}

TEST_F(Programs, ArchiveWithoutSsh) {
  make_segment(1);
  ::setenv("PATH", "/nonexistent", 1);
  EXPECT_EQ(archive({"h", "main", wal_path(1)}), 2);
  EXPECT_TRUE(err.ends_with("\nERROR: Error executing ssh: [Errno 2] No such file or directory: 'ssh'\n")) << err;
  EXPECT_EQ(archive({"-t", "h", "main", wal_path(1)}), 2);
  EXPECT_EQ(restore({"h", "main", segment(1), destination_}), 2);
  EXPECT_EQ(err, "ERROR: Error executing \"ssh\": [Errno 2] No such file or directory: 'ssh'\n");
}

TEST_F(Programs, ArchiveAhead) {
  for (const int number : {1, 2, 3, 5}) make_segment(number);
  EXPECT_EQ(archive_ahead(1), 0);
  EXPECT_EQ(sent(), (std::vector<std::string>{segment(1), segment(2), segment(3)}));
  forget();
  for (const int number : {1, 2, 3}) EXPECT_EQ(archive_ahead(number), 0);
  EXPECT_EQ(calls(), std::vector<std::string>{}) << "these have been sent";
  make_segment(4, false);
  EXPECT_EQ(archive_ahead(4), 0);
  EXPECT_EQ(sent(), (std::vector<std::string>{segment(4), segment(5)}));
  EXPECT_EQ(fs::stat_if_exists(cache_)->st_mode & 0777U, 0700U);
}

TEST_F(Programs, ArchiveAheadStopsAtTheFirstThatIsNotReady) {
  make_segment(1);
  make_segment(2, false);
  make_segment(3);
  EXPECT_EQ(archive_ahead(1), 0);
  EXPECT_EQ(sent(), std::vector<std::string>{segment(1)});
}

// The names of a cluster that was created anew, or of another one, are no proof.
TEST_F(Programs, ArchiveAheadSkipsOnlyTheVeryFileItSent) {
  for (const int number : {1, 2}) make_segment(number);
  EXPECT_EQ(archive_ahead(1), 0);
  forget();
  make_segment(2);  // written again
  EXPECT_EQ(archive_ahead(2), 0);
  EXPECT_EQ(sent(), std::vector<std::string>{segment(2)});
  forget();
  EXPECT_EQ(archive({"-p", "3", "--prefetch-cache-dir", cache_, "h", "other", wal_path(2)}), 0);
  EXPECT_EQ(sent(), std::vector<std::string>{segment(2)}) << "another server of Barman";
}

TEST_F(Programs, ArchiveAheadForgetsWhatFailed) {
  for (const int number : {1, 2, 3}) make_segment(number);
  write_file(file("status-" + segment(2)), "5");
  EXPECT_EQ(archive_ahead(1), 0);
  EXPECT_EQ(err, "no " + segment(2) + "\nPrefetch of WAL file " + wal_path(2) +
                     " failed: ArchiverFailure:Remote 'barman put-wal' command has failed! (exit code 5)\n");
  EXPECT_EQ(archive_ahead(2), 5);
  forget();
  EXPECT_EQ(archive_ahead(3), 0);
  EXPECT_EQ(sent(), std::vector<std::string>{}) << "3 has arrived though 2 has not";
  EXPECT_EQ(archive_ahead(2), 0);
  EXPECT_EQ(sent(), std::vector<std::string>{segment(2)});
}

TEST_F(Programs, ArchiveAheadSendsNothingMoreAfterAFailure) {
  for (const int number : {1, 2, 3}) make_segment(number);
  write_file(file("status-" + segment(1)), "1");
  EXPECT_EQ(archive_ahead(1), 1);
  EXPECT_EQ(calls().size(), 1U);
}

TEST_F(Programs, ArchiveAheadNeedsATrustworthyCache) {
  for (const int number : {1, 2}) make_segment(number);
  ::mkdir(cache_.c_str(), 0700);
  ::chmod(cache_.c_str(), 0777);
  EXPECT_EQ(archive_ahead(1), 0);
  EXPECT_EQ(err, "Cache directory " + cache_ +
                     " is writable by group or others; refusing to use it.\nCache directory " + cache_ +
                     " is not secure; disabling parallel WAL archiving.\n");
  EXPECT_EQ(sent(), std::vector<std::string>{segment(1)});
  ::chmod(cache_.c_str(), 0700);
  ASSERT_EQ(::symlink(cache_.c_str(), (cache_ + "-link").c_str()), 0);
  cache_ += "-link";
  EXPECT_EQ(archive_ahead(1), 0);
  EXPECT_TRUE(err.starts_with("Cache directory " + cache_ + " is not a regular directory (possibly a symlink)")) << err;
}

TEST_F(Programs, ArchiveAheadSurvivesADamagedCache) {
  for (const int number : {1, 2}) make_segment(number);
  EXPECT_EQ(archive_ahead(1), 0);
  const std::string path = cache_ + "/wal-prefetched", text = fs::read_file(path);
  forget();
  write_file(path, text.substr(0, text.size() - 5));
  EXPECT_EQ(archive_ahead(2), 0);
  EXPECT_EQ(sent(), std::vector<std::string>{segment(2)});
}

TEST_F(Programs, RestoreOneFile) {
  write_file(file("content"), whole_segment(1 << 20, 1));
  EXPECT_EQ(restore({"--port", "22", "-P", "h", "main", segment(1), destination_}), 0);
  EXPECT_EQ(out + err, "");
  EXPECT_EQ(fs::read_file(destination_), whole_segment(1 << 20, 1));
  EXPECT_EQ(calls(),
            std::vector<std::string>{"-p 22 -q -T barman@h barman get-wal --partial 'main' '" + segment(1) + "'"});
}

TEST_F(Programs, RestoreLeavesNothingHalfBehind) {
  write_file(file("status-" + segment(1)), "1");
  write_file(destination_, "of an earlier run");
  EXPECT_EQ(restore({"h", "main", segment(1), destination_}), 1);
  EXPECT_EQ(err, "no " + segment(1) + "\nERROR: Remote 'barman get-wal' command has failed!\n");
  EXPECT_EQ(fs::read_file(destination_), "");
  write_file(file("status-" + segment(1)), "255");
  EXPECT_EQ(restore({"h", "main", segment(1), destination_}), 2);
  EXPECT_TRUE(err.ends_with("ERROR: Connection problem with ssh\n")) << err;
  write_file(file("content"), "");
  EXPECT_EQ(restore({"h", "main", segment(2), destination_}), 2);
  EXPECT_EQ(err, "ERROR: Remote 'barman get-wal' command sent nothing for " + segment(2) + "\n");
  write_file(file("content"), "\x1f\x8b\x08 no gzip");
  EXPECT_EQ(restore({"h", "main", segment(2), destination_}), 2);
  EXPECT_EQ(fs::read_file(destination_), "");
  EXPECT_EQ(fs::list_directory(data_.path() + "/pg_wal"), (std::vector<std::string>{"RECOVERYXLOG", "archive_status"}));
}

TEST_F(Programs, RestoreTellsThatItCannotWrite) {
  write_file(file("content"), std::string(100'000, 'x'));
  {
    const FileSizeLimit limit(50'000);
    EXPECT_EQ(restore({"h", "main", segment(1), destination_}), 2);
  }
  EXPECT_NE(err.find("ERROR: Cannot write the WAL file: [Errno 27] File too large: '"), std::string::npos) << err;
  EXPECT_EQ(fs::read_file(destination_), "");
}

TEST_F(Programs, RestoreDecompressesWhatComesCompressed) {
  const std::string plain = whole_segment(1 << 20, 1);
  write_file(file("plain"), plain);
  codec::Stage settings;
  settings.algorithm = codec::Algorithm::zstd;
  codec::encode_file(file("plain"), file("content"), {settings});
  EXPECT_EQ(restore({"--keep-compression", "h", "main", segment(1), destination_}), 0);
  EXPECT_EQ(fs::read_file(destination_), plain);
}

TEST_F(Programs, RestoreTakesNothingButTheSegmentThatWasAskedFor) {
  const std::string whole = whole_segment(1 << 20, 1);
  const std::map<std::string, std::string> cases = {
      {std::string(500'000, 'x'), "500000 bytes, which is no size of a WAL segment"},
      {std::string(1 << 20, '\0'), "it begins with zeros instead of the header of a WAL segment"},
      {"Welcome to backup.example.com\n" + whole, "1048606 bytes, which is no size of a WAL segment"},
      {"no such file\n", "13 bytes, which is no size of a WAL segment"},
      {whole.substr(0, 1 << 19), "524288 bytes of a WAL segment of 1048576 bytes"},
      {whole + "bye\n", "1048580 bytes of a WAL segment of 1048576 bytes"},
      {whole_segment(2 << 20, 1), "it begins as segment " + segment(2)}};
  for (const auto& [content, problem] : cases) {
    write_file(file("content"), content);
    EXPECT_EQ(restore({"h", "main", segment(1), destination_}), 2);
    EXPECT_EQ(err, "ERROR: What the remote 'barman get-wal' command sent is not the WAL file " + segment(1) + ": " +
                       problem + "\n");
    EXPECT_EQ(fs::read_file(destination_), "");
    EXPECT_EQ(restore({"-p", "2", "--spool-dir", spool_, "h", "main", segment(1), destination_}), 2);
  }
  write_file(file("content"), whole.substr(0, 1 << 19));
  codec::encode_file(file("content"), file("half"), codec::stored_as(codec::Algorithm::gzip));
  fs::rename_file(file("half"), file("content"));
  EXPECT_EQ(restore({"h", "main", segment(1), destination_}), 2);
  write_file(file("content"), "1\t0/1\tno recovery target specified\n");
  EXPECT_EQ(restore({"h", "main", "00000002.history", destination_}), 0) << err;
}

TEST_F(Programs, RestoreTakesNoSegmentOfAnotherCluster) {
  ::mkdir((data_.path() + "/global").c_str(), 0700);
  const std::uint64_t id = 1;
  const std::uint32_t version = 1300;
  write_file(data_.path() + "/global/pg_control", std::string(reinterpret_cast<const char*>(&id), 8) +
                                                      std::string(reinterpret_cast<const char*>(&version), 4));
  write_file(file("content"), whole_segment(1 << 20, 1));
  EXPECT_EQ(restore({"h", "main", segment(1), destination_}), 0) << err;
  write_file(file("content"), whole_segment(1 << 20, 2));
  EXPECT_EQ(restore({"h", "main", segment(1), destination_}), 2);
  EXPECT_NE(err.find(": it is of cluster 2, not of 1\n"), std::string::npos) << err;
}

TEST_F(Programs, ArchiveSendsNothingButTheSegmentOfThatName) {
  make_segment(1);
  write_file(wal_path(2), whole_segment(2 << 20, 1).substr(0, 8192));
  EXPECT_EQ(archive({"h", "main", wal_path(2)}), 2);
  EXPECT_EQ(err, "ERROR: WAL_PATH does not hold the WAL file of its name: " + wal_path(2) +
                     " (8192 bytes of a WAL segment of 1048576 bytes)\n");
  EXPECT_EQ(calls(), std::vector<std::string>());
  EXPECT_EQ(archive({"h", "main", wal_path(1)}), 0);
}

TEST_F(Programs, RestoreAhead) {
  write_file(file("content"), whole_segment(1 << 20, 1));
  write_file(file("content-" + segment(2)), whole_segment(2 << 20, 1));
  write_file(file("peek"), segment(1) + "\n" + segment(2) + "\n../../evil\n" + segment(3) + "\n");
  write_file(file("status-" + segment(3)), "1");
  EXPECT_EQ(restore({"-p", "4", "--spool-dir", spool_, "h", "main", segment(1), destination_}), 0);
  EXPECT_EQ(fs::read_file(destination_), fs::read_file(file("content")));
  EXPECT_EQ(fs::list_directory(spool_), std::vector<std::string>{segment(2)});
  EXPECT_EQ(fs::stat_if_exists(spool_ + "/" + segment(2))->st_mode & 0777U, 0600U);
}

TEST_F(Programs, RestoreServesOnlyTheRightSegmentFromTheSpool) {
  ::mkdir(spool_.c_str(), 0700);
  const std::string second = whole_segment(2 << 20, 1), spooled = spool_ + "/" + segment(2);
  std::string fetched = whole_segment(2 << 20, 2);
  fetched.back() = 'f';
  write_file(file("content"), fetched);
  const auto fetch = [&] { return restore({"--spool-dir", spool_, "h", "main", segment(2), destination_}); };
  write_file(spooled, second);
  EXPECT_EQ(fetch(), 0);
  EXPECT_EQ(fs::read_file(destination_), second);
  EXPECT_FALSE(fs::exists(spooled));
  EXPECT_EQ(calls(), std::vector<std::string>{});

  write_file(spooled, second.substr(0, 512 * 1024));
  EXPECT_EQ(fetch(), 0);
  EXPECT_EQ(fs::read_file(destination_), fetched) << "half a segment";
  write_file(spooled, whole_segment(3 << 20, 1));
  EXPECT_EQ(fetch(), 0);
  EXPECT_EQ(fs::read_file(destination_), fetched) << "another segment";

  ::mkdir((data_.path() + "/global").c_str(), 0700);
  const std::uint64_t id = 2;
  const std::uint32_t version = 1300;
  write_file(data_.path() + "/global/pg_control", std::string(reinterpret_cast<const char*>(&id), 8) +
                                                      std::string(reinterpret_cast<const char*>(&version), 4));
  write_file(spooled, second);
  EXPECT_EQ(fetch(), 0);
  EXPECT_EQ(fs::read_file(destination_), fetched) << "of another cluster";
  write_file(spooled, whole_segment(2 << 20, 2));
  EXPECT_EQ(fetch(), 0);
  EXPECT_EQ(fs::read_file(destination_), whole_segment(2 << 20, 2));
  write_file(spooled, whole_segment(2 << 20, 2));
  ::chmod(spooled.c_str(), 0666);
  EXPECT_EQ(fetch(), 0);
  EXPECT_EQ(fs::read_file(destination_), fetched) << "anybody may have written it";
}

TEST_F(Programs, RestoreAheadNeedsTheRequestedFile) {
  write_file(file("peek"), segment(2) + "\n");
  EXPECT_EQ(restore({"-p", "2", "--spool-dir", spool_, "h", "main", segment(1), destination_}), 2);
  EXPECT_EQ(err, "ERROR: The required file is not available: " + segment(1) + "\n");
  write_file(file("peek-status"), "255");
  EXPECT_EQ(restore({"-p", "2", "--spool-dir", spool_, "h", "main", segment(1), destination_}), 2);
  EXPECT_EQ(err, "ERROR: Connection problem with ssh\n");
  EXPECT_EQ(restore({"-p", "2", "--spool-dir", "/nonexistent/x", "h", "main", segment(1), destination_}), 2);
  EXPECT_EQ(err,
            "ERROR: Cannot create '/nonexistent/x' directory: [Errno 2] No such file or directory: '/nonexistent/x'\n");
}

TEST_F(Programs, RestoreWarnsOfOldOptions) {
  write_file(file("content"), whole_segment(1 << 20, 1));
  EXPECT_EQ(restore({"-z", "h", "main", segment(1), destination_}), 0);
  EXPECT_TRUE(out.starts_with("WARNING: `gzip` option is deprecated and will be removed in future versions.")) << out;
  EXPECT_EQ(restore({"-z", "-j", "h", "main", segment(1), destination_}), 2);
  EXPECT_TRUE(err.ends_with("error: argument -j/--bzip2: not allowed with argument -z/--gzip\n")) << err;
}

TEST_F(Programs, RestoreTakesNoBannerForAHistoryFile) {
  for (const char* sent : {"Welcome to backup1\n1\t0/5000000\tno target\n", "no such file\n", "1\t0/"}) {
    write_file(file("content"), sent);
    EXPECT_EQ(restore({"h", "main", "00000002.history", destination_}), 2) << sent;
    EXPECT_NE(err.find("is not the WAL file 00000002.history"), std::string::npos) << err;
    EXPECT_EQ(fs::read_file(destination_), "");
  }
}

TEST_F(Programs, RestoreEndsBySigtermWithNothingHalfBehind) {
  write_file(file("slow"), "");
  EXPECT_EXIT(restore_until_terminated(), testing::KilledBySignal(SIGTERM), "^$");
  EXPECT_EQ(fs::read_file(destination_), "");
  EXPECT_EQ(fs::list_directory(data_.path() + "/pg_wal"), (std::vector<std::string>{"RECOVERYXLOG", "archive_status"}));
}

// What it stands for is the limit that barman-wal-restore sets itself, which would take two gigabytes to meet.
TEST_F(Programs, AnAnswerWithoutEndDoesNotFillTheDisk) {
  fs::make_symlink("/dev/zero", file("content"));
  {
    const FileSizeLimit limit(1024 * 1024);
    EXPECT_EQ(restore({"h", "main", segment(1), destination_}), 2);
  }
  EXPECT_NE(err.find("File too large"), std::string::npos) << err;
  EXPECT_EQ(fs::read_file(destination_), "");
  rlimit before{}, during{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  fs::remove_file(file("content"));
  restore({"h", "main", segment(1), destination_});
  ::getrlimit(RLIMIT_FSIZE, &during);
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(during.rlim_cur, rlim_t{2} << 30);
}

}  // namespace
}  // namespace barman::clients
