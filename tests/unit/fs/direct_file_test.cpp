#include "barman/fs/direct_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <random>
#include <vector>

#include "barman/core/error.h"
#include "barman/core/parallel.h"
#include "barman/core/unique_fd.h"
#include "barman/fs/file.h"
#include "unit/fs/file_size_limit.h"
#include "unit/fs/memory_directory.h"

namespace barman::fs {
namespace {

constexpr std::size_t block = DirectBlock::size;
constexpr std::size_t page = DirectFile::alignment;

std::string content_of(std::size_t size) {
  std::minstd_rand random(7);
  std::string content(size, '\0');
  std::ranges::generate(content, [&] { return static_cast<char>(random() >> 8); });
  return content;
}

void write_part(DirectFile& file, std::string_view content, std::uint64_t offset, std::size_t portion) {
  DirectFilePart part(file, offset);
  for (; !content.empty(); content.remove_prefix(std::min(portion, content.size())))
    part.add(content.substr(0, portion));
  part.finish();
}

// On a disk, and in memory, where past the page cache may not be possible.
class DirectFileIn : public testing::TestWithParam<std::string> {
 protected:
  TemporaryDirectory directory_{"barman-test-", GetParam()};
  std::string path_ = directory_.path() + "/file";
  UniqueFd create() const { return open_file(path_, O_WRONLY | O_CREAT | O_TRUNC, 0600); }
};

TEST_P(DirectFileIn, HasWhatItWasGiven) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, page, page + 1, block - 1, block, block + 1, 3 * block + page + 5}) {
    const UniqueFd fd = create();
    const std::string content = content_of(size);
    DirectFile file(fd.get(), size, path_);
    write_part(file, content, 0, 77'777);
    EXPECT_TRUE(read_file(path_) == content) << size;
  }
}

TEST_P(DirectFileIn, TakesPartsSideBySideBehindWhatOthersWrite) {
  constexpr std::size_t head = 3 * page, part = block + page, parts = 5;
  const std::string content = content_of(head + part * (parts - 1) + 1234);
  const UniqueFd fd = create();
  DirectFile file(fd.get(), content.size(), path_);
  run_parallel(parts + 1, 3, [&](std::size_t i) {
    if (i == 0) return write_all(fd.get(), std::string_view(content).substr(0, head), path_);
    const std::size_t at = head + (i - 1) * part;
    write_part(file, std::string_view(content).substr(at, part), at, 100'000);
  });
  EXPECT_TRUE(read_file(path_) == content);
}

// As for a restored file that only its owner may read.
TEST_P(DirectFileIn, NeedsNoPermissionThatTheDescriptorDoesNotHave) {
  const UniqueFd fd = create();
  ASSERT_EQ(::fchmod(fd.get(), 0400), 0);
  const std::string content = content_of(block + 5);
  DirectFile file(fd.get(), content.size(), path_);
  write_part(file, content, 0, block);
  EXPECT_TRUE(read_file(path_) == content);
}

TEST_P(DirectFileIn, SaysWhatCannotBeWritten) {
  const FileSizeLimit limit(block + 2 * page);
  for (const std::size_t size : {2 * block, block + 3 * page - 1}) {
    const UniqueFd fd = create();
    DirectFile file(fd.get(), size, path_);
    try {
      write_part(file, content_of(size), 0, block);
      ADD_FAILURE() << size;
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), fmt::format("cannot write '{}': File too large", path_));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Places, DirectFileIn, testing::Values("", memory_directory()),
                         [](const auto& row) { return row.index == 0 ? "Disk" : "Memory"; });

// Pages of a file's first block that are in memory.
std::ptrdiff_t cached_pages(int fd) {
  void* const map = ::mmap(nullptr, block, PROT_READ, MAP_SHARED, fd, 0);
  EXPECT_NE(map, MAP_FAILED);
  std::vector<unsigned char> pages(block / page);
  EXPECT_EQ(::mincore(map, block, pages.data()), 0);
  ::munmap(map, block);
  return std::ranges::count_if(pages, [](unsigned char flags) { return (flags & 1) != 0; });
}

// Else all of the above would go through the page cache, and nobody would notice.
TEST(DirectFile, GoesPastThePageCacheWhereThatIsPossible) {
  const TemporaryDirectory directory("barman-test-");
  const std::string path = directory.path() + "/file";
  DirectBlock memory;
  std::ranges::fill(memory.bytes(), 'x');
  const UniqueFd probe = open_file(path + ".probe", O_RDWR | O_CREAT, 0600);
  const UniqueFd direct(::open((path + ".probe").c_str(), O_WRONLY | O_DIRECT));
  const bool possible = direct && ::write(direct.get(), memory.first(block).data(), block) == ssize_t{block};
  if (!possible || cached_pages(probe.get()) > 0) GTEST_SKIP() << "this file system cannot";
  const UniqueFd fd = open_file(path, O_RDWR | O_CREAT, 0600);
  DirectFile file(fd.get(), block, path);
  write_part(file, content_of(block), 0, block);
  EXPECT_EQ(cached_pages(fd.get()), 0);
}

}  // namespace
}  // namespace barman::fs
