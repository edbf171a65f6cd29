#include "barman/catalog/backup_info.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"
#include "barman/wal/wal_content.h"
#include "literal.h"

namespace barman::catalog {

namespace {

constexpr std::array<std::pair<BackupStatus, std::string_view>, 6> status_words{{
    {BackupStatus::empty, "EMPTY"},
    {BackupStatus::started, "STARTED"},
    {BackupStatus::waiting_for_wals, "WAITING_FOR_WALS"},
    {BackupStatus::done, "DONE"},
    {BackupStatus::failed, "FAILED"},
    {BackupStatus::syncing, "SYNCING"},
}};

}  // namespace

std::string_view to_string(BackupStatus status) {
  for (const auto& [value, word] : status_words)
    if (value == status) return word;
  return "UNKNOWN";
}

BackupStatus parse_backup_status(std::string_view word) {
  for (const auto& [value, known] : status_words)
    if (known == word) return value;
  return BackupStatus::unknown;
}

std::string_view to_string(BackupType type) {
  switch (type) {
    case BackupType::rsync:
      return "rsync";
    case BackupType::full:
      return "full";
    case BackupType::incremental:
      return "incremental";
    case BackupType::snapshot:
      return "snapshot";
  }
  return "full";
}

BackupType BackupInfo::type() const {
  const std::string_view how = mode ? std::string_view(*mode) : std::string_view();
  if (how.starts_with("snapshot")) return BackupType::snapshot;
  if (how.starts_with("rsync")) return BackupType::rsync;
  return parent_backup_id ? BackupType::incremental : BackupType::full;
}

bool BackupInfo::is_full_and_eligible() const {
  return type() != BackupType::incremental && type() != BackupType::snapshot;
}

double BackupInfo::deduplication_ratio() const {
  const auto& whole = type() == BackupType::rsync ? size : cluster_size;
  if (!whole || !deduplicated_size || *whole == 0 || *deduplicated_size == 0) return 0;
  return 1 - static_cast<double>(*deduplicated_size) / static_cast<double>(*whole);
}

int BackupInfo::major_version() const {
  const std::int64_t number = version.value_or(0);
  return static_cast<int>(number >= 100000 ? number / 10000 : number / 100);
}

std::string BackupInfo::wal_directory_name() const { return version.value_or(100000) < 100000 ? "pg_xlog" : "pg_wal"; }

std::vector<std::string> BackupInfo::children() const {
  std::vector<std::string> ids;
  if (!children_backup_ids) return ids;
  for (const std::string& id : split(*children_backup_ids, ','))
    if (!trim(id).empty()) ids.emplace_back(trim(id));
  return ids;
}

void BackupInfo::set_status(BackupStatus value) {
  status = value;
  if (value != BackupStatus::unknown) status_text = to_string(value);
}

// The text form of backup.info (formats.md 3.2 to 3.5). One row per field, in the order of the file.

namespace {

[[noreturn]] void bad_value(std::string_view expected) { throw Error(Errc::corrupt, std::string(expected)); }

std::int64_t to_integer(std::string_view text) {
  const auto number = parse_python_int(text);
  if (!number) bad_value("expected a whole number");
  return *number;
}

Timestamp to_timestamp(std::string_view text) {
  if (const auto with_offset = parse_timestamp(text)) return *with_offset;
  bool had_zone = false;
  const auto local = parse_human_timestamp(text, had_zone);
  if (!local) bad_value("expected a time such as '2026-11-21 07:26:35.300119+00:00'");
  return *local;
}

// Text fields end with their line: what would break the line is written as a blank.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

const std::string& text_of(const Literal& literal) {
  const std::string* text = literal.text();
  if (!text) bad_value("expected a quoted text");
  return *text;
}

double number_of(const Literal& literal) {
  if (const double* real = std::get_if<double>(&literal.value)) return *real;
  if (const std::int64_t* whole = std::get_if<std::int64_t>(&literal.value)) return static_cast<double>(*whole);
  bad_value("expected a number of seconds");
}

std::int64_t integer_of(const Literal& literal) {
  const std::int64_t* whole = std::get_if<std::int64_t>(&literal.value);
  if (!whole) bad_value("expected a whole number");
  return *whole;
}

CopyStats::PerItem per_item_of(const Literal& literal) {
  if (!literal.dict()) bad_value("expected a dictionary of seconds");
  CopyStats::PerItem items;
  for (const auto& [key, value] : *literal.dict()) items.emplace_back(text_of(key), number_of(value));
  return items;
}

CopyStats to_copy_stats(std::string_view source) {
  const Literal literal = parse_literal(source);
  if (!literal.dict()) bad_value("expected a dictionary");
  CopyStats stats;
  stats.source = python_repr(literal);
  for (const auto& [key, value] : *literal.dict()) {
    const std::string& name = text_of(key);
    if (std::holds_alternative<std::nullptr_t>(value.value)) continue;
    if (name == "total_time") stats.total_time = number_of(value);
    if (name == "copy_time") stats.copy_time = number_of(value);
    if (name == "analysis_time") stats.analysis_time = number_of(value);
    if (name == "serialized_copy_time") stats.serialized_copy_time = number_of(value);
    if (name == "number_of_workers") stats.number_of_workers = integer_of(value);
    if (name == "analysis_time_per_item") stats.analysis_time_per_item = per_item_of(value);
    if (name == "copy_time_per_item") stats.copy_time_per_item = per_item_of(value);
    if (name == "serialized_copy_time_per_item") stats.serialized_copy_time_per_item = per_item_of(value);
  }
  return stats;
}

std::string from_copy_stats(const CopyStats& stats) {
  if (!stats.source.empty()) return stats.source;
  Literal::Dict dict;
  const auto seconds = [&dict](const char* name, const std::optional<double>& value) {
    if (value) dict.emplace_back(Literal{std::string(name)}, Literal{*value});
  };
  const auto items = [&dict](const char* name, const std::optional<CopyStats::PerItem>& value) {
    if (!value) return;
    Literal::Dict inner;
    for (const auto& [key, time] : *value) inner.emplace_back(Literal{key}, Literal{time});
    dict.emplace_back(Literal{std::string(name)}, Literal{std::move(inner)});
  };
  if (stats.number_of_workers) {
    seconds("total_time", stats.total_time);
    dict.emplace_back(Literal{std::string("number_of_workers")}, Literal{*stats.number_of_workers});
    items("analysis_time_per_item", stats.analysis_time_per_item);
    items("copy_time_per_item", stats.copy_time_per_item);
    items("serialized_copy_time_per_item", stats.serialized_copy_time_per_item);
    seconds("analysis_time", stats.analysis_time);
    seconds("copy_time", stats.copy_time);
    seconds("serialized_copy_time", stats.serialized_copy_time);
  } else {
    seconds("copy_time", stats.copy_time);
    seconds("total_time", stats.total_time);
  }
  return dict.empty() ? "None" : python_repr(Literal{std::move(dict)});
}

std::vector<std::string> to_text_list(const Literal& literal) {
  if (!literal.items()) bad_value("expected a list");
  std::vector<std::string> result;
  for (const Literal& item : *literal.items()) result.push_back(text_of(item));
  return result;
}

std::vector<Tablespace> to_tablespaces(const Literal& literal) {
  if (!literal.items()) bad_value("expected a list");
  std::vector<Tablespace> result;
  for (const Literal& item : *literal.items()) {
    const Literal::List* parts = item.items();
    if (!parts || parts->size() != 3) bad_value("expected tablespaces as (name, oid, location)");
    result.push_back({text_of((*parts)[0]), integer_of((*parts)[1]), text_of((*parts)[2])});
  }
  return result;
}

using Written = std::optional<std::string>;  // nullopt: null

template <auto Member>
void read_text(BackupInfo& info, std::string_view text) {
  info.*Member = std::string(text);
}
template <auto Member>
Written write_text(const BackupInfo& info) {
  return (info.*Member) ? Written(one_line(*(info.*Member))) : std::nullopt;
}

template <auto Member>
void read_integer(BackupInfo& info, std::string_view text) {
  info.*Member = to_integer(text);
}
template <auto Member>
Written write_integer(const BackupInfo& info) {
  return (info.*Member) ? Written(fmt::format("{}", *(info.*Member))) : std::nullopt;
}

template <auto Member>
void read_time(BackupInfo& info, std::string_view text) {
  info.*Member = to_timestamp(text);
}
template <auto Member>
Written write_time(const BackupInfo& info) {
  return (info.*Member) ? Written(to_python(*(info.*Member))) : std::nullopt;
}

void read_backup_label(BackupInfo& info, std::string_view text) {
  if (const Literal literal = parse_literal(text); literal.truthy()) info.backup_label = text_of(literal);
}
Written write_backup_label(const BackupInfo& info) {
  if (!info.backup_label || info.backup_label->empty()) return std::nullopt;
  return barman::python_repr(std::string_view(*info.backup_label));
}

void read_copy_stats(BackupInfo& info, std::string_view text) {
  if (parse_literal(text).truthy()) info.copy_stats = to_copy_stats(text);
}
Written write_copy_stats(const BackupInfo& info) {
  return info.copy_stats ? Written(from_copy_stats(*info.copy_stats)) : std::nullopt;
}

void read_included_files(BackupInfo& info, std::string_view text) {
  if (const Literal literal = parse_literal(text); literal.truthy()) info.included_files = to_text_list(literal);
}
Written write_included_files(const BackupInfo& info) {
  if (!info.included_files || info.included_files->empty()) return std::nullopt;
  Literal::List list;
  for (const std::string& file : *info.included_files) list.push_back({file});
  return python_repr(Literal{std::move(list)});
}

void read_tablespaces(BackupInfo& info, std::string_view text) {
  if (const Literal literal = parse_literal(text); literal.truthy()) info.tablespaces = to_tablespaces(literal);
}
Written write_tablespaces(const BackupInfo& info) {
  if (!info.tablespaces || info.tablespaces->empty()) return std::nullopt;
  Literal::List list;
  for (const Tablespace& space : *info.tablespaces)
    list.push_back({Literal::Tuple{{Literal{space.name}, Literal{space.oid}, Literal{space.location}}}});
  return python_repr(Literal{std::move(list)});
}

void read_snapshots_info(BackupInfo& info, std::string_view text) {
  if (const Literal literal = parse_literal(text); literal.truthy()) info.snapshots_info = python_repr(literal);
}

void read_status(BackupInfo& info, std::string_view text) {
  info.set_status(parse_backup_status(text));
  info.status_text = text;
}
Written write_status(const BackupInfo& info) { return info.status_text; }

void read_server_name(BackupInfo& info, std::string_view text) { info.server_name = text; }
Written write_server_name(const BackupInfo& info) {
  return info.server_name.empty() ? std::nullopt : Written(info.server_name);
}

// Everything that counts segments divides by it.
void read_segment_size(BackupInfo& info, std::string_view text) {
  info.xlog_segment_size = to_integer(text);
  if (info.xlog_segment_size < 0 || !is_segment_size(static_cast<std::uint64_t>(info.xlog_segment_size)))
    bad_value("expected the size of a WAL segment, a power of two from 1 MB to 1 GB");
}
Written write_segment_size(const BackupInfo& info) { return fmt::format("{}", info.xlog_segment_size); }

struct Field {
  std::string_view name;
  void (*read)(BackupInfo&, std::string_view);
  Written (*write)(const BackupInfo&);
  bool left_out_when_null = false;
};

template <auto Member>
constexpr Field text_field(std::string_view name, bool left_out_when_null = false) {
  return {name, read_text<Member>, write_text<Member>, left_out_when_null};
}
template <auto Member>
constexpr Field integer_field(std::string_view name) {
  return {name, read_integer<Member>, write_integer<Member>};
}
template <auto Member>
constexpr Field time_field(std::string_view name) {
  return {name, read_time<Member>, write_time<Member>};
}

constexpr std::array fields{
    Field{"backup_label", read_backup_label, write_backup_label},
    text_field<&BackupInfo::backup_name>("backup_name", true),
    integer_field<&BackupInfo::begin_offset>("begin_offset"),
    time_field<&BackupInfo::begin_time>("begin_time"),
    text_field<&BackupInfo::begin_wal>("begin_wal"),
    text_field<&BackupInfo::begin_xlog>("begin_xlog"),
    text_field<&BackupInfo::children_backup_ids>("children_backup_ids"),
    integer_field<&BackupInfo::cluster_size>("cluster_size"),
    text_field<&BackupInfo::compression>("compression"),
    text_field<&BackupInfo::config_file>("config_file"),
    Field{"copy_stats", read_copy_stats, write_copy_stats},
    text_field<&BackupInfo::data_checksums>("data_checksums"),
    integer_field<&BackupInfo::deduplicated_size>("deduplicated_size"),
    text_field<&BackupInfo::encryption>("encryption"),
    integer_field<&BackupInfo::end_offset>("end_offset"),
    time_field<&BackupInfo::end_time>("end_time"),
    text_field<&BackupInfo::end_wal>("end_wal"),
    text_field<&BackupInfo::end_xlog>("end_xlog"),
    text_field<&BackupInfo::error>("error"),
    text_field<&BackupInfo::hba_file>("hba_file"),
    text_field<&BackupInfo::ident_file>("ident_file"),
    Field{"included_files", read_included_files, write_included_files},
    text_field<&BackupInfo::mode>("mode"),
    text_field<&BackupInfo::parent_backup_id>("parent_backup_id"),
    text_field<&BackupInfo::pgdata>("pgdata"),
    Field{"server_name", read_server_name, write_server_name},
    integer_field<&BackupInfo::size>("size"),
    Field{"snapshots_info", read_snapshots_info, write_text<&BackupInfo::snapshots_info>, true},
    Field{"status", read_status, write_status},
    text_field<&BackupInfo::summarize_wal>("summarize_wal"),
    text_field<&BackupInfo::systemid>("systemid"),
    Field{"tablespaces", read_tablespaces, write_tablespaces},
    integer_field<&BackupInfo::timeline>("timeline"),
    integer_field<&BackupInfo::version>("version"),
    Field{"xlog_segment_size", read_segment_size, write_segment_size},
};

// Known to Barman as a field, never written, and overruled by the file's name.
constexpr std::string_view ignored_field = "backup_id";

// Other backups are not affected, and what was saved last may be there twice (see BackupCatalog).
std::string advice(std::string_view file, std::size_t line, std::string_view backup_id) {
  return fmt::format("look at {}:{}; base/{}/backup.info may be an intact copy", file, line, backup_id);
}

// Of a file that is not a backup.info: control characters would end the message or reach the terminal, and a line may
// have no end.
std::string shown(std::string_view text) {
  constexpr std::size_t longest = 200;
  const bool plain =
      std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
  return plain && text.size() <= longest ? std::string(text) : barman::python_repr(text.substr(0, longest));
}

const Field& find_field(std::string_view name, std::string_view file, std::size_t line) {
  const auto* found =
      std::find_if(fields.begin(), fields.end(), [&](const Field& field) { return field.name == name; });
  if (found == fields.end())
    throw Error(Errc::corrupt,
                fmt::format("Unsupported field '{}' found in backup metadata. This indicates the backup was "
                            "created with a newer version of Barman. Please upgrade to a compatible or "
                            "newer version.",
                            shown(name)),
                fmt::format("the field is in {}:{}", file, line));
  return *found;
}

}  // namespace

std::string serialize(const BackupInfo& info) {
  std::string out;
  for (const Field& field : fields) {
    const Written value = field.write(info);
    if (!value && field.left_out_when_null) continue;
    out += fmt::format("{}={}\n", field.name, value ? std::string_view(*value) : std::string_view("None"));
  }
  return out;
}

BackupInfo parse_backup_info(std::string_view text, std::string_view file, std::string_view backup_id) {
  BackupInfo info;
  info.backup_id = backup_id;
  std::array<std::string_view, fields.size()> values{};  // the last line of a field wins, so values are read at the end
  std::array<std::size_t, fields.size()> lines{};
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.starts_with('#') || trim(line).empty()) continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos)
      throw Error(Errc::corrupt, fmt::format("invalid line {} in file {}", shown(trim(line)), file),
                  advice(file, number, backup_id));
    const std::string_view name = trim(line.substr(0, equals));
    if (name == ignored_field) continue;
    const auto row = static_cast<std::size_t>(&find_field(name, file, number) - fields.data());
    values[row] = trim(line.substr(equals + 1));
    lines[row] = number;
  }
  for (std::size_t row = 0; row < fields.size(); ++row) {
    if (lines[row] == 0 || values[row] == "None") continue;
    try {
      fields[row].read(info, values[row]);
    } catch (const Error& error) {
      throw Error(Errc::corrupt,
                  fmt::format("invalid value for {} in line {} of file {}: {}", fields[row].name, lines[row], file,
                              error.what()),
                  advice(file, lines[row], backup_id));
    }
  }
  return info;
}

std::optional<std::string> salvage_field(std::string_view text, std::string_view name) {
  std::optional<std::string> found;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || trim(line.substr(0, equals)) != name) continue;
    const std::string value(trim(line.substr(equals + 1)));
    if (found && *found != value) return std::nullopt;
    found = value;
  }
  return found == "None" ? std::nullopt : found;
}

}  // namespace barman::catalog
