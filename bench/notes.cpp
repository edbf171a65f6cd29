// The processor seconds that it takes to note WAL segments while they are compressed, as in archive-wal.
//   bench-notes gzip|zstd|lz4 SEGMENT...
#include <fcntl.h>
#include <fmt/core.h>

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

// What looking at the clock twice adds to what is measured between.
double seconds_of_nothing() {
  constexpr int times = 10'000;
  double seconds = 0;
  for (int i = 0; i < times; ++i) {
    const double begun = processor_seconds();
    seconds += processor_seconds() - begun;
  }
  return seconds / times;
}

double seconds_to_note(const std::string& path, const codec::Recipe& recipe) {
  const auto name = parse_wal_name(std::string_view(path).substr(path.rfind('/') + 1));
  if (!name) throw Error(Errc::usage, fmt::format("'{}' has not the name of a segment", path));
  const UniqueFd input = fs::open_file(path, O_RDONLY), output = fs::open_file("/dev/null", O_WRONLY);
  WalNoter noter(name->segment);
  static const double nothing = seconds_of_nothing();
  double seconds = 0;
  const auto counted = [&seconds](const auto& work) {
    const double begun = processor_seconds();
    work();
    seconds += processor_seconds() - begun - nothing;
  };
  codec::encode(input.get(), output.get(), recipe, path,
                [&](std::string_view piece) { counted([&] { noter.feed(piece); }); });
  WalNoter::Result result;
  counted([&] { result = noter.finish(); });
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
    double seconds = 0;
    for (int i = 2; i < argc; ++i) seconds += seconds_to_note(argv[i], recipe);
    fmt::print("{:.6f}\n", seconds);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench-notes: {}\n", error.what());
    return 1;
  }
}
