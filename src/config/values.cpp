#include "values.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "barman/codec/format.h"
#include "barman/core/numbers.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"

namespace barman::config {
namespace {

using Words = std::initializer_list<std::string_view>;

bool is_one_of(std::string_view word, Words words) { return std::ranges::find(words, word) != words.end(); }

Value one_of(std::string word, Words words, std::string_view reason) {
  if (!is_one_of(word, words)) throw InvalidValue{std::string(reason)};
  return word;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Leading digits, cut off the text.
std::string_view take_digits(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  return digits;
}

std::string not_an_integer(std::string_view text) {
  return fmt::format("invalid literal for int() with base 10: {}", python_repr(text));
}

// A comma list of known words, of which `word` excludes `other`.
struct Exclusion {
  std::string word, other;
};

Value parse_words(std::string_view text, const ValueContext& context, Words known, const Exclusion& exclusion) {
  std::set<std::string> words;
  if (text.empty()) return words;
  const auto fail = [&](std::string_view word, const std::string& why) {
    const std::string place = context.changed.empty() ? fmt::format("[{}] section", context.section)
                                                      : fmt::format("{} '{}'", context.changed, context.section);
    throw InvalidValue{
        fmt::format("Invalid configuration value '{}' for key {} in {}: {}", word, context.option, place, why)};
  };
  std::vector<std::string> items = split(text, ',');
  for (std::string& item : items) item = to_lower(trim(item));
  for (const std::string& word : items) {
    if (!is_one_of(word, known)) fail(word, "Unknown option");
    if (word == exclusion.word && std::ranges::find(items, exclusion.other) != items.end())
      fail(word,
           fmt::format("cannot contain both '{}' and '{}'.Configuration directive ignored.", word, exclusion.other));
    words.insert(word);
  }
  return words;
}

}  // namespace

bool is_cloud_url(std::string_view url) {
  constexpr std::string_view https = "https://", google = "console.cloud.google.com/storage/browser/",
                             azure = ".blob.core.windows.net/";
  for (const std::string_view scheme : {std::string_view("s3://"), std::string_view("gs://")})
    if (url.starts_with(scheme)) return url.size() > scheme.size();
  if (!url.starts_with(https)) return false;
  const std::string_view rest = url.substr(https.size());
  if (rest.starts_with(google)) return rest.size() > google.size();
  const std::size_t host_end = rest.find('/');
  return host_end != std::string_view::npos && rest.substr(0, host_end + 1).ends_with(azure);
}

std::string_view unquote(std::string_view text) {
  if (text == "None") return {};
  if (text.size() < 2 || text.find('\n') != std::string_view::npos) return text;
  const char quote = text.front();
  if ((quote != '"' && quote != '\'') || text.back() != quote) return text;
  return text.substr(1, text.size() - 2);
}

Value parse_text(std::string_view text, const ValueContext&) { return std::string(text); }

Value parse_boolean(std::string_view text, const ValueContext&) {
  const std::string word = to_lower(text);
  if (is_one_of(word, {"true", "t", "yes", "1", "on"})) return true;
  if (is_one_of(word, {"false", "f", "no", "0", "off"})) return false;
  throw InvalidValue{"Invalid boolean representation (must be one in: true|t|yes|1|on | false|f|no|0|off)"};
}

Value parse_integer(std::string_view text, const ValueContext&) {
  if (const auto number = parse_python_int(text)) return *number;
  throw InvalidValue{not_an_integer(text)};
}

Value parse_interval(std::string_view text, const ValueContext&) {
  if (text.empty()) return nullptr;
  std::string word = to_lower(trim(text));
  std::string_view rest = word;
  const auto number = parse_decimal(take_digits(rest));
  const std::string_view unit_text = trim(rest);
  const bool separated = unit_text.size() < rest.size();
  std::string_view unit = unit_text;
  if (unit.ends_with('s')) unit.remove_suffix(1);
  constexpr std::int64_t hour = 3600, day = 24 * hour;
  const std::int64_t seconds = unit == "hour"    ? hour
                               : unit == "day"   ? day
                               : unit == "week"  ? 7 * day
                               : unit == "month" ? 31 * day
                                                 : 0;
  constexpr std::int64_t longest = 999'999'999 * day;  // of a Python timedelta
  if (!number || !separated || seconds == 0 || *number > longest / seconds)
    throw InvalidValue{fmt::format("Invalid value for a time interval {}", text)};
  return Micros(std::chrono::seconds(*number * seconds));
}

Value parse_size(std::string_view text, const ValueContext&) {
  if (text.empty()) return nullptr;
  std::string_view rest = text;
  const auto number = parse_decimal(take_digits(rest));
  struct Suffix {
    std::string_view text;
    std::int64_t factor;
  };
  static constexpr auto suffixes = std::to_array<Suffix>({{"", 1},
                                                          {"k", 1'000},
                                                          {"Ki", 1LL << 10},
                                                          {"M", 1'000'000},
                                                          {"Mi", 1LL << 20},
                                                          {"G", 1'000'000'000},
                                                          {"Gi", 1LL << 30},
                                                          {"T", 1'000'000'000'000},
                                                          {"Ti", 1LL << 40}});
  const auto suffix = std::ranges::find(suffixes, trim(rest), &Suffix::text);
  std::int64_t bytes = 0;
  if (!number || suffix == suffixes.end() || __builtin_mul_overflow(*number, suffix->factor, &bytes))
    throw InvalidValue{fmt::format("Invalid value for a number {}", text)};
  return bytes;
}

Value parse_absolute_path(std::string_view text, const ValueContext&) {
  if (!text.starts_with('/')) throw InvalidValue{fmt::format("Invalid value : '{}' (must be an absolute path)", text)};
  return std::string(text);
}

Value parse_directory(std::string_view text, const ValueContext&) {
  if (text.empty() || text == "None") throw InvalidValue{"Invalid value (a directory cannot be empty)"};
  return std::string(text);
}

Value parse_url(std::string_view text, const ValueContext&) {
  if (!text.empty() && !is_cloud_url(text))
    throw InvalidValue{"The URL is not compatible with any of the supported cloud providers"};
  return std::string(text);
}

Value parse_directory_or_url(std::string_view text, const ValueContext& context) {
  if (text.find("://") != std::string_view::npos && !is_cloud_url(text))
    throw InvalidValue{"The URL is not compatible with any of the supported cloud providers"};
  return parse_directory(text, context);
}

Value parse_slot_name(std::string_view text, const ValueContext&) {
  std::string name = to_lower(text);
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (name.empty() || !std::ranges::all_of(name, allowed))
    throw InvalidValue{
        "Replication slot names may only contain lower case letters, numbers, and the underscore character."};
  return name;
}

Value parse_disks(std::string_view text, const ValueContext&) {
  std::vector<std::string> disks = split(text, ',');
  if (std::ranges::find(disks, "") != disks.end()) {
    std::string shown;
    for (const std::string& disk : disks) shown += (shown.empty() ? "" : ", ") + python_repr(disk);
    throw InvalidValue{fmt::format("[{}]", shown)};
  }
  return disks;
}

Value parse_backup_options(std::string_view text, const ValueContext& context) {
  return parse_words(text, context, {"exclusive_backup", "concurrent_backup", "external_configuration"},
                     {"exclusive_backup", "concurrent_backup"});
}

Value parse_recovery_options(std::string_view text, const ValueContext& context) {
  return parse_words(text, context, {"get-wal", "delta-restore"}, {});
}

Value parse_backup_method(std::string_view text, const ValueContext&) {
  return one_of(to_lower(text), {"rsync", "postgres", "local-rsync", "snapshot", "local-to-cloud"},
                "Invalid value (must be one in: 'rsync', 'postgres', 'local-rsync', 'snapshot', 'local-to-cloud')");
}

Value parse_reuse_backup(std::string_view text, const ValueContext&) {
  return one_of(to_lower(text), {"copy", "link", "off"}, "Invalid value (use 'copy', 'link' or 'off')");
}

Value parse_create_slot(std::string_view text, const ValueContext&) {
  return one_of(to_lower(text), {"manual", "auto"}, "Invalid value (use 'manual' or 'auto')");
}

Value parse_compression(std::string_view text, const ValueContext&) {
  if (text.empty()) return std::string();
  std::string word = to_lower(text);
  if (!codec::parse_algorithm(word))
    throw InvalidValue{fmt::format("Invalid value: '{}' (must be one in: {})", word, join(codec::words(), ", "))};
  return word;
}

Value parse_compression_level(std::string_view text, const ValueContext&) {
  if (text.empty()) return std::string();
  std::string word = to_lower(text);
  if (is_one_of(word, {"low", "medium", "high"})) return word;
  const std::string_view digits = std::string_view(word).substr(std::min(word.find_first_not_of('-'), word.size()));
  if (!is_digits(digits))
    throw InvalidValue{
        fmt::format("Invalid value: '{}' (must be one in [low, medium, high] or an acceptable integer)", word)};
  if (const auto number = parse_python_int(word)) return *number;
  throw InvalidValue{not_an_integer(word)};
}

Value parse_encryption(std::string_view text, const ValueContext&) {
  const std::string word = to_lower(text);
  if (word == "none") return nullptr;
  return one_of(word, {"gpg"}, fmt::format("Invalid encryption value '{}'. Allowed values are: none, gpg.", word));
}

Value parse_backup_compression(std::string_view text, const ValueContext&) {
  return one_of(to_lower(text), {"gzip", "lz4", "zstd", "none"},
                fmt::format("Invalid value '{}'(must be one in: ['gzip', 'lz4', 'zstd', 'none'])", text));
}

Value parse_backup_format(std::string_view text, const ValueContext&) {
  return one_of(to_lower(text), {"plain", "tar"}, "Invalid value (must be either `plain` or `tar`)");
}

Value parse_backup_location(std::string_view text, const ValueContext&) {
  return one_of(to_lower(text), {"client", "server"}, "Invalid value (must be either `client` or `server`)");
}

Value parse_combine_mode(std::string_view text, const ValueContext&) {
  const std::string word = to_lower(text);
  return one_of(word, {"copy", "link", "clone", "copy-file-range"},
                fmt::format("Invalid value: {} (options are: copy, link, clone, copy-file-range)", word));
}

Value parse_staging_location(std::string_view text, const ValueContext&) {
  return one_of(std::string(text), {"local", "remote"},
                fmt::format("Invalid value: {} (options are: local, remote)", text));
}

Value parse_aws_encryption(std::string_view text, const ValueContext&) {
  return one_of(std::string(text), {"AES256", "aws:kms"},
                fmt::format("Invalid value '{}' (must be one in: ['AES256', 'aws:kms'])", text));
}

Value parse_addressing_style(std::string_view text, const ValueContext&) {
  return one_of(std::string(text), {"auto", "virtual", "path"},
                "Invalid value (must be one in: 'auto', 'virtual', 'path')");
}

}  // namespace barman::config
