#include "put_wal.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "barman/core/digest.h"
#include "barman/core/error.h"
#include "program.h"
#include "support.h"

namespace barman::clients {
namespace {

constexpr auto wal = "000000010000000000000001";

class PutWal : public testing::Test {
 protected:
  PutWal() : path_(directory_.path() + "/" + wal) {
    content_ = whole_segment(0x100000, 1);
    write_file(path_, content_);
    const timespec times[2] = {{1795245995, 300119000}, {1795245995, 300119000}};
    ::utimensat(AT_FDCWD, path_.c_str(), times, 0);
    settings_.remote.host = "h";
    settings_.server = "main";
  }

  // What the transfer ended in.
  TransferFailed failure(FakeRunner& runner) {
    try {
      put_wal(runner, settings_, path_);
    } catch (const TransferFailed& failed) {
      return failed;
    }
    throw std::logic_error("the transfer succeeded");
  }

  fs::TemporaryDirectory directory_{"put-wal-test-"};
  std::string path_, content_;
  PutWalSettings settings_;
};

TEST_F(PutWal, SendsTheFileAndItsChecksum) {
  std::string stream;
  FakeRunner runner([&](const exec::Command& command) {
    stream = read_descriptor(command.input_fd);
    return exec::Outcome{};
  });
  const FileIdentity sent = put_wal(runner, settings_, path_);
  const TarContent tar = read_tar(stream);
  EXPECT_EQ(runner.calls.back(), put_wal_argv(settings_.remote, "main", false));
  EXPECT_EQ(tar.files.at(wal), content_);
  EXPECT_EQ(tar.pax.at(wal), "27 mtime=1795245995.300119\n");
  EXPECT_EQ(tar.files.at("SHA256SUMS"), digest_of(content_) + " *" + wal + "\n");
  EXPECT_EQ(tar.files.size(), 2U);
  EXPECT_TRUE(tar.complete);
  EXPECT_EQ(sent, identity_of(*fs::stat_if_exists(path_)));
}

TEST_F(PutWal, CanUseMd5) {
  write_file(path_, "abc");
  settings_.md5 = true;
  std::string stream;
  FakeRunner runner([&](const exec::Command& command) {
    stream = read_descriptor(command.input_fd);
    return exec::Outcome{};
  });
  put_wal(runner, settings_, path_);
  EXPECT_EQ(read_tar(stream).files.at("MD5SUMS"), std::string("900150983cd24fb0d6963f7d28e17f72 *") + wal + "\n");
}

TEST_F(PutWal, CompressesBeforeItComputesTheChecksum) {
  settings_.compression = codec::Algorithm::gzip;
  std::string stream;
  FakeRunner runner([&](const exec::Command& command) {
    stream = read_descriptor(command.input_fd);
    return exec::Outcome{};
  });
  put_wal(runner, settings_, path_);
  const TarContent tar = read_tar(stream);
  const std::string& sent = tar.files.at(wal);
  EXPECT_EQ(codec::detect(sent), codec::Algorithm::gzip);
  EXPECT_LT(sent.size(), content_.size() / 10);
  EXPECT_EQ(tar.files.at("SHA256SUMS"), digest_of(sent) + " *" + wal + "\n");
  EXPECT_EQ(tar.pax.at(wal), "27 mtime=1795245995.300119\n");
}

TEST_F(PutWal, ReportsTheRemoteStatusThoughSshDiedEarly) {
  FakeRunner runner([](const exec::Command&) { return exec::Outcome{9, "", "", false}; });
  const TransferFailed failed = failure(runner);
  EXPECT_EQ(failed.status(), 9);
  EXPECT_STREQ(failed.what(), "ArchiverFailure:Remote 'barman put-wal' command has failed! (exit code 9)");
  EXPECT_EQ(failed.message(), "Remote 'barman put-wal' command has failed!");
}

TEST_F(PutWal, TellsAConnectionProblemApart) {
  FakeRunner runner([](const exec::Command&) { return exec::Outcome{255, "", "", false}; });
  const TransferFailed failed = failure(runner);
  EXPECT_EQ(failed.status(), 3);
  EXPECT_EQ(failed.message(), "Connection problem with ssh");
}

TEST_F(PutWal, DoesNotBelieveASuccessThatReadNothing) {
  FakeRunner runner([](const exec::Command&) { return exec::Outcome{}; });
  const TransferFailed failed = failure(runner);
  EXPECT_EQ(failed.status(), 2);
  EXPECT_STREQ(failed.what(), "[Errno 32] Broken pipe");
}

TEST_F(PutWal, CutsTheStreamWhenTheFileChangesMeanwhile) {
  std::string stream;
  FakeRunner runner([&](const exec::Command& command) {
    char first = 0;
    EXPECT_EQ(::read(command.input_fd, &first, 1), 1);  // the rest does not fit into the pipe
    EXPECT_EQ(::truncate(path_.c_str(), 1), 0);
    stream = first + read_descriptor(command.input_fd);
    return exec::Outcome{1, "", "", false};
  });
  const TransferFailed failed = failure(runner);
  EXPECT_EQ(failed.status(), 2);
  EXPECT_EQ(failed.message(), "'" + path_ + "' was changed while it was read");
  EXPECT_FALSE(read_tar(stream).complete);
  EXPECT_FALSE(read_tar(stream).files.contains("SHA256SUMS"));
}

TEST_F(PutWal, SaysThatThereIsNoSsh) {
  FakeRunner runner([](const exec::Command&) -> exec::Outcome { throw Error(Errc::not_found, "ssh not in PATH"); });
  const TransferFailed failed = failure(runner);
  EXPECT_EQ(failed.status(), 2);
  EXPECT_EQ(failed.message(), "Error executing ssh: [Errno 2] No such file or directory: 'ssh'");
}

TEST_F(PutWal, RefusesWhatIsNoFileBeforeAnythingIsRun) {
  FakeRunner runner([](const exec::Command&) -> exec::Outcome { throw std::logic_error("was run"); });
  const auto message = [&](const std::string& path) -> std::string {
    try {
      put_wal(runner, settings_, path);
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.status(), 2);
      return failure.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message("absent"), "Error executing ssh: [Errno 2] No such file or directory: 'absent'");
  EXPECT_EQ(message(directory_.path()), "WAL_PATH cannot be a directory: " + directory_.path());
  EXPECT_EQ(message("/dev/null"), "WAL_PATH is not a regular file: /dev/null");
}

}  // namespace
}  // namespace barman::clients
