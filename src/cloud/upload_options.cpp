#include "upload_options.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "barman/core/numbers.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"

namespace barman::cloud {
namespace {

using Problem = std::optional<std::string>;
using Tag = std::pair<std::string, std::string>;

constexpr std::size_t longest_key = 128, longest_value = 256;

bool is_allowed(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(" \t\n\r\f\v_.:/=+-@").find(c) != std::string_view::npos;
  });
}

// Of --tag.
Problem add_tag(const std::string& text, store::Tags& tags) {
  if (text.empty()) return std::nullopt;
  const auto invalid = [&] { return fmt::format("invalid check_tag value: {}", python_repr(text)); };
  const std::size_t comma = text.find(',');
  if (comma == std::string::npos) return invalid();
  const std::string key(trim(std::string_view(text).substr(0, comma)));
  const std::string value(trim(std::string_view(text).substr(comma + 1)));
  const bool fits = !key.empty() && key.size() <= longest_key && value.size() <= longest_value && is_allowed(key) &&
                    is_allowed(value) && !to_lower(key).starts_with("aws:");
  if (!fits) return invalid();
  tags.emplace_back(key, value);
  return std::nullopt;
}

// A field of CSV and the comma behind it, if there is one.
std::string take_field(std::string_view& rest, bool& more) {
  std::string field;
  bool quoted = rest.starts_with('"');
  std::size_t at = quoted ? 1 : 0;
  for (; at < rest.size(); ++at) {
    if (quoted && rest[at] == '"') {
      if (rest.substr(at + 1).starts_with('"'))
        ++at;
      else {
        quoted = false;
        continue;
      }
    } else if (!quoted && rest[at] == ',') {
      break;
    }
    field += rest[at];
  }
  more = at < rest.size();
  rest.remove_prefix(more ? at + 1 : at);
  return field;
}

// Of --tags: two fields of CSV.
std::optional<Tag> csv_tag(std::string_view text) {
  bool more = false;
  Tag tag;
  tag.first = take_field(text, more);
  if (!more) return std::nullopt;
  tag.second = take_field(text, more);
  if (more) return std::nullopt;
  return tag;
}

std::optional<std::uint64_t> whole(std::string_view digits) {
  const auto number = parse_python_int(digits);
  return number && *number > 0 ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const std::string upper = to_upper(trim(text));
  std::string_view number = upper;
  if (!number.ends_with('B')) return whole(number);
  number.remove_suffix(1);
  const bool decimal = number.ends_with('I');
  if (decimal) number.remove_suffix(1);
  constexpr std::string_view units = "KMGTPE";
  const std::size_t unit = number.empty() ? std::string_view::npos : units.find(number.back());
  if (unit == std::string_view::npos) return decimal ? std::nullopt : whole(number);
  number.remove_suffix(1);
  const auto value = parse_double(std::string(trim(number)));
  if (!value) return std::nullopt;
  const double bytes = *value * std::pow(decimal ? 1000.0 : 1024.0, static_cast<double>(unit + 1));
  if (!(bytes >= 1) || bytes >= 9e18) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace

store::Tags TagOptions::tags() const {
  if (!appended.empty()) return appended;
  store::Tags tags;
  for (const std::string& text : list) {
    const auto tag = csv_tag(text);
    if (!tag) throw Failure(exit_usage, fmt::format("Invalid tag format: {}", text));
    tags.push_back(*tag);
  }
  return tags;
}

void declare_tags(usage::Options& options, TagOptions& tags, const std::string& prefix, const std::string& what) {
  const std::string metavar = to_upper(replace_all(prefix, "-", "_")) + "TAGS";
  const std::string many = fmt::format("--{}tags", prefix), one = fmt::format("--{}tag", prefix);
  options.value_list({many}, tags.list, metavar + "_LIST", fmt::format("tags of {}, each as KEY,VALUE", what));
  usage::OptionSpec spec;
  spec.names = {one};
  spec.kind = usage::OptionSpec::Kind::repeated_value;
  spec.metavar = metavar + "_APPEND";
  spec.help = fmt::format("the same for one tag; may be given more than once");
  spec.store = [&tags](const std::string& text) { return add_tag(text, tags.appended); };
  options.custom(std::move(spec));
  options.exclusive({many, one});
}

void declare_size(usage::Options& options, std::vector<std::string> names, std::uint64_t& target,
                  const std::string& metavar, const std::string& help) {
  const auto store = [&target](const std::string& text) -> Problem {
    const auto size = parse_size(text);
    if (!size) return fmt::format("'{}' is not a valid size string", to_upper(text));
    target = *size;
    return std::nullopt;
  };
  options.value(std::move(names), store, metavar, help);
}

void declare_encryption(usage::Options& options, CommonOptions& common, std::string metavar) {
  options.section(s3_section);
  usage::OptionSpec spec;
  spec.names = {"-e", "--encryption"};
  spec.metavar = metavar;
  spec.help = "how S3 encrypts what it stores: AES256 or aws:kms";
  spec.section = s3_section;
  if (metavar.empty()) spec.choices = {"AES256", "aws:kms"};
  spec.store = [&common](const std::string& word) -> Problem {
    common.direct.encryption = word;
    if (word == "AES256" || word == "aws:kms") return std::nullopt;
    return fmt::format("invalid choice: {} (choose from 'AES256', 'aws:kms')", python_repr(word));
  };
  options.custom(std::move(spec));
  options.section("");
}

void declare_kms_key_id(usage::Options& options, CommonOptions& common) {
  options.section(s3_section);
  options.value({"--sse-kms-key-id"}, common.direct.kms_key_id, "SSE_KMS_KEY_ID",
                "id or ARN of the key for --encryption aws:kms");
  options.section("");
}

void declare_kms_key_name(usage::Options& options, CommonOptions& common) {
  options.section(google_section);
  options.value({"--kms-key-name"}, common.direct.kms_key_name, "KMS_KEY_NAME",
                "key of Google's key management that the store encrypts with");
  options.section("");
}

void declare_encryption_scope(usage::Options& options, CommonOptions& common) {
  options.section(azure_section);
  options.value({"--encryption-scope"}, common.direct.encryption_scope, "ENCRYPTION_SCOPE",
                "encryption scope of Azure that the store encrypts in");
  options.section("");
}

}  // namespace barman::cloud
