#include "barman/core/log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "barman/core/text.h"
#include "barman/core/time.h"
#include "log_format.h"

namespace barman::log {
namespace {

TEST(ParseLevel, TakesNamesAndNumbers) {
  EXPECT_EQ(parse_level("INFO"), Level::info);
  EXPECT_EQ(parse_level("critical"), Level::critical);
  EXPECT_EQ(parse_level("NOTSET"), Level::debug);
  EXPECT_EQ(parse_level("20"), Level::info);
  EXPECT_EQ(parse_level("25"), Level::warning);
  EXPECT_EQ(parse_level("0"), Level::debug);
  EXPECT_EQ(parse_level("60"), Level::critical);
  EXPECT_EQ(parse_level("LOUD"), std::nullopt);
  EXPECT_EQ(parse_level(""), std::nullopt);
}

struct FormatCase {
  const char* label;
  std::string_view format, want;
};
class Formats : public testing::TestWithParam<FormatCase> {};
TEST_P(Formats, AreReadAsPythonReadsThem) {
  const Record record = {1795245995300119, 7, Level::warning, "barman.server", "a\nb %s"};
  EXPECT_EQ(Format(GetParam().format).apply(record), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Texts, Formats,
    testing::Values(FormatCase{"message", "%(message)s", "a\nb %s"},
                    FormatCase{"name", "%(name)s|%(module)s", "barman.server|server"},
                    FormatCase{"level", "[%(levelname)s]", "[WARNING]"},
                    FormatCase{"number", "%(levelno)s %(levelno)05d", "30 00030"},
                    FormatCase{"left", "%(levelname)-9s|", "WARNING  |"},
                    FormatCase{"right", "%(levelname)9s|", "  WARNING|"}, FormatCase{"cut", "%(levelname).4s", "WARN"},
                    FormatCase{"millis", "%(msecs)03d", "300"},
                    FormatCase{"created", "%(created).3f", "1795245995.300"}, FormatCase{"thread", "%(thread)d", "7"},
                    FormatCase{"names", "%(processName)s %(threadName)s", "MainProcess MainThread"},
                    FormatCase{"percent", "100%% %(name)s", "100% barman.server"},
                    FormatCase{"source", "%(filename)s:%(lineno)d", ":0"},
                    FormatCase{"unknown_key", "%(nope)s", "%(nope)s"},
                    FormatCase{"no_conversion", "%(name) 5 %", "%(name) 5 %"}, FormatCase{"empty", "", ""}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(Format, StampsEachRecordWithItsOwnTime) {
  const Format format("%(asctime)s");
  for (const std::int64_t micros : {1795245995300119, 1795245995999999, 1795245996000000, 1795245995001000}) {
    const Record record = {micros, 7, Level::info, "barman", ""};
    EXPECT_EQ(format.apply(record), to_log_stamp(local_timestamp(micros)));
  }
}

class LogFile : public testing::Test {
 protected:
  LogFile() {
    std::string name = testing::TempDir() + "log-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    path_ = directory_ + "/sub/barman.log";
  }
  ~LogFile() override {
    open({"/dev/null", "", Level::critical});
    for (const std::string& file : {path_, path_ + ".1"}) ::unlink(file.c_str());
    ::rmdir((directory_ + "/sub").c_str());
    ::rmdir(directory_.c_str());
  }

  static std::string content(const std::string& path) {
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  void open_with(std::string format, Level level = Level::info) { open({path_, std::move(format), level}); }

  std::string directory_, path_;
};

TEST_F(LogFile, IsCreatedWithItsDirectoryAndAppendedTo) {
  open_with("%(levelname)s %(name)s: %(message)s");
  info("barman.cli", "{} files", 3);
  open_with("%(message)s");
  error("barman.cli", "more");
  EXPECT_EQ(content(path_), "INFO barman.cli: 3 files\nmore\n");
}

TEST_F(LogFile, DefaultFormatIsTheReferences) {
  open_with("");
  info("barman.cli", "text");
  const std::string line = content(path_);
  ASSERT_GE(line.size(), 24U);
  EXPECT_EQ(line.substr(23), fmt::format(" [{}] barman.cli INFO: text\n", ::getpid()));
  EXPECT_EQ(line[19], ',');
}

TEST_F(LogFile, RespectsTheLevel) {
  open_with("%(message)s", Level::warning);
  EXPECT_FALSE(enabled(Level::info));
  EXPECT_TRUE(enabled(Level::warning));
  info("x", "no");
  warning("x", "yes");
  set_level(Level::debug);
  debug("x", "now");
  EXPECT_EQ(content(path_), "yes\nnow\n");
}

TEST_F(LogFile, HidesPasswords) {
  open_with("%(message)s");
  info("x", "conninfo: host=h password=secret");
  EXPECT_EQ(content(path_), "conninfo: host=h password=*REDACTED*\n");
}

TEST_F(LogFile, IsWrittenAtTheEndOfABurst) {
  open_with("%(message)s");
  {
    const Burst outer;
    info("x", "one");
    {
      const Burst inner;
      info("x", "two");
    }
    EXPECT_EQ(content(path_), "");
    info("x", "{}", std::string(100'000, '3'));  // more than is kept back
    EXPECT_EQ(content(path_).size(), 8 + 100'001U);
    info("x", "four");
  }
  EXPECT_TRUE(content(path_).ends_with("3\nfour\n"));
  info("x", "five");
  EXPECT_TRUE(content(path_).ends_with("four\nfive\n"));
}

TEST_F(LogFile, FollowsARename) {
  open_with("%(message)s");
  info("x", "one");
  ASSERT_EQ(std::rename(path_.c_str(), (path_ + ".1").c_str()), 0);
  info("x", "two");
  EXPECT_EQ(content(path_ + ".1"), "one\n");
  EXPECT_EQ(content(path_), "two\n");
}

TEST_F(LogFile, ThreadsDoNotMixTheirLines) {
  open_with("%(message)s");
  std::vector<std::thread> threads;
  for (const char letter : {'a', 'b', 'c', 'd'})
    threads.emplace_back([letter] {
      for (int i = 0; i < 50; ++i) info("x", "{}", std::string(200, letter));
    });
  for (std::thread& thread : threads) thread.join();
  const auto lines = split_lines(content(path_));
  EXPECT_EQ(lines.size(), 200U);
  for (const std::string& line : lines) EXPECT_EQ(line, std::string(200, line[0]));
}

TEST_F(LogFile, GoesToStandardErrorWhenItCannotBeOpened) {
  testing::internal::CaptureStderr();
  open({"/dev/null/barman.log", "%(name)s %(levelname)s: %(message)s", Level::info});
  info("barman.cli", "next");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "barman.utils WARNING: Failed opening the requested log file. Using standard error instead.\n"
            "barman.cli INFO: next\n");
}

}  // namespace
}  // namespace barman::log
