// The processor seconds that it takes to note WAL segments, which archive-wal does with what it has read already; reading
// them is not counted.
//   bench-notes SEGMENT...
#include <fmt/core.h>

#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>

#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/wal/note.h"

namespace {

using namespace barman;

double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double seconds_to_note(const std::string& path) {
  const auto name = parse_wal_name(std::string_view(path).substr(path.rfind('/') + 1));
  if (!name) throw Error(Errc::usage, fmt::format("'{}' has not the name of a segment", path));
  const std::string content = fs::read_file(path);
  const double begun = processor_seconds();
  WalNoter noter(name->segment);
  noter.feed(content);
  const WalNoter::Result result = noter.finish();
  const double taken = processor_seconds() - begun;
  if (result.noted.note.end == WalEnd::damaged) throw Error(Errc::corrupt, fmt::format("'{}' is damaged", path));
  return taken;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: bench-notes SEGMENT...\n", stderr);
    return 2;
  }
  try {
    double seconds = 0;
    for (int i = 1; i < argc; ++i) seconds += seconds_to_note(argv[i]);
    fmt::print("{:.6f}\n", seconds);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench-notes: {}\n", error.what());
    return 1;
  }
}
