#include "values.h"

#include <gtest/gtest.h>

#include "barman/core/text.h"

namespace barman::config {
namespace {

// One spelling for every kind of value; "!" begins the reason why a text is none.
std::string show(const Value& value) {
  struct Shower {
    std::string operator()(std::nullptr_t) const { return "unset"; }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(const std::string& text) const { return "'" + text + "'"; }
    std::string operator()(const std::set<std::string>& words) const {
      return "{" + join({words.begin(), words.end()}, " ") + "}";
    }
    std::string operator()(const std::vector<std::string>& items) const { return "[" + join(items, "|") + "]"; }
    std::string operator()(const std::map<std::string, std::int64_t>&) const { return "map"; }
    std::string operator()(Micros duration) const { return std::to_string(duration.count() / 1'000'000) + "s"; }
    std::string operator()(const RetentionPolicy& policy) const { return policy.canonical(); }
  };
  return std::visit(Shower{}, value);
}

struct ValueCase {
  ParseValue parse;
  std::string_view text;
  std::string_view want;
};
class ParseConfigurationValue : public testing::TestWithParam<ValueCase> {};

TEST_P(ParseConfigurationValue, GivesValueOrReason) {
  const auto& [parse, text, want] = GetParam();
  std::string got;
  try {
    got = show(parse(text, {"key", "section"}));
  } catch (const InvalidValue& invalid) {
    got = "!" + invalid.reason;
  }
  EXPECT_EQ(got, want) << "'" << text << "'";
}

constexpr const char* bad_boolean =
    "!Invalid boolean representation (must be one in: true|t|yes|1|on | false|f|no|0|off)";

INSTANTIATE_TEST_SUITE_P(
    Booleans, ParseConfigurationValue,
    testing::Values(ValueCase{parse_boolean, "true", "true"}, ValueCase{parse_boolean, "T", "true"},
                    ValueCase{parse_boolean, "Yes", "true"}, ValueCase{parse_boolean, "1", "true"},
                    ValueCase{parse_boolean, "ON", "true"}, ValueCase{parse_boolean, "false", "false"},
                    ValueCase{parse_boolean, "f", "false"}, ValueCase{parse_boolean, "no", "false"},
                    ValueCase{parse_boolean, "0", "false"}, ValueCase{parse_boolean, "oFf", "false"},
                    ValueCase{parse_boolean, "", bad_boolean}, ValueCase{parse_boolean, " on", bad_boolean},
                    ValueCase{parse_boolean, "on # comment", bad_boolean}, ValueCase{parse_boolean, "y", bad_boolean}));

INSTANTIATE_TEST_SUITE_P(
    Integers, ParseConfigurationValue,
    testing::Values(ValueCase{parse_integer, "5", "5"}, ValueCase{parse_integer, " +5 ", "5"},
                    ValueCase{parse_integer, "-3", "-3"}, ValueCase{parse_integer, "1_0", "10"},
                    ValueCase{parse_integer, "007", "7"},
                    ValueCase{parse_integer, "", "!invalid literal for int() with base 10: ''"},
                    ValueCase{parse_integer, "1__0", "!invalid literal for int() with base 10: '1__0'"},
                    ValueCase{parse_integer, "0x3", "!invalid literal for int() with base 10: '0x3'"},
                    ValueCase{parse_integer, "it's", "!invalid literal for int() with base 10: \"it's\""}));

INSTANTIATE_TEST_SUITE_P(
    Intervals, ParseConfigurationValue,
    testing::Values(ValueCase{parse_interval, "", "unset"}, ValueCase{parse_interval, "1 hour", "3600s"},
                    ValueCase{parse_interval, "2 Hours", "7200s"}, ValueCase{parse_interval, " 1\tDAY ", "86400s"},
                    ValueCase{parse_interval, "2 weeks", "1209600s"}, ValueCase{parse_interval, "1 MONTH", "2678400s"},
                    ValueCase{parse_interval, "0 days", "0s"},
                    ValueCase{parse_interval, "2days", "!Invalid value for a time interval 2days"},
                    ValueCase{parse_interval, "1 dayss", "!Invalid value for a time interval 1 dayss"},
                    ValueCase{parse_interval, "5", "!Invalid value for a time interval 5"},
                    ValueCase{parse_interval, "1 year", "!Invalid value for a time interval 1 year"},
                    ValueCase{parse_interval, "-1 day", "!Invalid value for a time interval -1 day"},
                    ValueCase{parse_interval, "99999999999 weeks",
                              "!Invalid value for a time interval 99999999999 weeks"}));

INSTANTIATE_TEST_SUITE_P(
    Sizes, ParseConfigurationValue,
    testing::Values(ValueCase{parse_size, "", "unset"}, ValueCase{parse_size, "5", "5"},
                    ValueCase{parse_size, "5 ", "5"}, ValueCase{parse_size, "5k", "5000"},
                    ValueCase{parse_size, "5 Ki", "5120"}, ValueCase{parse_size, "5M", "5000000"},
                    ValueCase{parse_size, "5Mi", "5242880"}, ValueCase{parse_size, "1 G", "1000000000"},
                    ValueCase{parse_size, "1Gi", "1073741824"}, ValueCase{parse_size, "1T", "1000000000000"},
                    ValueCase{parse_size, "1Ti", "1099511627776"},
                    ValueCase{parse_size, "1K", "!Invalid value for a number 1K"},
                    ValueCase{parse_size, "1gi", "!Invalid value for a number 1gi"},
                    ValueCase{parse_size, "10KiB", "!Invalid value for a number 10KiB"},
                    ValueCase{parse_size, " 5", "!Invalid value for a number  5"},
                    ValueCase{parse_size, "-1", "!Invalid value for a number -1"},
                    ValueCase{parse_size, "9999999999Ti", "!Invalid value for a number 9999999999Ti"}));

constexpr const char* bad_path = "!Invalid value : 'x' (must be an absolute path)";
constexpr const char* bad_url = "!The URL is not compatible with any of the supported cloud providers";

INSTANTIATE_TEST_SUITE_P(
    Paths, ParseConfigurationValue,
    testing::Values(ValueCase{parse_absolute_path, "/a b", "'/a b'"}, ValueCase{parse_absolute_path, "x", bad_path},
                    ValueCase{parse_absolute_path, "~/x", "!Invalid value : '~/x' (must be an absolute path)"},
                    ValueCase{parse_directory, "relative/x", "'relative/x'"},
                    ValueCase{parse_directory, "", "!Invalid value (a directory cannot be empty)"},
                    ValueCase{parse_directory, "None", "!Invalid value (a directory cannot be empty)"},
                    ValueCase{parse_directory_or_url, "/x", "'/x'"},
                    ValueCase{parse_directory_or_url, "s3://bucket/x", "'s3://bucket/x'"},
                    ValueCase{parse_directory_or_url, "gs://bucket", "'gs://bucket'"},
                    ValueCase{parse_directory_or_url, "https://a.blob.core.windows.net/c",
                              "'https://a.blob.core.windows.net/c'"},
                    ValueCase{parse_directory_or_url, "https://console.cloud.google.com/storage/browser/b",
                              "'https://console.cloud.google.com/storage/browser/b'"},
                    ValueCase{parse_directory_or_url, "s3://", bad_url},
                    ValueCase{parse_directory_or_url, "ftp://b/x", bad_url},
                    ValueCase{parse_directory_or_url, "/a://b", bad_url},
                    ValueCase{parse_directory_or_url, "https://a.blob.core.windows.net", bad_url},
                    ValueCase{parse_directory_or_url, "https://example.org/x", bad_url}));

INSTANTIATE_TEST_SUITE_P(
    Words, ParseConfigurationValue,
    testing::Values(
        ValueCase{parse_slot_name, "Barman_1", "'barman_1'"},
        ValueCase{
            parse_slot_name, "a-b",
            "!Replication slot names may only contain lower case letters, numbers, and the underscore character."},
        ValueCase{parse_backup_method, "POSTGRES", "'postgres'"},
        ValueCase{parse_backup_method, "local-to-cloud", "'local-to-cloud'"},
        ValueCase{parse_backup_method, "",
                  "!Invalid value (must be one in: 'rsync', 'postgres', 'local-rsync', 'snapshot', 'local-to-cloud')"},
        ValueCase{parse_reuse_backup, "LINK", "'link'"},
        ValueCase{parse_reuse_backup, "no", "!Invalid value (use 'copy', 'link' or 'off')"},
        ValueCase{parse_create_slot, "Auto", "'auto'"},
        ValueCase{parse_create_slot, "", "!Invalid value (use 'manual' or 'auto')"},
        ValueCase{parse_compression, "", "''"}, ValueCase{parse_compression, "ZSTD", "'zstd'"},
        ValueCase{parse_compression, "none",
                  "!Invalid value: 'none' (must be one in: gzip, bzip2, pygzip, pybzip2, pigz, xz, zstd, lz4, snappy, "
                  "custom)"},
        ValueCase{parse_compression_level, "", "''"}, ValueCase{parse_compression_level, "HIGH", "'high'"},
        ValueCase{parse_compression_level, "-007", "-7"}, ValueCase{parse_compression_level, "9", "9"},
        ValueCase{parse_compression_level, "--3", "!invalid literal for int() with base 10: '--3'"},
        ValueCase{parse_compression_level, "+1",
                  "!Invalid value: '+1' (must be one in [low, medium, high] or an acceptable integer)"},
        ValueCase{parse_encryption, "GPG", "'gpg'"}, ValueCase{parse_encryption, "None", "unset"},
        ValueCase{parse_encryption, "AES", "!Invalid encryption value 'aes'. Allowed values are: none, gpg."},
        ValueCase{parse_backup_compression, "LZ4", "'lz4'"}, ValueCase{parse_backup_compression, "none", "'none'"},
        ValueCase{parse_backup_compression, "BZ",
                  "!Invalid value 'BZ'(must be one in: ['gzip', 'lz4', 'zstd', 'none'])"},
        ValueCase{parse_backup_format, "TAR", "'tar'"},
        ValueCase{parse_backup_format, "zip", "!Invalid value (must be either `plain` or `tar`)"},
        ValueCase{parse_backup_location, "Server", "'server'"},
        ValueCase{parse_backup_location, "x", "!Invalid value (must be either `client` or `server`)"},
        ValueCase{parse_combine_mode, "CLONE", "'clone'"},
        ValueCase{parse_combine_mode, "ZZ", "!Invalid value: zz (options are: copy, link, clone, copy-file-range)"},
        ValueCase{parse_staging_location, "remote", "'remote'"},
        ValueCase{parse_staging_location, "LOCAL", "!Invalid value: LOCAL (options are: local, remote)"},
        ValueCase{parse_aws_encryption, "aws:kms", "'aws:kms'"},
        ValueCase{parse_aws_encryption, "aes256", "!Invalid value 'aes256' (must be one in: ['AES256', 'aws:kms'])"}));

INSTANTIATE_TEST_SUITE_P(
    Lists, ParseConfigurationValue,
    testing::Values(
        ValueCase{parse_disks, "a, b", "[a| b]"}, ValueCase{parse_disks, "a,,it's", "!['a', '', \"it's\"]"},
        ValueCase{parse_disks, "", "!['']"}, ValueCase{parse_backup_options, "", "{}"},
        ValueCase{parse_backup_options, " External_Configuration , concurrent_backup",
                  "{concurrent_backup external_configuration}"},
        ValueCase{parse_backup_options, "concurrent_backup,",
                  "!Invalid configuration value '' for key key in [section] section: Unknown option"},
        ValueCase{parse_backup_options, "zz,exclusive_backup,concurrent_backup",
                  "!Invalid configuration value 'zz' for key key in [section] section: Unknown option"},
        ValueCase{
            parse_backup_options, "concurrent_backup,external_configuration,exclusive_backup",
            "!Invalid configuration value 'exclusive_backup' for key key in [section] section: cannot contain both "
            "'exclusive_backup' and 'concurrent_backup'.Configuration directive ignored."},
        ValueCase{parse_recovery_options, "GET-WAL,delta-restore", "{delta-restore get-wal}"}));

TEST(Unquote, DropsOnePairAroundTheWholeValue) {
  EXPECT_EQ(unquote("\"a b\""), "a b");
  EXPECT_EQ(unquote("'a'"), "a");
  EXPECT_EQ(unquote("\"\"x\"\""), "\"x\"");
  EXPECT_EQ(unquote("\"a\" \"b\""), "a\" \"b");
  EXPECT_EQ(unquote("\"a"), "\"a");
  EXPECT_EQ(unquote("'a\""), "'a\"");
  EXPECT_EQ(unquote("\""), "\"");
  EXPECT_EQ(unquote("\"a\nb\""), "\"a\nb\"");
  EXPECT_EQ(unquote("''"), "");
  EXPECT_EQ(unquote("None"), "");
  EXPECT_EQ(unquote("'None'"), "None");
}

struct PolicyCase {
  std::string_view text;
  std::string_view canonical;  // "": no policy
  std::int64_t days;           // of the window
};
class ParseRetentionPolicy : public testing::TestWithParam<PolicyCase> {};

TEST_P(ParseRetentionPolicy, GivesCanonicalTextAndWindow) {
  const auto policy = parse_retention_policy(GetParam().text);
  ASSERT_EQ(policy.has_value(), !GetParam().canonical.empty());
  if (!policy) return;
  EXPECT_EQ(policy->canonical(), GetParam().canonical);
  if (policy->kind == RetentionPolicy::Kind::recovery_window) {
    EXPECT_EQ(policy->window(), std::chrono::hours(24 * GetParam().days));
  }
}

INSTANTIATE_TEST_SUITE_P(Policies, ParseRetentionPolicy,
                         testing::Values(PolicyCase{"redundancy 2", "REDUNDANCY 2", 0},
                                         PolicyCase{" REDUNDANCY \t 007 ", "REDUNDANCY 7", 0},
                                         PolicyCase{"Redundancy 0", "REDUNDANCY 0", 0},
                                         PolicyCase{"recovery window of 1 day", "RECOVERY WINDOW OF 1 DAYS", 1},
                                         PolicyCase{"RECOVERY WINDOW OF 2 WEEKS", "RECOVERY WINDOW OF 2 WEEKS", 14},
                                         PolicyCase{"recovery  window of 3 month", "RECOVERY WINDOW OF 3 MONTHS", 93},
                                         PolicyCase{"redundancy -1", "", 0}, PolicyCase{"redundancy", "", 0},
                                         PolicyCase{"redundancy 2 x", "", 0}, PolicyCase{"recovery window of 2", "", 0},
                                         PolicyCase{"recovery window of 2 dayss", "", 0},
                                         PolicyCase{"recovery window 2 days", "", 0}, PolicyCase{"", "", 0},
                                         PolicyCase{"redundancy 99999999999999999999", "", 0}));

}  // namespace
}  // namespace barman::config
