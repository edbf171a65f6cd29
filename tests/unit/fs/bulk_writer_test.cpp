#include "barman/fs/bulk_writer.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "barman/core/error.h"
#include "barman/core/unique_fd.h"
#include "barman/fs/file.h"
#include "unit/fs/file_size_limit.h"
#include "unit/fs/memory_directory.h"

namespace barman::fs {
namespace {

constexpr std::size_t block = BulkWriter::block;

std::string content_of(std::size_t size) {
  std::minstd_rand random(7);
  std::string content(size, '\0');
  std::ranges::generate(content, [&] { return static_cast<char>(random() >> 8); });
  return content;
}

void write_in_portions(BulkWriter& writer, std::string_view content) {
  while (!content.empty()) {
    const auto room = writer.room();
    const std::size_t now = std::min({room.size(), content.size(), std::size_t{77'777}});
    content.copy(room.data(), now);
    writer.add(now);
    content.remove_prefix(now);
  }
  writer.finish();
}

// On a disk, and in memory, where past the page cache may not be possible.
class BulkWriterIn : public testing::TestWithParam<std::string> {
 protected:
  TemporaryDirectory directory_{"barman-test-", GetParam()};
  std::string path(std::string_view name) const { return directory_.path() + "/" + std::string(name); }
  static UniqueFd create(const std::string& path) { return open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600); }
};

TEST_P(BulkWriterIn, WritesWhatItIsGiven) {
  BulkWriter writer;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, block - 1, block, block + 1,
                                 3 * block + 4096, 3 * block + 5000}) {
    const std::string file = path(fmt::format("{}", size)), content = content_of(size);
    const UniqueFd fd = create(file);
    writer.begin(fd.get(), size, file);
    write_in_portions(writer, content);
    EXPECT_TRUE(read_file(file) == content) << size;
  }
}

TEST_P(BulkWriterIn, WritesMoreOrLessThanExpected) {
  BulkWriter writer;
  for (const auto& [expected, size] : {std::pair{block, std::size_t{5}}, {std::size_t{0}, 2 * block + 5}}) {
    const std::string file = path(fmt::format("{}", size)), content = content_of(size);
    const UniqueFd fd = create(file);
    writer.begin(fd.get(), expected, file);
    write_in_portions(writer, content);
    EXPECT_TRUE(read_file(file) == content) << size;
  }
}

TEST_P(BulkWriterIn, TakesTheWayThatTheFileSystemHas) {
  create(path("asked"));
  const bool can = UniqueFd(::open(path("asked").c_str(), O_WRONLY | O_DIRECT)).get() >= 0;
  BulkWriter writer;
  for (const std::size_t size : {block, block - 1}) {
    const UniqueFd fd = create(path(fmt::format("{}", size)));
    writer.begin(fd.get(), size, "it");
    EXPECT_EQ((::fcntl(fd.get(), F_GETFL) & O_DIRECT) != 0, can && size == block) << size;
    write_in_portions(writer, content_of(size));
  }
}

TEST_P(BulkWriterIn, SaysWhatCannotBeWritten) {
  const FileSizeLimit limit(block + 8192);
  for (const std::size_t size : {2 * block, block + 10'000}) {
    const std::string file = path(fmt::format("{}", size));
    const UniqueFd fd = create(file);
    BulkWriter writer;
    writer.begin(fd.get(), size, file);
    try {
      write_in_portions(writer, content_of(size));
      ADD_FAILURE() << size;
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), fmt::format("cannot write '{}': File too large", file));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Places, BulkWriterIn, testing::Values("", memory_directory()),
                         [](const auto& row) { return row.index == 0 ? "Disk" : "Memory"; });

}  // namespace
}  // namespace barman::fs
