#include "barman/tar/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "barman/core/error.h"
#include "unit/tar/samples.h"

namespace barman::tar {
namespace {

using testing::ElementsAre;

// Hands out a text in pieces of `piece` bytes.
Reader reader_of(const std::string& bytes, std::size_t piece) {
  return Reader([&bytes, piece, at = std::size_t{0}](std::span<char> buffer) mutable {
    const std::size_t now = std::min({buffer.size(), piece, bytes.size() - at});
    bytes.copy(buffer.data(), now, at);
    at += now;
    return now;
  });
}

// "name:type:content" of every member, or the error.
std::vector<std::string> listing(const std::string& bytes, std::size_t piece = 100) {
  std::vector<std::string> members;
  try {
    Reader reader = reader_of(bytes, piece);
    while (const auto member = reader.next()) {
      std::string content;
      char buffer[77];
      while (const std::size_t got = reader.read(buffer)) content.append(buffer, got);
      members.push_back(member->name + ":" + member->type + ":" + content);
    }
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::corrupt);
    members.push_back("! " + std::string(error.what()));
  }
  return members;
}

const std::string big(1500, 'b');

TEST(TarReader, ReadsMembersWhateverThePieces) {
  const std::string bytes = samples::file("a", "content") + samples::file("b", "") + samples::file("c", big) +
                            samples::file("d", std::string(512, 'd')) + samples::end;
  for (const std::size_t piece : {std::size_t{1}, std::size_t{511}, std::size_t{512}, std::size_t{10240}})
    EXPECT_THAT(listing(bytes, piece), ElementsAre("a:0:content", "b:0:", "c:0:" + big, "d:0:" + std::string(512, 'd')))
        << piece;
}

TEST(TarReader, ReadsOnBehindContentThatIsNotInTheStream) {
  const std::string whole = samples::file("a", big) + samples::file("b", "x") + samples::end;
  for (const std::size_t left_out : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, big.size()}) {
    std::string bytes = whole;
    bytes.erase(512 + big.size() - left_out, left_out);
    Reader reader = reader_of(bytes, 10);
    EXPECT_EQ(reader.next()->name, "a");
    reader.leave_out(left_out);
    std::string content;
    char buffer[77];
    while (const std::size_t got = reader.read(buffer)) content.append(buffer, got);
    EXPECT_EQ(content.size(), big.size() - left_out);
    EXPECT_EQ(reader.next()->name, "b") << left_out;
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.saw_end());
  }
}

TEST(TarReader, SkipsContentNobodyRead) {
  const std::string bytes = samples::file("a", big) + samples::file("b", "x") + samples::end;
  Reader reader = reader_of(bytes, 10);
  EXPECT_EQ(reader.next()->name, "a");
  EXPECT_EQ(reader.next()->name, "b");
  EXPECT_FALSE(reader.next());
}

TEST(TarReader, EndsAtZerosOrAtTheEndOfTheStream) {
  EXPECT_THAT(listing(samples::file("a", "x") + samples::end + "anything"), ElementsAre("a:0:x"));
  EXPECT_THAT(listing(samples::file("a", "x")), ElementsAre("a:0:x"));
  EXPECT_THAT(listing(samples::end), ElementsAre());
}

TEST(TarReader, ReadsToTheEndSoThatTheSenderIsNotCutOff) {
  const std::string bytes = samples::file("a", "x") + samples::end + std::string(100'000, '\0');
  std::size_t at = 0;
  Reader reader([&](std::span<char> buffer) {
    const std::size_t now = std::min(buffer.size(), bytes.size() - at);
    bytes.copy(buffer.data(), now, at);
    at += now;
    return now;
  });
  while (reader.next()) {
  }
  EXPECT_EQ(at, bytes.size());
}

struct Damage {
  const char* label;
  std::string bytes;
  std::vector<std::string> want;
};
class Damaged : public testing::TestWithParam<Damage> {};
TEST_P(Damaged, IsSaid) { EXPECT_EQ(listing(GetParam().bytes), GetParam().want); }

std::string flipped(std::string bytes, std::size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  return bytes;
}
using Strings = std::vector<std::string>;
INSTANTIATE_TEST_SUITE_P(
    Table, Damaged,
    testing::Values(
        Damage{"nothing_at_all", "", Strings{"! empty file"}},
        Damage{"a_few_bytes", "hello", Strings{"! truncated header"}},
        Damage{"no_header", std::string(512, 'g'), Strings{"! invalid header"}},
        Damage{"cut_content", samples::file("a", big).substr(0, 900), Strings{"! unexpected end of data"}},
        Damage{"cut_padding", samples::file("a", big).substr(0, 512 + 1501),
               Strings{"a:0:" + big, "! unexpected end of data"}},
        Damage{"cut_second_header", samples::file("a", "x") + samples::file("b", "y").substr(0, 100),
               Strings{"a:0:x", "! truncated header"}},
        Damage{"wrong_name", flipped(samples::file("a", "x") + samples::end, 5), Strings{"! bad checksum"}},
        Damage{"wrong_later_name", flipped(samples::file("a", "x") + samples::file("b", "y"), 1024 + 5),
               Strings{"a:0:x", "! bad checksum"}},
        Damage{"size_not_octal", samples::member({.name = "a", .size_field = "00000000019"}, "x"),
               Strings{"! invalid header"}},
        Damage{"size_beyond_everything",
               samples::member({.name = "a", .size_field = std::string(1, '\x80') + std::string(11, '\x7f')}, ""),
               Strings{"! invalid header"}},
        Damage{"negative_size", samples::member({.name = "a", .size_field = std::string(12, '\xff')}, ""),
               Strings{"! invalid header"}},
        Damage{"pax_without_equals", samples::pax("6 abc\n") + samples::file("a", ""), Strings{"! invalid header"}},
        Damage{"pax_length_too_long", samples::pax("99 path=b\n") + samples::file("a", ""),
               Strings{"! invalid header"}},
        Damage{"pax_length_zero", samples::pax("0 path=b\n") + samples::file("a", ""), Strings{"! invalid header"}},
        Damage{"pax_too_large", samples::member({.name = "p", .size_field = "77777777777", .type = 'x'}, ""),
               Strings{"! invalid header"}},
        Damage{"pax_size_negative", samples::pax(samples::pax_record("size", "-1")) + samples::file("a", ""),
               Strings{"! invalid header"}},
        Damage{"pax_mtime_no_number", samples::pax(samples::pax_record("mtime", "soon")) + samples::file("a", ""),
               Strings{"! invalid header"}}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(TarReader, KnowsPax) {
  const std::string bytes =
      samples::pax(samples::pax_record("mtime", "1700000000.25") + samples::pax_record("path", std::string(150, 'n')) +
                   samples::pax_record("comment", "x=y")) +
      samples::file("short", "x") + samples::file("next", "y") + samples::end;
  Reader reader = reader_of(bytes, 512);
  const auto first = reader.next();
  EXPECT_EQ(first->name, std::string(150, 'n'));
  EXPECT_EQ(first->mtime.tv_sec, 1700000000);
  EXPECT_EQ(first->mtime.tv_nsec, 250'000'000);
  const auto second = reader.next();
  EXPECT_EQ(second->name, "next") << "a record counts for one member only";
  EXPECT_EQ(second->mtime.tv_sec, 015750000000);
}

TEST(TarReader, KnowsPaxSizesAndGlobalRecords) {
  const std::string real = "twelve bytes";
  const std::string bytes = samples::pax(samples::pax_record("mtime", "-1.5"), 'g') +
                            samples::pax(samples::pax_record("size", "12")) +
                            samples::header({.name = "a", .size_field = "0"}, 0) + samples::padded(real) +
                            samples::file("b", "x") + samples::end;
  Reader reader = reader_of(bytes, 512);
  const auto a = reader.next();
  EXPECT_EQ(a->size, 12U);
  EXPECT_EQ(a->mtime.tv_sec, -2);
  EXPECT_EQ(a->mtime.tv_nsec, 500'000'000);
  const auto b = reader.next();
  EXPECT_EQ(b->name, "b");
  EXPECT_EQ(b->mtime.tv_sec, -2);
}

TEST(TarReader, KnowsGnuLongNamesAndSizes) {
  const std::string name(200, 'g');
  const std::string gnu("ustar  ", 8);
  const std::string bytes =
      samples::member({.name = "././@LongLink", .size_field = {}, .type = 'L', .magic = gnu}, name + '\0') +
      samples::member({.name = "cut", .size_field = std::string("\x80\0\0\0\0\0\0\0\0\0\0\1", 12), .magic = gnu}, "x") +
      samples::end;
  EXPECT_THAT(listing(bytes), ElementsAre(name + ":0:x"));
}

TEST(TarReader, KnowsPrefixesAndOldArchives) {
  EXPECT_THAT(listing(samples::member({.name = "b", .size_field = {}, .prefix = "a"}, "x")), ElementsAre("a/b:0:x"));
  EXPECT_THAT(listing(samples::member({.name = "b", .size_field = {}, .type = '\0', .magic = ""}, "x")),
              ElementsAre("b:0:x"));
  EXPECT_THAT(listing(samples::member({.name = "d", .size_field = {}, .type = '5'}, "")), ElementsAre("d:5:"));
}

}  // namespace
}  // namespace barman::tar
