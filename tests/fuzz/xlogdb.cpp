// The index of the WAL archive: its lines, the totals of windows over it, additions and removals.
#include "barman/catalog/xlogdb.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "barman/catalog/wal_window.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "fuzz.h"
#include "index_writer.h"
#include "unit/fs/memory_directory.h"

namespace barman::fuzz {
namespace {

using catalog::WalEntry;
using catalog::WalEntryView;

struct Files {
  Files() {
    config.name = "main";
    config.wals_directory = config.xlogdb_directory = directory.path();
    config.legacy_links = false;
  }
  fs::TemporaryDirectory directory{"barman-fuzz-xlogdb-", memory_directory()};
  config::ServerConfig config;
  fs::LockDirectory locks{directory.path(), "main"};
};

bool same(const WalEntry& a, const WalEntry& b) {
  const bool times = std::isnan(a.time) ? std::isnan(b.time) : a.time >= b.time && a.time <= b.time;
  return a.name == b.name && a.size == b.size && times && a.compression == b.compression &&
         a.encryption == b.encryption;
}

void try_line(const WalEntryView& view) {
  const WalEntry entry = catalog::to_entry(view);
  const std::string line = catalog::serialize(entry);
  require(split_whitespace(line).size() == 5 && line.find('\n') == line.size() - 1, "a line has five columns", line);
  require(same(catalog::parse_wal_entry(std::string_view(line).substr(0, line.size() - 1)), entry),
          "a line round-trips", view.line);
  const std::string with_blanks = replace_all(view.line, "\t", "  ");
  WalEntry again;
  require(accepts([&] { again = catalog::parse_wal_entry(with_blanks); }) && same(again, entry),
          "any blanks separate columns", view.line);
}

catalog::BackupInfo backup(const std::string& id, const std::string& begin, const std::string& end) {
  catalog::BackupInfo info;
  info.backup_id = id;
  info.begin_wal = begin;
  info.end_wal = end;
  info.timeline = 1;
  info.set_status(catalog::BackupStatus::done);
  return info;
}

catalog::WalWindowCounter windows_of_two_backups() {
  const auto first = backup("1", "000000010000000000000002", "000000010000000000000004"),
             second = backup("2", "000000010000000000000006", "000000010000000000000006");
  catalog::WalWindowCounter counter;
  counter.add(first, second.end_wal);
  counter.add(second, std::nullopt);
  return counter;
}

void try_windows(const catalog::WalWindowCounter& counter, std::int64_t lines) {
  for (const auto& [id, window] : counter.result()) {
    require(
        window.wal_num >= 0 && window.wal_until_next_num >= 0 && window.wal_num + window.wal_until_next_num <= lines,
        "a window holds no more files than there are lines");
    require(std::isfinite(window.wal_compression_ratio) && std::isfinite(window.wal_until_next_compression_ratio) &&
                std::isfinite(window.wals_per_second.value_or(0)),
            "ratios and rates are numbers");
  }
}

std::vector<std::string> lines_of(const catalog::XlogDb& index) {
  std::vector<std::string> lines;
  index.for_each(
      [&](const WalEntryView& view) {
        lines.emplace_back(view.line);
        return true;
      },
      [&](const Error& error) { require_place(error, index.path()); });
  return lines;
}

void try_changes(const catalog::XlogDb& index, const archive::IndexWriter& writer, std::vector<std::string> before,
                 const std::string& text) {
  const WalEntry added{"000000010000000000000005", 16777216, 1700000000.5, "gzip", {}};
  const bool is_new = writer.add_missing({added}) > 0;
  if (is_new && !text.empty() && !text.ends_with('\n') && !before.empty() && text.ends_with(before.back()))
    before.pop_back();  // its writer was killed
  std::vector<std::string> after = lines_of(index);
  require(writer.add_missing({added}) == 0, "a file gets one line");
  if (is_new) {
    const std::string line = catalog::serialize(added);
    const auto found = std::ranges::find(after, line.substr(0, line.size() - 1));
    require(found != after.end(), "an added line is there");
    after.erase(found);
    require(after == before, "an addition changes no other line");
  }
  accepts([&] {
    if (auto removal = writer.remove([&](const WalEntryView& view) { return view.name < added.name; }))
      if (removal->count() > 0) removal->commit();
    for (const std::string& line : lines_of(index))
      require(catalog::parse_wal_entry(line).name < added.name, "what is removed is gone", line);
  });
}

}  // namespace

void one_input(std::string_view bytes) {
  static const Files files;
  const catalog::XlogDb index(files.config, files.locks);
  const archive::IndexWriter writer(files.config, files.locks);
  std::ofstream(index.path(), std::ios::binary) << bytes;
  catalog::WalWindowCounter counter = windows_of_two_backups();
  std::vector<std::string> lines;
  index.for_each(
      [&](const WalEntryView& view) {
        lines.emplace_back(view.line);
        try_line(view);
        counter.count(view);
        return true;
      },
      [&](const Error& error) { require_place(error, index.path()); });
  try_windows(counter, static_cast<std::int64_t>(lines.size()));
  try_changes(index, writer, std::move(lines), std::string(bytes));
}

}  // namespace barman::fuzz
