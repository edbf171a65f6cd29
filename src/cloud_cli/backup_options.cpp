#include "backup_options.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/postgres/conninfo.h"
#include "command.h"

namespace barman::cloud::cli {
namespace {

constexpr std::size_t longest_key = 128, longest_value = 256, most_tags = 10;

bool is_tag_character(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter || std::string_view(" _.:/=+-@\t\n\r\f\v").find(c) != std::string_view::npos;
}

bool is_tag(std::string_view key, std::string_view value) {
  return !key.empty() && key.size() <= longest_key && value.size() <= longest_value &&
         !to_lower(key).starts_with("aws:") && std::ranges::all_of(key, is_tag_character) &&
         std::ranges::all_of(value, is_tag_character);
}

// The fields of one line of CSV: a field in quotes may have commas, and a doubled quote is one.
std::vector<std::string> csv_fields(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[++i];
    else if (c == '"' && (quoted || fields.back().empty()))
      quoted = !quoted;
    else if (c == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const std::string upper = to_upper(trim(text));
  const std::size_t end = std::min(upper.find_first_not_of("0123456789."), upper.size());
  const std::string number = upper.substr(0, end);
  std::string unit(trim(std::string_view(upper).substr(end)));
  double factor = 1;
  if (unit.size() >= 2 && unit.back() == 'B') {
    const bool binary = unit.size() == 3 && unit[1] == 'I';
    const std::size_t power = std::string_view("KMGTPEZY").find(unit.front());
    if (power == std::string_view::npos || (unit.size() == 3 && !binary) || unit.size() > 3) return std::nullopt;
    factor = std::pow(binary ? 1000.0 : 1024.0, static_cast<double>(power + 1));
  } else if (!unit.empty() && unit != "B") {
    return std::nullopt;
  }
  if (unit.size() < 2) {  // bytes are not divided
    const auto bytes = parse_decimal(number);
    return bytes && *bytes > 0 ? std::optional(static_cast<std::uint64_t>(*bytes)) : std::nullopt;
  }
  const auto value = number.empty() ? std::nullopt : parse_double(number);
  constexpr double limit = static_cast<double>(std::numeric_limits<std::int64_t>::max());
  if (!value || *value * factor < 1 || *value * factor >= limit) return std::nullopt;
  return static_cast<std::uint64_t>(*value * factor);
}

std::optional<std::pair<std::string, std::string>> parse_tag(std::string_view text) {
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const std::string_view key = trim(text.substr(0, comma)), value = trim(text.substr(comma + 1));
  if (!is_tag(key, value)) return std::nullopt;
  return std::pair{std::string(key), std::string(value)};
}

std::pair<std::string, std::string> parse_csv_tag(const std::string& text) {
  const std::vector<std::string> fields = csv_fields(text);
  if (fields.size() != 2) throw Failure(exit_usage, "Invalid tag format: " + text);
  return {fields[0], fields[1]};
}

void require_distinct(const store::Tags& tags) {
  if (tags.size() > most_tags)
    throw Error(Errc::usage, fmt::format("{} tags are given, and an object has {} at most", tags.size(), most_tags));
  std::set<std::string> keys;
  for (const auto& [key, value] : tags)
    if (!keys.insert(key).second)
      throw Error(Errc::usage, fmt::format("Duplicate tag keys found: {}. Tag keys must be unique.", key));
}

std::optional<std::string> problem_of_name(const std::string& name) {
  if (name.empty()) return "Backup name cannot be empty";
  if (catalog::is_backup_id(name)) return fmt::format("Backup name '{}' is not allowed: backup ID", name);
  if (catalog::is_reserved_backup_name(name))
    return fmt::format("Backup name '{}' is not allowed: reserved word", name);
  return std::nullopt;
}

std::string conninfo_of(const ConnectionWords& words) {
  if (words.dbname.empty() || words.dbname.find('=') != std::string::npos) return words.dbname;
  std::map<std::string, std::string> items{{"dbname", words.dbname}};
  if (!words.host.empty()) items["host"] = words.host;
  if (!words.port.empty()) items["port"] = words.port;
  if (!words.user.empty()) items["user"] = words.user;
  return postgres::to_conninfo(items);
}

std::optional<std::pair<std::string, std::string>> parse_relocation(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return std::nullopt;
  return std::pair{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

}  // namespace barman::cloud::cli
