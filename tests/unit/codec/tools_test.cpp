#include <gtest/gtest.h>

#include "barman/exec/local_runner.h"
#include "barman/exec/programs.h"
#include "samples.h"

// The command-line tools read what we write and the other way round.
namespace barman::codec {
namespace {

struct ToolCase {
  const char* label;
  Algorithm algorithm;
  std::vector<std::string> pack;
  std::vector<std::string> unpack;
};

class Tool : public testing::TestWithParam<ToolCase> {
 protected:
  void SetUp() override {
    if (!exec::find_program(GetParam().pack[0])) GTEST_SKIP() << GetParam().pack[0] << " is not installed";
  }
  std::string run(const std::vector<std::string>& argv, std::string_view input) {
    const UniqueFd in = fs::open_file(work.put("tool.in", input), O_RDONLY);
    exec::Command command(argv, exec::Limits::within(std::chrono::minutes(1)));
    command.input_fd = in.get();
    command.log_output = false;
    const exec::Outcome outcome = exec::LocalRunner().run(command);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return outcome.out;
  }
  samples::Workspace work;
};

TEST_P(Tool, ReadsWhatWeWrite) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, std::size_t{600'000}}) {
    const std::string bytes = samples::wal_like(size);
    EXPECT_EQ(run(GetParam().unpack, work.compressed(bytes, {.algorithm = GetParam().algorithm, .level = "low"})),
              bytes);
  }
}

TEST_P(Tool, WritesWhatWeRead) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, std::size_t{600'000}}) {
    const std::string bytes = samples::wal_like(size);
    EXPECT_EQ(work.decompressed(run(GetParam().pack, bytes), GetParam().algorithm), bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Tools, Tool,
    testing::Values(ToolCase{"gzip", Algorithm::gzip, {"gzip", "-1c"}, {"gzip", "-dc"}},
                    ToolCase{"pigz", Algorithm::pigz, {"pigz", "-1c"}, {"pigz", "-dc"}},
                    ToolCase{"bzip2", Algorithm::bzip2, {"bzip2", "-1c"}, {"bzip2", "-dc"}},
                    ToolCase{"xz", Algorithm::xz, {"xz", "-0c"}, {"xz", "-dc"}},
                    ToolCase{"xz_threads", Algorithm::xz, {"xz", "-0c", "-T2", "--block-size=65536"}, {"xz", "-dc"}},
                    ToolCase{"zstd", Algorithm::zstd, {"zstd", "-1c"}, {"zstd", "-dc"}},
                    ToolCase{"lz4", Algorithm::lz4, {"lz4", "-1c"}, {"lz4", "-dc"}},
                    ToolCase{"lz4_linked", Algorithm::lz4, {"lz4", "-1c", "-BD", "-B4"}, {"lz4", "-dc"}}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::codec
