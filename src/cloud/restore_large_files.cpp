#include "restore_large_files.h"

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/fs/direct_file.h"

namespace barman::cloud {
namespace {

constexpr std::uint64_t mebibyte = 1024 * 1024;
constexpr std::uint64_t least_worthwhile = 16 * mebibyte;
constexpr std::uint64_t fetched_at_once = 32 * mebibyte;
// Of parts: the files of no more are open than this, and those that are being written.
constexpr std::size_t most_waiting = 32;

}  // namespace

LargeFiles::LargeFiles(Download& download)
    : download_(download), queue_(download.connections(), most_waiting, [this](const Part& part) { write(part); }) {}

void LargeFiles::take_end(tar::Reader& archive, std::uint64_t size, const std::shared_ptr<RestoredFile>& file) {
  const Download::Stretch stretch = download_.leave_out(size, fs::DirectFile::alignment, least_worthwhile);
  if (stretch.size == 0) return;
  archive.leave_out(stretch.size);
  const std::uint64_t parts = (stretch.size + fetched_at_once - 1) / fetched_at_once;
  file->expect(parts);
  for (std::uint64_t i = 0; i < parts; ++i) {
    const std::uint64_t at = i * fetched_at_once;
    queue_.add({file, stretch.object_offset + at, stretch.skipped + at, std::min(fetched_at_once, stretch.size - at)});
  }
}

void LargeFiles::finish() { queue_.finish(); }

void LargeFiles::write(const Part& part) {
  fs::DirectFilePart writer(part.file->direct(), part.file_offset);
  download_.fetch(part.object_offset, part.size, [&](std::string_view bytes) {
    signals::throw_if_pending();
    if (given_up_) throw Interrupted("what is fetched is not wanted any more");
    queue_.check();
    writer.add(bytes);
  });
  writer.finish();
  part.file->done();
}

}  // namespace barman::cloud
