#include "values.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/wal/segment.h"

namespace barman::postgres {
namespace {

[[noreturn]] void unexpected(std::string_view what, const Cell& cell) {
  throw Error(Errc::postgres,
              fmt::format("the PostgreSQL server answered {} for {}", cell ? "'" + *cell + "'" : "nothing", what));
}

template <typename Value, typename Parse>
std::optional<Value> maybe(const Cell& cell, std::string_view what, Parse parse) {
  if (!cell) return std::nullopt;
  const std::optional<Value> value = parse(*cell);
  if (!value) unexpected(what, cell);
  return value;
}

template <typename Value>
Value required(const std::optional<Value>& value, std::string_view what) {
  if (!value) unexpected(what, std::nullopt);
  return *value;
}

// The parenthesised list of "FIRST 2 (a, b)", or the text itself.
std::string_view standby_list(std::string_view setting) {
  const std::size_t open = setting.find('(');
  const std::size_t close = setting.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return setting;
  const auto words = split_whitespace(setting.substr(0, open));
  const std::string method = words.size() == 2 ? to_lower(words.front()) : "first";
  const bool counted = !words.empty() && words.size() <= 2 && parse_decimal(words.back()).has_value();
  return counted && (method == "first" || method == "any") ? setting.substr(open + 1, close - open - 1) : setting;
}

std::string unquote(std::string_view name) {
  if (name.size() < 2 || !name.starts_with('"') || !name.ends_with('"')) return std::string(name);
  return replace_all(name.substr(1, name.size() - 2), "\"\"", "\"");
}

bool failed_history_is_settled(const ArchiverFacts& facts) {
  const auto failed = parse_wal_name(*facts.last_failed_wal);
  if (!failed || failed->kind != WalKind::history || !facts.last_archived_wal) return false;
  const auto archived = parse_wal_name(*facts.last_archived_wal);
  return archived && failed->segment.timeline <= archived->segment.timeline;
}

}  // namespace

const std::string& text_of(const Cell& cell, std::string_view what) {
  if (!cell) unexpected(what, cell);
  return *cell;
}

bool bool_of(const Cell& cell, std::string_view what) {
  if (cell == "t") return true;
  if (cell == "f") return false;
  unexpected(what, cell);
}

std::optional<std::int64_t> maybe_integer(const Cell& cell, std::string_view what) {
  return maybe<std::int64_t>(cell, what, parse_python_int);
}
std::optional<Lsn> maybe_lsn(const Cell& cell, std::string_view what) { return maybe<Lsn>(cell, what, parse_lsn); }
std::optional<Timestamp> maybe_timestamp(const Cell& cell, std::string_view what) {
  return maybe<Timestamp>(cell, what, parse_timestamp);
}

std::int64_t integer_of(const Cell& cell, std::string_view what) { return required(maybe_integer(cell, what), what); }
Lsn lsn_of(const Cell& cell, std::string_view what) { return required(maybe_lsn(cell, what), what); }
Timestamp timestamp_of(const Cell& cell, std::string_view what) { return required(maybe_timestamp(cell, what), what); }

const std::vector<Cell>& single_row(const Result& result, std::string_view what) {
  if (result.rows.size() != 1 || result.rows.front().empty()) {
    throw Error(Errc::postgres, fmt::format("the PostgreSQL server answered {} rows for {}", result.rows.size(), what));
  }
  return result.rows.front();
}

std::string version_word(std::string_view answer) {
  const auto words = split_whitespace(answer);
  if (words.size() < 2) unexpected("version()", std::string(answer));
  std::string version = words[1];
  if (words[0] == "EnterpriseDB") {
    if (const std::size_t dot = version.rfind('.'); dot != std::string::npos) version.erase(dot);
  }
  return version;
}

std::vector<std::string> parse_synchronous_standby_names(std::string_view setting) {
  std::vector<std::string> names;
  std::string item;
  bool quoted = false;
  const auto finish_item = [&] {
    names.push_back(unquote(trim(item)));
    item.clear();
  };
  for (const char c : standby_list(trim(setting))) {
    if (c == '"') quoted = !quoted;
    if (c == ',' && !quoted) {
      finish_item();
    } else {
      item += c;
    }
  }
  finish_item();
  return names;
}

std::string file_before_boundary(std::string_view file, std::uint32_t offset, int version, std::uint64_t segment_size) {
  const auto segment = parse_segment(file);
  if (version < 170000 || offset != 0 || !segment) return std::string(file);
  return to_string(previous(*segment, segment_size));
}

std::string closed_segment(std::string_view before, std::string_view after) {
  return before < after ? std::string(before) : std::string();
}

bool is_archiving(const ArchiverFacts& facts) {
  if (facts.archive_mode != "on" && facts.archive_mode != "always") return false;
  if (!facts.last_failed_wal || !facts.last_failed_time) return true;
  if (failed_history_is_settled(facts)) return true;
  return facts.last_archived_time && *facts.last_failed_time <= *facts.last_archived_time;
}

bool is_supported_version(int version) { return version >= 90600; }

}  // namespace barman::postgres
