#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <regex>

#include "barman/core/signals.h"
#include "command.h"
#include "program_fixture.h"

namespace barman::cloud::cli {
namespace {

constexpr const char* url = "s3://lab/pg";

class Programs : public ProgramTest {
 protected:
  int check(std::vector<std::string> words) {
    words.insert(words.end(), {url, "main"});
    return run("check-wal-archive", words);
  }
};

// As Barman prints it for 80 columns.
std::string recorded_usage(const std::string& program) {
  const std::string all = fs::read_file(BARMAN_TEST_DATA "/cloud_usage.txt");
  const std::size_t start = all.find("usage: " + program + " ");
  if (start == std::string::npos) return {};
  return all.substr(start, all.find("\nusage: ", start) + 1 - start);
}

TEST(UsageBlock, IsThatOfBarmanForEveryProgram) {
  ASSERT_FALSE(programs().empty());
  for (const auto& [name, specs] : options_of_programs())
    EXPECT_EQ(usage::usage_text(name, specs, 78), recorded_usage(name)) << name;
}

TEST_F(Programs, AnswerHelpAndVersion) {
  EXPECT_EQ(run("check-wal-archive", {"-V"}), 0);
  EXPECT_EQ(out, std::string("barman-cloud-check-wal-archive ") + BARMAN_COMPATIBLE_VERSION + "\n");
  EXPECT_EQ(run("check-wal-archive", {"--help"}), 0);
  EXPECT_TRUE(out.starts_with("usage: barman-cloud-check-wal-archive [-V] [--help] [-v | -q] [-t]\n")) << out;
  EXPECT_NE(out.find("\nOptions for azure-blob-storage:\n"), std::string::npos) << out;
  EXPECT_EQ(opened, 0);
}

struct SlipCase {
  const char* label;
  std::vector<std::string> words;
  const char* error;
};
class Slips : public Programs, public testing::WithParamInterface<SlipCase> {};

TEST_P(Slips, PrintTheUsageBlockAndEndWith3) {
  EXPECT_EQ(run("check-wal-archive", GetParam().words), 3);
  EXPECT_TRUE(err.starts_with("usage: barman-cloud-check-wal-archive ")) << err;
  EXPECT_TRUE(err.ends_with(std::string("barman-cloud-check-wal-archive: error: ") + GetParam().error + "\n")) << err;
  EXPECT_EQ(out, "");
  EXPECT_EQ(opened, 0);
}

INSTANTIATE_TEST_SUITE_P(
    CommandLines, Slips,
    testing::Values(
        SlipCase{"nothing", {}, "the following arguments are required: destination_url, server_name"},
        SlipCase{"too_much", {url, "main", "more"}, "unrecognized arguments: more"},
        SlipCase{"h_is_no_help", {"-h"}, "the following arguments are required: destination_url, server_name"},
        SlipCase{"provider",
                 {"--cloud-provider", "x", url, "main"},
                 "argument --cloud-provider: invalid choice: 'x' (choose from 'aws-s3', 'azure-blob-storage', "
                 "'google-cloud-storage')"},
        SlipCase{
            "loud_and_quiet", {"-v", "-q", url, "main"}, "argument -q/--quiet: not allowed with argument -v/--verbose"},
        SlipCase{"time_out", {"--read-timeout", "x", url, "main"}, "argument --read-timeout: invalid int value: 'x'"},
        SlipCase{
            "timeline", {"--timeline", "0", url, "main"}, "argument --timeline: '0' is not a valid positive integer"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST_F(Programs, HandTheOptionsToTheStore) {
  EXPECT_EQ(check({"--endpoint", "http://127.0.0.1:1", "-P", "lab", "--read-timeout=7", "--addressing-style", "path",
                   "--credential", "default"}),
            0);
  EXPECT_EQ(opened_with.endpoint_url, "http://127.0.0.1:1");
  EXPECT_EQ(opened_with.profile, "lab");
  EXPECT_EQ(opened_with.read_timeout, std::chrono::seconds(7));
  EXPECT_EQ(opened_with.addressing_style, "path");
  EXPECT_EQ(opened_with.azure_credential, "default");
}

TEST_F(Programs, RefuseATimeOutThatEndsEveryRequest) {
  EXPECT_EQ(check({"--read-timeout", "0"}), 3);
  EXPECT_EQ(opened, 0);
}

TEST_F(Programs, WriteLogLinesLikeBarman) {
  put("pg/main/wals/00000002.history", "x");
  EXPECT_EQ(check({}), 1);
  EXPECT_TRUE(std::regex_match(
      err,
      std::regex(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \[\d+\] ERROR: WAL archive check failed for server main: )"
                 "Expected empty archive\n")))
      << err;
  EXPECT_EQ(out, "");
  EXPECT_EQ(check({"-q"}), 1);
  EXPECT_NE(err, "");
  EXPECT_EQ(check({"-qqq"}), 1);
  EXPECT_EQ(err, "");
}

TEST_F(Programs, TestTheConnection) {
  EXPECT_EQ(check({"-t"}), 0);
  fs::remove_tree(bucket);
  EXPECT_EQ(check({"-t"}), 0);
  EXPECT_FALSE(store->bucket_exists());
}

struct OpenFailureCase {
  const char* label;
  store::Refusal refusal;
  int http, status;
  const char* log;
};
class OpenFailures : public Programs, public testing::WithParamInterface<OpenFailureCase> {};

// A store whose bucket cannot be asked for.
class Closed : public store::ObjectStore {
 public:
  explicit Closed(const OpenFailureCase& how) : how_(how) {}
  const store::Abilities& abilities() const override { return abilities_; }
  std::string name() const override { return "s3://lab"; }
  std::string bucket() const override { return "lab"; }
  bool bucket_exists() override { fail(); }
  void create_bucket() override { fail(); }
  void put(const std::string&, const store::Body&, const store::PutOptions&) override { fail(); }
  std::unique_ptr<store::Upload> begin_upload(const std::string&, const store::PutOptions&) override { fail(); }
  std::optional<store::Object> head(const std::string&) override { fail(); }
  store::Object get(const std::string&, const std::function<void(std::string_view)>&, const store::Range&) override {
    fail();
  }
  store::Page list(const store::Listing&, const std::string&) override { fail(); }
  std::vector<store::RemoveFailure> remove(const std::vector<std::string>&) override { fail(); }
  std::vector<store::OpenUpload> open_uploads(const std::string&) override { fail(); }
  void abort_upload(const store::OpenUpload&) override { fail(); }
  store::Lock lock(const std::string&) override { fail(); }

 private:
  [[noreturn]] void fail() const { throw store::StoreError(how_.refusal, how_.http, "Code", "the reason", "the hint"); }
  const OpenFailureCase& how_;
  store::Abilities abilities_;
};

TEST_P(OpenFailures, EndWithTheStatusOfTheirKind) {
  open = [&](const std::string&, store::Provider, const store::Settings&) {
    return OpenedStore{std::make_unique<Closed>(GetParam()), ""};
  };
  for (const char* option : {"-t", "-v"}) {
    EXPECT_EQ(check({option}), GetParam().status);
    EXPECT_EQ(log(), std::string("ERROR: ") + GetParam().log + "the reason\nHINT: the hint\n") << option;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Stores, OpenFailures,
    testing::Values(
        OpenFailureCase{"no_answer", store::Refusal::unreachable, 0, 2, "Can't connect to cloud provider: "},
        OpenFailureCase{"denied", store::Refusal::denied, 403, 4,
                        "Barman cloud WAL archive check exception: Permission denied when accessing bucket "
                        "'lab'. Verify that the configured credentials have sufficient permissions: "},
        OpenFailureCase{"bad_request", store::Refusal::invalid, 400, 4,
                        "Barman cloud WAL archive check exception: Bad request when accessing bucket 'lab'. "
                        "This may indicate invalid or misconfigured credentials: "},
        OpenFailureCase{"busy", store::Refusal::busy, 503, 4, "Barman cloud WAL archive check exception: "}),
    [](const auto& row) { return std::string(row.param.label); });

TEST_F(Programs, EndWith4WhereTheUrlIsWrong) {
  open = [](const std::string&, store::Provider, const store::Settings&) -> OpenedStore {
    throw Error(Errc::usage, "Invalid s3 URL address: x://lab/w");
  };
  EXPECT_EQ(check({}), 4);
  EXPECT_EQ(log(), "ERROR: Barman cloud WAL archive check exception: Invalid s3 URL address: x://lab/w\n");
}

TEST_F(Programs, AreFoundByTheirNamesAlone) {
  EXPECT_EQ(run("nosuch", {}), 3);
  EXPECT_NE(err.find("    barman-cloud-check-wal-archive\n"), std::string::npos) << err;
}

TEST_F(Programs, HaveAManualPageEach) {
  const auto pages = manual_pages();
  EXPECT_EQ(pages.size(), programs().size());
  for (const auto& page : pages)
    for (const char* section : {".SH STORES\n", ".SH EXIT STATUS\n"})
      EXPECT_NE(page.text.find(section), std::string::npos) << page.file << section;
}

TEST_F(Programs, AreInterruptedByASignal) {
  open = [](const std::string&, store::Provider, const store::Settings&) -> OpenedStore { throw Interrupted("stop"); };
  EXPECT_EQ(check({}), 128);  // no signal is pending here
  EXPECT_EQ(log(), "ERROR: Barman cloud WAL archive check was interrupted\n");
}

}  // namespace
}  // namespace barman::cloud::cli
