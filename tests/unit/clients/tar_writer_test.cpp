#include "tar_writer.h"

#include <gtest/gtest.h>

#include <numeric>

#include "barman/core/error.h"
#include "support.h"

namespace barman::clients {
namespace {

std::string archive(const std::vector<std::pair<TarMember, std::string>>& members) {
  std::string stream;
  TarWriter tar([&](std::string_view bytes) { stream += bytes; });
  for (const auto& [member, content] : members) {
    tar.begin(member);
    tar.data(content);
    tar.end_member();
  }
  tar.finish();
  return stream;
}

TEST(TarWriter, WritesUstarHeaders) {
  const std::string stream = archive({{{"name", 5, 0600, 1'795'245'995'000'000'000}, "hello"}});
  EXPECT_EQ(stream.size(), 10240U);
  EXPECT_EQ(stream.substr(0, 5), std::string("name\0", 5));
  EXPECT_EQ(stream.substr(100, 8), std::string("0000600\0", 8));
  EXPECT_EQ(stream.substr(124, 12), std::string("00000000005\0", 12));
  EXPECT_EQ(stream.substr(136, 12), std::string("15300243653\0", 12));
  EXPECT_EQ(stream[156], '0');
  EXPECT_EQ(stream.substr(257, 8), std::string("ustar\00000", 8));
  unsigned sum = 8 * ' ';
  for (std::size_t i = 0; i < 512; ++i)
    if (i < 148 || i >= 156) sum += static_cast<unsigned char>(stream[i]);
  EXPECT_EQ(std::stoul(stream.substr(148, 6), nullptr, 8), sum);
  EXPECT_EQ(stream.substr(154, 2), std::string("\0 ", 2));
  EXPECT_EQ(stream.substr(512, 5), "hello");
  EXPECT_EQ(stream.substr(517), std::string(10240 - 517, '\0'));
}

TEST(TarWriter, KeepsFractionsOfASecondInAPaxHeader) {
  const TarContent content =
      read_tar(archive({{{"a", 1, 0644, 1'795'254'446'226'659'500}, "x"}, {{"b", 0, 0644, 0}, ""}}));
  EXPECT_EQ(content.pax.at("a"), "28 mtime=1795254446.2266595\n");
  EXPECT_EQ(content.pax.at("b"), "");
  EXPECT_TRUE(content.complete);
}

TEST(TarWriter, PutsLongAndForeignNamesIntoAPaxHeader) {
  const std::string longest(101, 'n');
  const TarContent content = read_tar(archive({{{longest, 1, 0644, 0}, "x"}, {{"\xC3\xA9", 1, 0644, 0}, "y"}}));
  EXPECT_EQ(content.pax.at(longest.substr(0, 100)), "111 path=" + longest + "\n");
  EXPECT_EQ(content.pax.at("\xC3\xA9"), "11 path=\xC3\xA9\n");
}

TEST(TarWriter, PadsMembersAndTheArchive) {
  for (const std::size_t size : {0U, 1U, 511U, 512U, 513U, 9216U, 10000U}) {
    const std::string stream = archive({{{"a", size, 0644, 0}, std::string(size, 'x')}, {{"b", 1, 0644, 0}, "y"}});
    EXPECT_EQ(stream.size() % 10240, 0U);
    const TarContent content = read_tar(stream);
    EXPECT_EQ(content.files.at("a").size(), size);
    EXPECT_EQ(content.files.at("b"), "y");
    EXPECT_TRUE(content.complete);
  }
}

TEST(TarWriter, RefusesWhatTheHeaderCannotSay) {
  TarWriter tar([](std::string_view) {});
  EXPECT_THROW(tar.begin({"a", 1ULL << 33}), Error);
}

}  // namespace
}  // namespace barman::clients
