// The inner loops by themselves, on one core. BENCH_WAL names a WAL segment to work on; without it one is made up that
// compresses about as well.
#include <benchmark/benchmark.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <string>

#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/wal_window.h"
#include "barman/catalog/xlogdb.h"
#include "barman/codec/codec.h"
#include "barman/fs/file.h"
#include "barman/recovery/window.h"
#include "barman/wal/note.h"

namespace {

using namespace barman;

constexpr std::size_t segment_size = std::size_t{16} << 20;

// Pages of rows: half of each is filled with blanks, the rest is as random as keys and header fields are.
std::string made_up_segment() {
  std::minstd_rand random(1);
  std::string bytes(segment_size, ' ');
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 24)
    for (std::size_t i = 0; i < 8; ++i) bytes[at + i] = static_cast<char>(random() >> 8);
  return bytes;
}

const std::string& segment() {
  static const std::string bytes = [] {
    const char* const file = std::getenv("BENCH_WAL");
    return file != nullptr ? fs::read_file(file) : made_up_segment();
  }();
  return bytes;
}

// A file in memory.
class Memory {
 public:
  Memory() : fd_(::memfd_create("bench", MFD_CLOEXEC)) {}
  explicit Memory(std::string_view bytes) : Memory() { fs::write_all(fd_.get(), bytes, "memory"); }
  int fd() const { return fd_.get(); }
  void rewind() const { ::lseek(fd_.get(), 0, SEEK_SET); }
  void clear() const {
    rewind();
    if (::ftruncate(fd_.get(), 0) != 0) std::abort();
  }
  off_t size() const { return ::lseek(fd_.get(), 0, SEEK_END); }

 private:
  UniqueFd fd_;
};

void compress_segment(benchmark::State& state, codec::Algorithm algorithm) {
  const Memory plain(segment());
  const Memory packed;
  for (auto _ : state) {
    plain.rewind();
    packed.clear();
    codec::encode(plain.fd(), packed.fd(), codec::stored_as(algorithm), "memory");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(segment().size()));
  state.counters["ratio"] = static_cast<double>(segment().size()) / static_cast<double>(packed.size());
}

void decompress_segment(benchmark::State& state, codec::Algorithm algorithm) {
  const Memory plain(segment());
  const Memory packed;
  const Memory result;
  plain.rewind();
  codec::encode(plain.fd(), packed.fd(), codec::stored_as(algorithm), "memory");
  for (auto _ : state) {
    packed.rewind();
    result.clear();
    codec::decode(packed.fd(), result.fd(), codec::stored_as(algorithm), "memory");
  }
  if (result.size() != static_cast<off_t>(segment().size())) state.SkipWithError("wrong size");
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(segment().size()));
}

std::string index_line(std::uint32_t number, std::string_view compression) {
  return fmt::format("00000001{:08X}{:08X}\t{}\t{}.25\t{}\tNone", number >> 8, number & 0xFF, 4000000 + number % 999,
                     1700000000 + number, compression);
}

void parse_index_line(benchmark::State& state, std::string_view compression) {
  const std::string line = index_line(77777, compression);
  catalog::WalEntryView view;
  for (auto _ : state) {
    if (!catalog::parse_wal_line(line, view)) state.SkipWithError("not parsed");
    benchmark::DoNotOptimize(view);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size() + 1));
}

// Ten backups, a line in the middle of the index: what list-backups does for each of a million.
void count_windows(benchmark::State& state) {
  constexpr std::uint32_t lines_per_backup = 100000;
  catalog::WalWindowCounter counter;
  const auto name = [](std::uint32_t number) { return index_line(number, "gzip").substr(0, 24); };
  for (std::uint32_t i = 0; i < 10; ++i) {
    catalog::BackupInfo backup;
    backup.backup_id = fmt::format("2026010{}T000000", i);
    backup.begin_wal = backup.end_wal = name(i * lines_per_backup);
    backup.timeline = 1;
    counter.add(backup, i < 9 ? std::optional(name((i + 1) * lines_per_backup)) : std::nullopt);
  }
  std::vector<std::string> lines;
  for (std::uint32_t i = 0; i < 10 * lines_per_backup; i += 100) lines.push_back(index_line(i, "gzip"));
  std::vector<catalog::WalEntryView> views(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) catalog::parse_wal_line(lines[i], views[i]);
  std::size_t at = 0;
  auto one_pass = counter;
  for (auto _ : state) {
    if (at == views.size()) {
      at = 0;
      one_pass = counter;
    }
    benchmark::DoNotOptimize(one_pass.count(views[at++]));
  }
}

// BENCH_WAL has to be a real segment: what is made up is not WAL, and the walk ends at once.
void read_wal_records(benchmark::State& state) {
  const auto header = parse_segment_header(segment());
  if (!header) {
    state.SkipWithError("set BENCH_WAL to a WAL segment");
    return;
  }
  const Segment name = segment_at(header->address, header->timeline, header->segment_size);
  std::uint32_t ends = 0;
  for (auto _ : state) {
    WalNoter noter(name);
    noter.feed(segment());
    const WalNoter::Result result = noter.finish();
    if (result.noted.note.end == WalEnd::damaged) state.SkipWithError("damaged");
    ends = result.noted.note.ends;
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(segment().size()));
  state.counters["ends"] = ends;
}

// A million segments, each of which ends within a record.
std::string lines_of_notes() {
  std::string lines;
  NotedSegment noted;
  noted.open = OpenRecord::parse("1A005FFFB0:D110:F401000009000000780F5F001A000000000A00000102A3B4:50:01020304");
  for (std::uint32_t i = 0; i < 1'000'000; ++i) {
    noted.note.segment = {1, i >> 8, i & 0xFF};
    noted.note.joined = true;
    WalRecord commit;
    commit.kind = WalRecordKind::commit;
    commit.begin = noted.note.last_record = noted.note.begin();
    commit.micros = i;
    noted.note.add(commit);
    lines += to_line(noted) + '\n';
  }
  return lines;
}

// What recovery-window asks of them, with a backup every ten thousand segments.
void find_window(benchmark::State& state) {
  const std::string lines = lines_of_notes();
  std::vector<recovery::BaseBackup> backups;
  for (std::uint64_t i = 0; i < 1'000'000; i += 10'000)
    backups.push_back({std::to_string(i), 1, {i * segment_size + 40}, {i * segment_size + 4000}});
  for (auto _ : state) {
    recovery::Archive archive;
    archive.notes.reserve(lines.size() / shortest_note_line);
    std::vector<NotedPoint> points;
    for (std::string_view rest = lines; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      if (!parse_note_line(line, archive.notes.emplace_back(), points)) state.SkipWithError("not parsed");
      rest.remove_prefix(line.size() + 1);
    }
    const recovery::Chain chain(archive, recovery::TimelinePath(1, {}));
    const recovery::Window window = recovery::recovery_window(archive, chain, backups, {});
    if (window.intervals.size() != 1) state.SkipWithError("not one interval");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(lines.size()));
}

}  // namespace

BENCHMARK_CAPTURE(compress_segment, gzip, codec::Algorithm::gzip)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compress_segment, zstd, codec::Algorithm::zstd)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compress_segment, lz4, codec::Algorithm::lz4)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decompress_segment, gzip, codec::Algorithm::gzip)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decompress_segment, zstd, codec::Algorithm::zstd)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decompress_segment, lz4, codec::Algorithm::lz4)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(parse_index_line, uncompressed, "None");
BENCHMARK_CAPTURE(parse_index_line, gzip, "gzip");
BENCHMARK(count_windows);
BENCHMARK(read_wal_records)->Unit(benchmark::kMillisecond);
BENCHMARK(find_window)->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
