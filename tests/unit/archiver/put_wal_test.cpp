#include "barman/archiver/put_wal.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "archive_fixture.h"
#include "barman/core/error.h"
#include "digest.h"
#include "unit/tar/samples.h"

namespace barman::archiver {
namespace {

namespace samples = tar::samples;

using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;

std::string sha256(const std::string& bytes) {
  Digest digest(DigestKind::sha256);
  digest.update(bytes);
  return digest.hex();
}
std::string md5(const std::string& bytes) {
  Digest digest(DigestKind::md5);
  digest.update(bytes);
  return digest.hex();
}

TEST(Digests, HaveTheKnownValues) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2
  EXPECT_EQ(md5("abc"), "900150983cd24fb0d6963f7d28e17f72");                                     // RFC 1321
}

class PutWal : public ArchiveFixture {
 protected:
  // Empty when it went well, else the error's text.
  std::string receive(const std::string& stream, const std::string& sender = {}) {
    put("stream", stream);
    const fs::UniqueFd input = fs::open_file(path("main/stream"), O_RDONLY);
    try {
      put_wal(config, notifier, input.get(), sender);
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }
  static std::string sums(const std::string& lines) { return samples::file("SHA256SUMS", lines); }
  static std::string line(const std::string& name, const std::string& content) {
    return sha256(content) + " *" + name + "\n";
  }
};

TEST_F(PutWal, AcceptsWhatItsSumConfirms) {
  const std::string stream = samples::pax(samples::pax_record("mtime", "1600000000.5")) +
                             samples::file("./" + w1, "one") + samples::file(w2, "two") +
                             sums(sha256("one") + "  ./" + w1 + "\n" + line(w2, "two")) + samples::end;
  EXPECT_EQ(receive(stream), "");
  EXPECT_EQ(content("incoming/" + w1), "one");
  EXPECT_EQ(content("incoming/" + w2), "two");
  EXPECT_EQ(fs::stat_if_exists(path("main/incoming/" + w1))->st_mtim.tv_nsec, 500'000'000);
  EXPECT_THAT(notifier.lines, IsEmpty());
}

TEST_F(PutWal, AcceptsMd5) {
  EXPECT_EQ(receive(samples::file(w1, "one") + samples::file("MD5SUMS", md5("one") + " *" + w1 + "\n") + samples::end),
            "");
  EXPECT_EQ(content("incoming/" + w1), "one");
}

struct Refusal {
  const char* label;
  std::string stream;
  std::string want;
  std::vector<std::string> incoming;
};
class Refused : public PutWal, public testing::WithParamInterface<Refusal> {};
TEST_P(Refused, WithTheReasonAndWithoutLeftovers) {
  EXPECT_EQ(receive(GetParam().stream, " (SSH host: 192.0.2.1)"), GetParam().want);
  EXPECT_EQ(names("incoming"), GetParam().incoming);
}
const std::string where = " in put-wal for server 'main' (SSH host: 192.0.2.1)";
const std::string one = samples::file(w1, "one");
using Strings = std::vector<std::string>;
INSTANTIATE_TEST_SUITE_P(
    Table, Refused,
    testing::Values(Refusal{"directory",
                            one + samples::member({.name = "d/", .size_field = {}, .type = '5'}, ""),
                            "Unsupported file type 'b'5'' for file 'd'" + where,
                            {}},
                    Refusal{"odd_type",
                            samples::member({.name = "d", .size_field = {}, .type = '\x07'}, ""),
                            "Unsupported file type 'b'\\x07'' for file 'd'" + where,
                            {}},
                    Refusal{"path", samples::file("a/b", "x"), "Unsupported filename 'a/b'" + where, {}},
                    Refusal{"parent", samples::file("..", "x"), "Unsupported filename '..'" + where, {}},
                    Refusal{"hidden", samples::file(".1-x", "x"), "Unsupported filename '.1-x'" + where, {}},
                    Refusal{"nameless", samples::file("./", "x"), "Unsupported filename ''" + where, {}},
                    Refusal{"no_sums", one + samples::end, "Missing checksum for file '" + w1 + "'" + where, {}},
                    Refusal{
                        "second_without_sum",
                        one + samples::file(w2, "two") + samples::file("SHA256SUMS", sha256("one") + " *" + w1 + "\n"),
                        "Missing checksum for file '" + w2 + "'" + where, Strings{w1}},
                    Refusal{"sum_without_file",
                            one + samples::file("SHA256SUMS", sha256("one") + " *" + w1 + "\nff *x\n"),
                            "Checksum without corresponding file 'x'" + where,
                            {}},
                    Refusal{"wrong_sum",
                            one + samples::file("SHA256SUMS", "00 *" + w1 + "\n"),
                            "Bad file checksum '" + sha256("one") + "' (should be 00) for file '" + w1 + "'" + where,
                            {}},
                    Refusal{"cut", one.substr(0, 513), "unexpected end of data", {}},
                    Refusal{"nothing", "", "empty file", {}}),
    [](const auto& row) { return std::string(row.param.label); });

TEST_F(PutWal, WarnsOfLinesThatAreNoSums) {
  EXPECT_EQ(receive(one + sums("garbage\n\n" + line(w1, "one"))), "");
  EXPECT_THAT(notifier.lines, ElementsAre("warning: Bad checksum line 'garbage' found in put-wal for server 'main'",
                                          "warning: Bad checksum line '' found in put-wal for server 'main'"));
}

TEST_F(PutWal, NeverReplacesWhatWaits) {
  put("incoming/" + w1, "one");
  EXPECT_EQ(receive(one + sums(line(w1, "one"))), "");
  EXPECT_THAT(notifier.lines, IsEmpty());
  EXPECT_THAT(names("errors"), IsEmpty());
  EXPECT_EQ(receive(samples::file(w1, "other") + sums(line(w1, "other"))), "");
  EXPECT_EQ(content("incoming/" + w1), "one");
  EXPECT_THAT(names("incoming"), ElementsAre(w1));
  EXPECT_THAT(names("errors"), ElementsAre(MatchesRegex(w1 + "\\..*Z\\.duplicate")));
  EXPECT_THAT(notifier.lines, ElementsAre("info: \tError: Duplicate Files Detected with Mismatched Checksums. File " +
                                          w1 + " already exists on server main with checksum " + sha256("one") +
                                          ", but the checksum of the incoming file is" + sha256("other") +
                                          ". The file has been moved to the errors directory."));
}

TEST_F(PutWal, TheLastOfTwoEqualNamesCounts) {
  EXPECT_EQ(receive(one + samples::file(w1, "other") + sums(line(w1, "one") + line(w1, "other"))), "");
  EXPECT_EQ(content("incoming/" + w1), "other");
}

TEST_F(PutWal, MakesTheDirectory) {
  fs::remove_tree(path("main/incoming"));
  EXPECT_EQ(receive(one + sums(line(w1, "one"))), "");
  EXPECT_EQ(content("incoming/" + w1), "one");
}

}  // namespace
}  // namespace barman::archiver
