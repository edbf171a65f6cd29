// What it costs to note WAL segments while they are compressed, as in archive-wal: each segment in turns with and
// without, since what the notes do to the caches and the compressor counts as well. Prints the processor seconds
// without and with them, of the least of each segment's turns.
//   bench-notes gzip|zstd|lz4 SEGMENT...
#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>

#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/unique_fd.h"
#include "barman/fs/file.h"
#include "barman/wal/note.h"

namespace {

using namespace barman;

double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

constexpr int turns = 40;  // the least of fewer still differs by more than what the notes cost

double seconds_to_compress(const std::string& path, const codec::Recipe& recipe, bool noted) {
  const auto name = parse_wal_name(std::string_view(path).substr(path.rfind('/') + 1));
  if (!name) throw Error(Errc::usage, fmt::format("'{}' has not the name of a segment", path));
  const UniqueFd input = fs::open_file(path, O_RDONLY), output = fs::open_file("/dev/null", O_WRONLY);
  const double begun = processor_seconds();
  if (!noted) {
    codec::encode(input.get(), output.get(), recipe, path, [](std::string_view) {});
    return processor_seconds() - begun;
  }
  WalNoter noter(name->segment);
  codec::encode(input.get(), output.get(), recipe, path, [&](std::string_view piece) { noter.feed(piece); });
  const WalNoter::Result result = noter.finish();
  const double seconds = processor_seconds() - begun;
  if (result.noted.note.end == WalEnd::damaged) throw Error(Errc::corrupt, fmt::format("'{}' is damaged", path));
  return seconds;
}

codec::Recipe recipe_of(std::string_view word) {
  if (word == "gzip") return {{.algorithm = codec::Algorithm::gzip}};
  if (word == "zstd") return {{.algorithm = codec::Algorithm::zstd}};
  if (word == "lz4") return {{.algorithm = codec::Algorithm::lz4}};
  throw Error(Errc::usage, fmt::format("unknown codec '{}'", word));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: bench-notes gzip|zstd|lz4 SEGMENT...\n", stderr);
    return 2;
  }
  try {
    const codec::Recipe recipe = recipe_of(argv[1]);
    double plain = 0, noted = 0;
    for (int i = 2; i < argc; ++i) {
      double least_plain = 1e9, least_noted = 1e9;
      for (int turn = 0; turn < turns; ++turn) {
        least_plain = std::min(least_plain, seconds_to_compress(argv[i], recipe, false));
        least_noted = std::min(least_noted, seconds_to_compress(argv[i], recipe, true));
      }
      plain += least_plain;
      noted += least_noted;
    }
    fmt::print("{:.6f}\t{:.6f}\n", plain, noted);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench-notes: {}\n", error.what());
    return 1;
  }
}
