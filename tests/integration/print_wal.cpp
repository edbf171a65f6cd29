// Prints what the reader of WAL sees: print-wal [--all] [--apart] [--piece BYTES] SEGMENT...
//   --all     every record, not only those that recovery stops at
//   --apart   reads each segment by itself, and joins them afterwards, as it is done on all cores
//   --piece   in pieces of that many bytes
// A line a record: KIND BEGIN END XID MICROSECONDS [NAME]; a line a segment: "segment" NAME END AT [REASON].
#include <fmt/core.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/reader.h"

namespace {

using namespace barman;

struct Options {
  WalReader::Yield yield = WalReader::Yield::noted;
  bool apart = false;
  std::size_t piece = std::size_t{1} << 20;
  std::vector<std::string> files;
};

std::string_view word(const WalRecord& record) {
  switch (record.kind) {
    case WalRecordKind::commit:
      return record.prepared ? "commit_prepared" : "commit";
    case WalRecordKind::abort:
      return record.prepared ? "abort_prepared" : "abort";
    case WalRecordKind::restore_point:
      return "restore_point";
    case WalRecordKind::checkpoint:
      return "checkpoint";
    case WalRecordKind::backup_end:
      return "backup_end";
    case WalRecordKind::end_of_recovery:
      return "end_of_recovery";
    case WalRecordKind::segment_switch:
      return "segment_switch";
    case WalRecordKind::other:
      break;
  }
  return "other";
}

std::string_view word(WalEnd end) {
  switch (end) {
    case WalEnd::segment_end:
      return "whole";
    case WalEnd::never_written:
      return "unwritten";
    case WalEnd::damaged:
      return "damaged";
    case WalEnd::unreadable:
      break;
  }
  return "unreadable";
}

void print(const WalRecord& record) {
  fmt::print("{} {} {} {} {} {}\n", word(record), to_string(record.begin), to_string(record.end), record.xid,
             record.micros, record.kind == WalRecordKind::restore_point ? record.name : to_string(record.start));
}

WalWalk walk(WalReader& reader, const Segment& segment, std::string_view bytes, std::size_t piece) {
  reader.start(segment);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) reader.feed(bytes.substr(0, piece));
  return reader.finish();
}

void print_segment(const Segment& segment, const WalWalk& walk) {
  fmt::print("segment {} {} {} {}\n", to_string(segment), word(walk.end), to_string(walk.at), walk.reason);
}

// The carry goes through its text, too.
class Apart {
 public:
  explicit Apart(const Options& options) : options_(options) {}

  void read(const Segment& segment, std::string_view bytes) {
    std::vector<WalRecord> records;
    WalReader alone([&](const WalRecord& record) { records.push_back(record); }, options_.yield);
    WalWalk result = walk(alone, segment, bytes, options_.piece);
    const auto joint = carry_ && carry_->at == result.begin ? join(*carry_, result) : WalJoint{};
    if (joint.problem) fmt::print("problem {}\n", *joint.problem);
    if (joint.read_again) {
      records.clear();
      alone.resume(*carry_);
      result = walk(alone, segment, bytes, options_.piece);
    }
    if (joint.record && (options_.yield == WalReader::Yield::all || joint.record->kind != WalRecordKind::other))
      print(*joint.record);
    for (const WalRecord& record : records) print(record);
    print_segment(segment, result);
    if (joint.continues) {
      carry_->at = Lsn{result.begin.value + result.header.segment_size};
      carry_->record = joint.continues;
    } else {
      carry_ = alone.carry();
    }
    if (carry_) carry_ = WalCarry::parse(carry_->to_text());
  }

 private:
  const Options& options_;
  std::optional<WalCarry> carry_;
};

Options read_options(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view option = words[i];
    if (option == "--all") {
      options.yield = WalReader::Yield::all;
    } else if (option == "--apart") {
      options.apart = true;
    } else if (option == "--piece" && i + 1 < count) {
      options.piece = static_cast<std::size_t>(parse_decimal(words[++i]).value());
    } else {
      options.files.emplace_back(option);
    }
  }
  return options;
}

}  // namespace

int main(int count, char** words) try {
  const Options options = read_options(count, words);
  WalReader reader(print, options.yield);
  Apart apart(options);
  for (const std::string& file : options.files) {
    const Segment segment = parse_wal_name(base_name(file)).value().segment;
    const std::string bytes = fs::read_file(file);
    if (options.apart) {
      apart.read(segment, bytes);
    } else {
      print_segment(segment, walk(reader, segment, bytes, options.piece));
    }
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "print-wal: %s\n", error.what());
  return 1;
}
