#include "barman/fs/host.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "barman/core/error.h"
#include "barman/exec/local_runner.h"
#include "barman/exec/ssh.h"
#include "barman/fs/file.h"
#include "fakes/runner.h"
#include "memory_directory.h"
#include "remote_host.h"
#include "unit/failure_of.h"

namespace barman::fs {
namespace {

constexpr std::chrono::seconds patience{60};

// What sshd does with a command line: gives it to a shell.
class ShellRunner : public exec::Runner {
 public:
  exec::Outcome run(const exec::Command& command) override {
    exec::Command through_shell = command;
    through_shell.argv = exec::ssh_argv({"sh", "-c"}, command.argv);
    return local_.run(through_shell);
  }
  bool is_remote() const override { return true; }

 private:
  exec::LocalRunner local_;
};

using Maker = std::unique_ptr<Host> (*)();
struct Kind {
  const char* label;
  Maker make;
};

// One contract, every kind of host.
class AnyHost : public testing::TestWithParam<Kind> {
 protected:
  std::string path(const std::string& name) const { return scratch_.path() + "/" + name; }
  TemporaryDirectory scratch_{"barman-fs-", memory_directory()};
  std::unique_ptr<Host> host_ = GetParam().make();
};

const std::vector<std::string>& nasty_names() {
  static const std::vector<std::string> names = {"plain", "a b",       "it's", "\"q\"", "$HOME",  "`id`", "*",
                                                 "-n",    "--",        "a\nb", " lead", "trail ", "\\",   "~",
                                                 "\xff",  "h\xc3\xa9", ".dot", "a;b",   "#c",     "%s",   "!x"};
  return names;
}

TEST_P(AnyHost, NamesOfAllKindsGoThroughUnharmed) {
  host_->make_directories(path("it's a *dir*\n"), 0755);
  for (const std::string& name : nasty_names()) {
    const std::string file = path("it's a *dir*\n/" + name);
    host_->write_file(file, "content of " + name, 0600);
    EXPECT_TRUE(host_->exists(file)) << name;
    EXPECT_EQ(host_->read_file(file), "content of " + name);
    EXPECT_EQ(host_->mode(file), 0600U);
  }
  std::vector<std::string> want = nasty_names();
  std::sort(want.begin(), want.end());
  EXPECT_EQ(host_->list(path("it's a *dir*\n")), want);
  EXPECT_EQ(list_directory(path("it's a *dir*\n")), want);
  for (const std::string& name : nasty_names()) {
    const std::string file = path("it's a *dir*\n/" + name);
    host_->rename(file, file + ".new");
    host_->symlink(name + ".new", file);
    EXPECT_EQ(host_->read_file(file), "content of " + name);
    host_->remove_file(file);
    EXPECT_TRUE(host_->exists(file + ".new"));
  }
  host_->remove_tree(path("it's a *dir*\n"));
  EXPECT_TRUE(list_directory(scratch_.path()).empty());
}

TEST_P(AnyHost, RelativeNamesWithALeadingDash) {
  const std::string before = real_path(".");
  ASSERT_EQ(::chdir(scratch_.path().c_str()), 0);
  host_->make_directories("-d", 0700);
  host_->write_file("-d/-f", "x", 0644);
  EXPECT_EQ(host_->list("-d"), std::vector<std::string>{"-f"});
  EXPECT_EQ(host_->read_file("-d/-f"), "x");
  EXPECT_TRUE(host_->is_directory("-d"));
  EXPECT_EQ(host_->mode("-d"), 0700U);
  host_->check_writable("-d");
  host_->rename("-d", "-e");
  host_->symlink("-e", "-l");
  host_->remove_file("-l");
  host_->remove_tree("-e");
  EXPECT_TRUE(list_directory(".").empty());
  ASSERT_EQ(::chdir(before.c_str()), 0);
}

TEST_P(AnyHost, MissingThings) {
  EXPECT_FALSE(host_->exists(path("x")));
  EXPECT_FALSE(host_->is_directory(path("x")));
  EXPECT_TRUE(host_->list(path("x")).empty());
  EXPECT_EQ(host_->read_file_if_exists(path("x")), std::nullopt);
  EXPECT_EQ(host_->mode(path("x")), std::nullopt);
  host_->remove_file(path("x"));
  host_->remove_tree(path("x"));
  const Error error = failure_of([&] { host_->read_file(path("x")); });
  EXPECT_NE(std::string(error.what()).find(path("x")), std::string::npos);
  EXPECT_NE(std::string(error.what()).find("No such file or directory"), std::string::npos);
}

TEST_P(AnyHost, DirectoriesAreNoFiles) {
  host_->make_directories(path("d"), 0755);
  EXPECT_TRUE(host_->is_directory(path("d")));
  failure_of([&] { host_->read_file(path("d")); });
  failure_of([&] { host_->read_file_if_exists(path("d")); });
  failure_of([&] { host_->remove_file(path("d")); });
  host_->write_file(path("d/f"), "x", 0644);
  failure_of([&] { host_->write_file(path("d"), "x", 0644); });
  failure_of([&] { host_->symlink("target", path("d")); });
  failure_of([&] { host_->rename(path("d/f"), path("d")); });
  failure_of([&] { host_->list(path("d/f")); });
  failure_of([&] { host_->make_directories(path("d/f"), 0700); });
  EXPECT_EQ(list_directory(path("d")), std::vector<std::string>{"f"});
}

TEST_P(AnyHost, ModesAndUmask) {
  const mode_t before = ::umask(022);
  host_->make_directories(path("a/b"), 0700);
  host_->make_directories(path("a/b"), 0755);
  EXPECT_EQ(host_->mode(path("a/b")), 0700U) << "an existing directory keeps its mode";
  for (const mode_t mode : {0600U, 0644U, 0666U, 0400U}) {
    host_->write_file(path("f"), "x", mode);
    EXPECT_EQ(host_->mode(path("f")), mode);
  }
  ::chmod(path("a").c_str(), 07751);
  EXPECT_EQ(host_->mode(path("a")), 07751U);
  ::chmod(path("a").c_str(), 07000 | 0700);
  EXPECT_EQ(host_->mode(path("a")), 07700U);
  ::umask(before);
}

TEST_P(AnyHost, BinaryContentOfAnySize) {
  std::string bytes(1'000'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  host_->write_file(path("f"), bytes, 0600);
  EXPECT_EQ(host_->read_file(path("f")), bytes);
  host_->write_file(path("f"), "", 0600);
  EXPECT_EQ(host_->read_file_if_exists(path("f")), "");
  EXPECT_EQ(list_directory(scratch_.path()), std::vector<std::string>{"f"});
}

TEST_P(AnyHost, LinksAreReplaced) {
  host_->make_directories(path("one"), 0755);
  host_->make_directories(path("two"), 0755);
  host_->symlink(path("one"), path("link"));
  host_->symlink(path("two"), path("link"));
  EXPECT_EQ(real_path(path("link")), real_path(path("two")));
  EXPECT_TRUE(list_directory(path("one")).empty());
  EXPECT_EQ(list_directory(scratch_.path()), (std::vector<std::string>{"link", "one", "two"}));
}

TEST_P(AnyHost, TenThousandEntries) {
  for (int i = 0; i < 10'000; ++i) open_file(path("f" + std::to_string(i)), O_WRONLY | O_CREAT);
  EXPECT_EQ(host_->list(scratch_.path()), list_directory(scratch_.path()));
}

TEST_P(AnyHost, EmptyFilesAreCreatedAndNothingIsEmptied) {
  host_->make_directories(path("it's a *dir*"), 0755);
  host_->write_file(path("it's a *dir*/plain"), "content", 0600);
  host_->create_empty_files(path("it's a *dir*"), {});
  host_->create_empty_files(path("it's a *dir*"), nasty_names());
  std::vector<std::string> want = nasty_names();
  std::sort(want.begin(), want.end());
  EXPECT_EQ(host_->list(path("it's a *dir*")), want);
  EXPECT_EQ(host_->read_file(path("it's a *dir*/plain")), "content");
  EXPECT_EQ(host_->read_file(path("it's a *dir*/a b")), "");
  const Error error = failure_of([&] { host_->create_empty_files(path("missing"), {"x"}); });
  EXPECT_NE(std::string(error.what()).find(path("missing")), std::string::npos);
}

TEST_P(AnyHost, TenThousandEmptyFiles) {
  std::vector<std::string> names;
  for (int i = 10'000; i < 20'000; ++i) names.push_back(std::to_string(i));
  host_->create_empty_files(scratch_.path(), names);
  EXPECT_EQ(list_directory(scratch_.path()), names);
}

TEST_P(AnyHost, WritabilityIsTriedOut) {
  host_->check_writable(scratch_.path());
  EXPECT_TRUE(list_directory(scratch_.path()).empty());
  const Error error = failure_of([&] { host_->check_writable(path("missing")); });
  EXPECT_NE(std::string(error.what()).find(path("missing")), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, AnyHost,
    testing::Values(Kind{"local", [] { return make_local_host(patience); }},
                    Kind{"remote",
                         []() -> std::unique_ptr<Host> {
                           return make_runner_host(std::make_unique<ShellRunner>(), {"ssh", "pg"}, patience);
                         }}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(RemoteHost, HalfAFileDoesNotReplaceTheOldOne) {
  const TemporaryDirectory scratch("barman-fs-");
  const std::string file = scratch.path() + "/f";
  replace_file(file, "old");
  // Loses the second half of what is sent, as a connection that breaks does.
  const auto breaking = [](const exec::Command& command) {
    exec::Command half = command;
    if (half.input) half.input->resize(half.input->size() / 2);
    return ShellRunner().run(half);
  };
  const auto host = make_runner_host(std::make_unique<fakes::FakeRunner>(breaking), {"ssh", "pg"}, patience);
  EXPECT_THROW(host->write_file(file, "the new content", 0600), Error);
  EXPECT_EQ(read_file(file), "old");
  EXPECT_EQ(list_directory(scratch.path()), std::vector<std::string>{"f"});
}

TEST(RemoteHost, AFailedConnectionIsNotAMissingFile) {
  exec::Outcome outcome;
  outcome.status = 255;
  outcome.err = "ssh: connect to host pg port 22: Connection refused\n";
  const auto host = make_runner_host(std::make_unique<fakes::FakeRunner>(outcome), {"ssh", "postgres@pg"}, patience);
  for (const auto& call :
       std::vector<std::function<void()>>{[&] { host->exists("/x"); }, [&] { host->list("/x"); },
                                          [&] { host->read_file_if_exists("/x"); }, [&] { host->mode("/x"); }}) {
    const Error error = failure_of(call);
    EXPECT_EQ(error.code(), Errc::remote);
    EXPECT_NE(std::string(error.what()).find("Connection refused"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("ssh postgres@pg"), std::string::npos);
    EXPECT_NE(error.hint(), "");
  }
}

TEST(RemoteHost, ErrorsCarryPathAndRemoteText) {
  exec::Outcome outcome;
  outcome.status = 2;
  outcome.err = "test: strange failure\n";
  const auto host = make_runner_host(std::make_unique<fakes::FakeRunner>(outcome), {"ssh", "pg"}, patience);
  const Error error = failure_of([&] { host->exists("/some/path"); });
  EXPECT_STREQ(error.what(), "cannot examine '/some/path' through 'ssh pg': test: strange failure");
}

TEST(MakeHost, ChoosesByTheSshCommand) {
  EXPECT_FALSE(make_host(std::nullopt, {}, patience)->is_remote());
  EXPECT_FALSE(make_host("", {}, patience)->is_remote());
  const auto remote = make_host("/opt/bin/ssh postgres@pg", batch_ssh_options(), patience);
  EXPECT_TRUE(remote->is_remote());
  EXPECT_EQ(remote->rsync_way().options,
            (std::vector<std::string>{
                "-e", "/opt/bin/ssh 'postgres@pg' '-o' 'BatchMode=yes' '-o' 'StrictHostKeyChecking=no'"}));
  EXPECT_EQ(make_host("ssh pg", {}, patience)->patience(), patience);
  EXPECT_EQ(remote->rsync_path("/a b"), " :/a b");
  EXPECT_EQ(make_local_host(patience)->rsync_path("/a b"), "/a b");
  EXPECT_TRUE(make_local_host(patience)->rsync_way().options.empty());
  EXPECT_THROW(make_host("ssh 'pg", {}, patience), Error);
  EXPECT_THROW(make_host("  ", {}, patience), Error);
}

}  // namespace
}  // namespace barman::fs
