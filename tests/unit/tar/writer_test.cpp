#include "barman/tar/writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "barman/tar/reader.h"

namespace barman::tar {
namespace {

Member file(const std::string& name, std::size_t size, std::uint32_t mode = 0644, std::timespec mtime = {}) {
  Member member;
  member.name = name;
  member.size = size;
  member.mode = mode;
  member.mtime = mtime;
  return member;
}

std::string archive(const std::vector<std::pair<Member, std::string>>& members) {
  std::string stream;
  Writer tar([&](std::string_view bytes) { stream += bytes; });
  for (const auto& [member, content] : members) {
    tar.begin(member);
    tar.data(content);
    tar.end_member();
  }
  tar.finish();
  return stream;
}

TEST(TarWriter, WritesUstarHeaders) {
  const std::string stream = archive({{file("name", 5, 0600, {1'795'245'995, 0}), "hello"}});
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

std::vector<std::pair<Member, std::string>> read_back(const std::string& stream) {
  Reader reader([&stream, at = std::size_t{0}](std::span<char> buffer) mutable {
    const std::size_t now = std::min(buffer.size(), stream.size() - at);
    stream.copy(buffer.data(), now, at);
    at += now;
    return now;
  });
  std::vector<std::pair<Member, std::string>> members;
  while (const auto member = reader.next()) {
    std::string content(member->size, '\0');
    for (std::size_t at = 0; at < content.size();) at += reader.read(std::span(content).subspan(at));
    members.emplace_back(*member, content);
  }
  return members;
}

TEST(TarWriter, KeepsFractionsOfASecondInAPaxHeader) {
  const std::string stream = archive({{file("a", 1, 0644, {1'795'254'446, 226'659'500}), "x"}, {file("b", 0), ""}});
  EXPECT_EQ(stream.substr(512, 28), "28 mtime=1795254446.2266595\n");
  EXPECT_EQ(stream.substr(4 * 512, 2), std::string("b\0", 2));  // has none
}

TEST(TarWriter, PutsLongAndForeignNamesIntoAPaxHeader) {
  const std::string longest(101, 'n');
  EXPECT_EQ(archive({{file(longest, 1), "x"}}).substr(512, 111), "111 path=" + longest + "\n");
  EXPECT_EQ(archive({{file("\xC3\xA9", 1), "x"}}).substr(512, 11), "11 path=\xC3\xA9\n");
}

TEST(TarWriter, PadsMembersAndTheArchive) {
  for (const std::size_t size : {0U, 1U, 511U, 512U, 513U, 9216U, 10000U}) {
    const std::string stream = archive({{file("a", size), std::string(size, 'x')}, {file("b", 1), "y"}});
    EXPECT_EQ(stream.size() % 10240, 0U);
    const auto members = read_back(stream);
    ASSERT_EQ(members.size(), 2U);
    EXPECT_EQ(members[0].second.size(), size);
    EXPECT_EQ(members[1].second, "y");
  }
}

struct MemberCase {
  const char* label;
  std::function<void(Member&)> change;
};

class TarMembers : public testing::TestWithParam<MemberCase> {};

TEST_P(TarMembers, AreReadBackAsTheyWereWritten) {
  Member member = file("backup/data", 0, 0700, {1'795'254'446, 25});
  member.uid = 999;
  member.gid = 995;
  member.user = "barman";
  member.group = "dba";
  GetParam().change(member);
  const auto members = read_back(archive({{member, std::string(member.size, 'x')}}));
  ASSERT_EQ(members.size(), 1U);
  const Member& got = members[0].first;
  EXPECT_EQ(got.name, member.name);
  EXPECT_EQ(got.type, member.type);
  EXPECT_EQ(got.size, member.size);
  EXPECT_EQ(got.mode, member.mode);
  EXPECT_EQ(got.mtime.tv_sec, member.mtime.tv_sec);
  EXPECT_EQ(got.mtime.tv_nsec, member.mtime.tv_nsec);
  EXPECT_EQ(got.link, member.link);
  EXPECT_EQ(got.uid, member.uid);
  EXPECT_EQ(got.gid, member.gid);
  EXPECT_EQ(got.user, member.user);
  EXPECT_EQ(got.group, member.group);
}

INSTANTIATE_TEST_SUITE_P(Kinds, TarMembers,
                         testing::Values(MemberCase{"file", [](Member& member) { member.size = 700; }},
                                         MemberCase{"directory", [](Member& member) { member.type = directory; }},
                                         MemberCase{"link",
                                                    [](Member& member) {
                                                      member.type = symbolic_link;
                                                      member.link = "/srv/16384";
                                                    }},
                                         MemberCase{"long_link",
                                                    [](Member& member) {
                                                      member.type = symbolic_link;
                                                      member.link = std::string(300, 'l');
                                                    }},
                                         MemberCase{"high_ids",
                                                    [](Member& member) {
                                                      member.uid = 4'000'000'000;
                                                      member.gid = 3'000'000'000;
                                                    }},
                                         MemberCase{"long_owner",
                                                    [](Member& member) {
                                                      member.user = std::string(40, 'u');
                                                      member.group = "gr\xC3\xBCppe";
                                                    }}),
                         [](const auto& row) { return std::string(row.param.label); });

TEST(TarWriter, SaysWhatOctalDigitsCannot) {
  std::string stream;
  Writer tar([&](std::string_view bytes) { stream += bytes; });
  tar.begin(file("a", 1ULL << 33));
  Reader reader([&stream, at = std::size_t{0}](std::span<char> buffer) mutable {
    const std::size_t now = std::min(buffer.size(), stream.size() - at);
    stream.copy(buffer.data(), now, at);
    at += now;
    return now;
  });
  const auto member = reader.next();
  ASSERT_TRUE(member);
  EXPECT_EQ(member->size, 1ULL << 33);
}

}  // namespace
}  // namespace barman::tar
