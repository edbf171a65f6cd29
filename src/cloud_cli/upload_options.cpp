#include "upload_options.h"

#include <fmt/core.h>

#include "backup_options.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"

namespace barman::cloud::cli {
namespace {

using Problem = std::optional<std::string>;

Problem add_tag(const std::string& text, store::Tags& tags) {
  if (text.empty()) return std::nullopt;
  const auto tag = parse_tag(text);
  if (!tag) return fmt::format("invalid check_tag value: {}", python_repr(text));
  tags.push_back(*tag);
  return std::nullopt;
}

}  // namespace

store::Tags TagOptions::tags() const {
  if (!appended.empty()) return appended;
  store::Tags tags;
  for (const std::string& text : list) tags.push_back(parse_csv_tag(text));
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
  spec.help = "the same for one tag; may be given more than once";
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

}  // namespace barman::cloud::cli
