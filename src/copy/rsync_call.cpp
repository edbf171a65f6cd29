#include "rsync_call.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/fs/rsync.h"

namespace barman::copy {

namespace {

void add_filters(const Item& item, std::vector<std::string>& argv) {
  for (const std::string& pattern : item.include) argv.push_back("--include=" + pattern);
  for (const std::string& pattern : item.exclude) argv.push_back("--exclude=" + pattern);
  for (const std::string& path : item.exclude_and_protect) {
    const std::string pattern = literal_pattern(path);
    argv.push_back("--exclude=" + pattern);
    argv.push_back("--filter=P_" + pattern);
  }
}

void add_reuse(const Request& request, const Item& item, std::vector<std::string>& argv) {
  const char* option = request.reuse == ReuseMode::link ? "--link-dest" : "--copy-dest";
  argv.push_back(fmt::format("{}={}", option, *item.reuse_directory));
}

std::string with_slash(const std::string& directory) { return directory.ends_with('/') ? directory : directory + "/"; }

void add_ends(const Request& request, const Item& item, const fs::Host& remote_end, std::vector<std::string>& argv) {
  const std::string source = item.directory ? with_slash(item.source) : item.source;
  argv.push_back(request.source_is_remote_end ? remote_end.rsync_path(source) : source);
  argv.push_back(request.source_is_remote_end ? item.destination : remote_end.rsync_path(item.destination));
}

constexpr std::size_t change_width = 11;
constexpr std::size_t date_width = 19;  // 2026/11/21-09:42:41

bool is_octal(char c) { return c >= '0' && c <= '7'; }

std::optional<int> number(std::string_view text) {
  const auto value = parse_decimal(text);
  return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  if (text.size() != date_width || text[4] != '/' || text[7] != '/' || text[10] != '-' || text[13] != ':' ||
      text[16] != ':')
    return std::nullopt;
  const auto year = number(text.substr(0, 4)), month = number(text.substr(5, 2)), day = number(text.substr(8, 2)),
             hour = number(text.substr(11, 2)), minute = number(text.substr(14, 2)),
             second = number(text.substr(17, 2));
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  using namespace std::chrono;
  const year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return sys_seconds(sys_days(date)).time_since_epoch().count() + *hour * 3600 + *minute * 60 + *second;
}

// Cuts the text up to the next blank off.
std::string_view next_word(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

}  // namespace

std::string literal_pattern(std::string_view path) {
  // Without a wildcard a backslash stands for itself.
  if (path.find_first_of("*?[") == std::string_view::npos) return std::string(path);
  std::string pattern;
  for (const char c : path) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

exec::Command rsync_command(const Request& request, const Item& item, const RsyncCall& call,
                            const fs::Host& remote_end) {
  std::vector<std::string> argv;
  if (request.network_compression) argv.emplace_back("-z");
  if (call.recursive) add_filters(item, argv);
  argv.emplace_back(call.recursive ? "-rLKpts" : "-LKpts");
  // Writing in place would write through a hard link into older backups: a first attempt may have made some.
  if (request.reuse != ReuseMode::link) argv.emplace_back("--inplace");
  if (call.reuse) add_reuse(request, item, argv);
  if (call.remove) argv.emplace_back("--delete-excluded");
  if (call.only_remove) argv.insert(argv.end(), {"--existing", "--ignore-existing"});
  if (call.compare) argv.emplace_back("--checksum");
  if (call.dry_run) argv.emplace_back("--dry-run");
  // Twice: lists what is unchanged, too.
  argv.insert(argv.end(), {"--itemize-changes", "--itemize-changes", std::string("--out-format=") + itemized_format});
  if (item.directory && item.bandwidth_limit > 0) argv.push_back(fmt::format("--bwlimit={}", item.bandwidth_limit));
  if (!call.files_from.empty()) argv.insert(argv.end(), {"--from0", "--files-from=" + call.files_from});
  add_ends(request, item, remote_end, argv);
  return fs::rsync_call(remote_end, argv);
}

bool reports_missing_file(std::string_view rsync_stderr) {
  bool missing = false;
  for (const std::string& line : split_lines(rsync_stderr)) {
    if (line.find("write error: Broken pipe (32)") != std::string::npos) continue;
    if (!fs::only_vanished_files(line)) return false;
    missing = missing || line.find("No such file or directory (2)") != std::string::npos ||
              line.find("has vanished") != std::string::npos;
  }
  return missing;
}

bool must_compare(const std::optional<std::int64_t>& mtime, const std::optional<Timestamp>& safe_horizon) {
  if (!mtime || !safe_horizon) return true;
  // Dates have whole seconds here, and the clock that file dates come from may lag: one second of distance.
  return *mtime + 1 >= safe_horizon->seconds();
}

std::string unescape_name(std::string_view text) {
  std::string name;
  name.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 4 < text.size() && text[i + 1] == '#' && is_octal(text[i + 2]) &&
                         is_octal(text[i + 3]) && is_octal(text[i + 4]);
    if (!escaped) {
      name += text[i];
      continue;
    }
    name += static_cast<char>((text[i + 2] - '0') * 64 + (text[i + 3] - '0') * 8 + (text[i + 4] - '0'));
    i += 4;
  }
  return name;
}

std::optional<Itemized> parse_itemized(std::string_view line) {
  if (line.size() < 1 + change_width + 1 || line[0] != '@') return std::nullopt;
  const char change = line[1];
  const char type = line[2];
  if (std::string_view("<>ch.").find(change) == std::string_view::npos) return std::nullopt;
  std::string_view rest = line.substr(1 + change_width);
  if (rest[0] != ' ') return std::nullopt;
  rest.remove_prefix(1);

  Itemized entry;
  entry.mtime = parse_date(next_word(rest));
  const auto size = parse_decimal(next_word(rest));
  const auto moved = parse_decimal(next_word(rest));
  if (!size || !moved || rest.empty()) return std::nullopt;
  entry.size = *size;
  entry.name = unescape_name(rest);
  if (type == 'f') entry.kind = Itemized::Kind::file;
  if (type == 'd') entry.kind = Itemized::Kind::directory;
  entry.taken = entry.kind == Itemized::Kind::file && change != '<' && change != '>';
  entry.there = change == '.';
  entry.unchanged = line.substr(3, change_width - 2).find_first_not_of(' ') == std::string_view::npos;
  return entry;
}

}  // namespace barman::copy
