#include "barman/archiver/put_wal.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>

#include "archiver_fixture.h"
#include "barman/codec/codec.h"
#include "barman/core/digest.h"
#include "barman/core/error.h"
#include "unit/tar/samples.h"
#include "unit/wal/segment_page.h"

namespace barman::archiver {
namespace {

namespace samples = tar::samples;

using testing::ElementsAre;
using testing::IsEmpty;

std::string sha256(const std::string& bytes) { return digest_of(bytes); }
std::string md5(const std::string& bytes) { return digest_of(bytes, DigestKind::md5); }

// What a sender compresses may have any size.
const std::string packed_one = "\x1f\x8b\x08 one", packed_two = "\x1f\x8b\x08 two", packed_other = "\x1f\x8b\x08 other";
constexpr std::uint32_t mib = 1024 * 1024;

class PutWal : public ArchiverFixture {
 protected:
  // Empty when it went well, else the error's text.
  std::string receive(const std::string& stream, const std::string& sender = {}) {
    put("stream", stream);
    const UniqueFd input = fs::open_file(path("main/stream"), O_RDONLY);
    try {
      put_wal(wal_archive(), notifier, input.get(), sender);
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
                             samples::file("./" + w1, packed_one) + samples::file(w2, packed_two) +
                             sums(sha256(packed_one) + "  ./" + w1 + "\n" + line(w2, packed_two)) + samples::end;
  EXPECT_EQ(receive(stream), "");
  EXPECT_EQ(content("incoming/" + w1), packed_one);
  EXPECT_EQ(content("incoming/" + w2), packed_two);
  EXPECT_EQ(fs::stat_if_exists(path("main/incoming/" + w1))->st_mtim.tv_nsec, 500'000'000);
  EXPECT_THAT(notifier.lines, IsEmpty());
}

TEST_F(PutWal, AcceptsMd5) {
  EXPECT_EQ(receive(samples::file(w1, packed_one) + samples::file("MD5SUMS", md5(packed_one) + " *" + w1 + "\n") +
                    samples::end),
            "");
  EXPECT_EQ(content("incoming/" + w1), packed_one);
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
const std::string one = samples::file(w1, packed_one);
using Strings = std::vector<std::string>;
INSTANTIATE_TEST_SUITE_P(
    Table, Refused,
    testing::Values(
        Refusal{"directory",
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
            one + samples::file(w2, packed_two) + samples::file("SHA256SUMS", sha256(packed_one) + " *" + w1 + "\n"),
            "Missing checksum for file '" + w2 + "'" + where, Strings{w1}},
        Refusal{"sum_without_file",
                one + samples::file("SHA256SUMS", sha256(packed_one) + " *" + w1 + "\nff *x\n"),
                "Checksum without corresponding file 'x'" + where,
                {}},
        Refusal{"wrong_sum",
                one + samples::file("SHA256SUMS", "00 *" + w1 + "\n"),
                "Bad file checksum '" + sha256(packed_one) + "' (should be 00) for file '" + w1 + "'" + where,
                {}},
        Refusal{"no_wal_name", samples::file("notes.txt", "x"), "Unsupported filename 'notes.txt'" + where, {}},
        Refusal{"absolute", samples::file("/" + w1, "x"), "Unsupported filename '/" + w1 + "'" + where, {}},
        Refusal{"overlong",
                samples::file(w1 + std::string(70, '0'), "x"),
                "Unsupported filename '" + w1 + std::string(70, '0') + "'" + where,
                {}},
        Refusal{"link",
                samples::member({.name = w1, .size_field = {}, .type = '2'}, ""),
                "Unsupported file type 'b'2'' for file '" + w1 + "'" + where,
                {}},
        Refusal{"hard_link",
                samples::member({.name = w1, .size_field = {}, .type = '1'}, ""),
                "Unsupported file type 'b'1'' for file '" + w1 + "'" + where,
                {}},
        Refusal{"device",
                samples::member({.name = w1, .size_field = {}, .type = '3'}, ""),
                "Unsupported file type 'b'3'' for file '" + w1 + "'" + where,
                {}},
        Refusal{"pipe",
                samples::member({.name = w1, .size_field = {}, .type = '6'}, ""),
                "Unsupported file type 'b'6'' for file '" + w1 + "'" + where,
                {}},
        Refusal{"nothing_in_it", samples::file(w1, ""), "Unsupported size 0 of file '" + w1 + "'" + where, {}},
        Refusal{"huge",
                samples::member({.name = w1, .size_field = "20000000000", .type = '0'}, "x"),
                "Unsupported size 2147483648 of file '" + w1 + "'" + where,
                {}},
        Refusal{"huge_history",
                samples::member({.name = "00000002.history", .size_field = "00010000000", .type = '0'}, "x"),
                "Unsupported size 2097152 of file '00000002.history'" + where,
                {}},
        Refusal{"no_segment_size",
                samples::file(w1, std::string(1000, 'x')),
                "Unsupported content of file '" + w1 + "' (1000 bytes, which is no size of a WAL segment)" + where,
                {}},
        Refusal{"cut", one.substr(0, 513), "unexpected end of data", {}}, Refusal{"nothing", "", "empty file", {}}),
    [](const auto& row) { return std::string(row.param.label); });

TEST_F(PutWal, MegabytesOfBadChecksumLinesAreRefusedInFewWords) {
  std::string lines(100'000, '\x1b');
  for (int i = 0; i < 100'000; ++i) lines += "\nx";
  EXPECT_EQ(receive(one + sums(lines + "\n" + line(w1, packed_one)) + samples::end),
            "More than 10 bad lines in the list of checksums in put-wal for server 'main'");
  ASSERT_EQ(notifier.lines.size(), 10U);
  EXPECT_EQ(notifier.lines[0].substr(0, 44), "warning: Bad checksum line '\\x1b\\x1b\\x1b\\x1b");
  EXPECT_LT(notifier.lines[0].size(), 1000U);
  EXPECT_THAT(names("incoming"), IsEmpty());
}

TEST_F(PutWal, AWholeSegmentIsTakenWhereATornOneIsArchivedOrWaits) {
  const std::string whole = whole_segment(w1);
  const std::string stream = samples::file(w1, whole) + sums(line(w1, whole)) + samples::end;
  put(hash(w1), whole.substr(0, 300'000));
  EXPECT_EQ(receive(stream), "");
  EXPECT_EQ(content("incoming/" + w1), whole);
  EXPECT_EQ(archive(), 1U);
  EXPECT_EQ(content(hash(w1)), whole);

  const std::string second = whole_segment(w2);
  put("incoming/" + w2, second.substr(0, 300'000));
  EXPECT_EQ(receive(samples::file(w2, second) + sums(line(w2, second)) + samples::end), "");
  EXPECT_EQ(content("incoming/" + w2), second);
  ASSERT_EQ(names("errors").size(), 2U);
  EXPECT_EQ(content("errors/" + names("errors")[1]), second.substr(0, 300'000));
}

TEST_F(PutWal, WarnsOfLinesThatAreNoSums) {
  EXPECT_EQ(receive(one + sums("garbage\n\n" + line(w1, packed_one))), "");
  EXPECT_THAT(notifier.lines, ElementsAre("warning: Bad checksum line 'garbage' found in put-wal for server 'main'",
                                          "warning: Bad checksum line '' found in put-wal for server 'main'"));
}

TEST_F(PutWal, ReadsManySumsInNoTime) {
  std::string lines;
  for (int i = 0; i < 100'000; ++i) lines += fmt::format("0 *{}\n", i);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(receive(one + sums(lines)), testing::HasSubstr("Checksum without corresponding file '0'"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin,
            std::chrono::seconds(10));  // minutes when each looks at all others
}

TEST_F(PutWal, RefusesAnotherContentThanTheOneThatWaits) {
  put("incoming/" + w1, packed_one);
  EXPECT_EQ(receive(one + sums(line(w1, packed_one))), "");
  EXPECT_EQ(receive(samples::file(w1, packed_other) + samples::file(w2, packed_two) +
                    sums(line(w1, packed_other) + line(w2, packed_two))),
            "Unsupported content of file '" + w1 +
                "' (another of this name waits to be archived already) in put-wal for server 'main'");
  EXPECT_EQ(content("incoming/" + w1), packed_one);
  EXPECT_THAT(names("incoming"), ElementsAre(w1, w2));
  EXPECT_THAT(names("errors"), IsEmpty());
}

TEST_F(PutWal, RefusesAnotherContentThanTheArchivedOne) {
  const std::string first(mib, 'a'), other(mib, 'b');
  put(hash(w1), first);
  EXPECT_EQ(receive(samples::file(w1, other) + sums(line(w1, other))),
            "Unsupported content of file '" + w1 +
                "' (another of this name is archived already) in put-wal for server 'main'");
  EXPECT_THAT(names("incoming"), IsEmpty());
  EXPECT_THAT(names("errors"), IsEmpty());
  EXPECT_EQ(receive(samples::file(w1, first) + sums(line(w1, first))), "");
  EXPECT_THAT(names("incoming"), ElementsAre(w1));
  archive();
  EXPECT_THAT(names("incoming"), IsEmpty());
  EXPECT_EQ(content(hash(w1)), first);
  EXPECT_THAT(names("errors"), IsEmpty());
}

TEST_F(PutWal, TakesTheArchivedContentInAnyCompression) {
  put("plain", std::string(mib, 'a'));
  fs::make_directories(fs::parent_directory(path("main/" + hash(w1))));
  codec::encode_file(path("main/plain"), path("main/" + hash(w1)), {{.algorithm = codec::Algorithm::zstd}});
  EXPECT_EQ(receive(samples::file(w1, content("plain")) + sums(line(w1, content("plain")))), "");
  EXPECT_THAT(names("errors"), IsEmpty());
  EXPECT_THAT(names("incoming"), ElementsAre(w1));
}

TEST_F(PutWal, GivesItsFilesTheModeOfTheUmask) {
  const mode_t before = ::umask(027);
  EXPECT_EQ(receive(samples::file(w1, packed_one) + sums(line(w1, packed_one))), "");
  ::umask(before);
  EXPECT_EQ(fs::stat_if_exists(path("main/incoming/" + w1))->st_mode & 07777, 0640U);
}

TEST_F(PutWal, TheLastOfTwoEqualNamesCounts) {
  EXPECT_EQ(receive(one + samples::file(w1, packed_other) + sums(line(w1, packed_one) + line(w1, packed_other))), "");
  EXPECT_EQ(content("incoming/" + w1), packed_other);
}

TEST_F(PutWal, MakesTheDirectory) {
  fs::remove_tree(path("main/incoming"));
  EXPECT_EQ(receive(one + sums(line(w1, packed_one))), "");
  EXPECT_EQ(content("incoming/" + w1), packed_one);
}

}  // namespace
}  // namespace barman::archiver
