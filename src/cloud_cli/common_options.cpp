#include <fmt/core.h>

#include "command.h"

namespace barman::cloud::cli {
namespace {

constexpr store::Provider providers[] = {store::Provider::aws_s3, store::Provider::azure_blob_storage,
                                         store::Provider::google_cloud_storage};
constexpr const char* provider_words[] = {"aws-s3", "azure-blob-storage", "google-cloud-storage"};

void declare_s3(usage::Options& options, CommonOptions& common) {
  options.section(s3_section);
  options.value({"--endpoint-url"}, common.direct.endpoint_url, "ENDPOINT_URL",
                "where the S3 service is, if it is not that of AWS");
  options.value({"-P", "--aws-profile"}, common.direct.profile, "AWS_PROFILE",
                "section of the AWS configuration and credentials files that applies");
  options.value({"--profile"}, common.direct.profile, "AWS_PROFILE", "deprecated: the same as --aws-profile");
  options.number({"--read-timeout"}, common.read_timeout, "READ_TIMEOUT",
                 "give a connection up that has been silent for this many seconds (default: 60)");
  options.choice(
      {"--addressing-style"}, common.addressing_style, {"auto", "virtual", "path"},
      "where requests name the bucket: in the name of the host (virtual) or in the path; auto decides by the "
      "endpoint and is the default");
}

}  // namespace

store::Provider CommonOptions::provider() const {
  for (std::size_t i = 0; i < std::size(providers); ++i)
    if (provider_word == provider_words[i]) return providers[i];
  return store::Provider::aws_s3;
}

store::Settings CommonOptions::settings() const {
  store::Settings settings = direct;
  if (read_timeout) {
    if (*read_timeout < 1)
      throw Failure(exit_usage, fmt::format("--read-timeout {} is not a positive number of seconds", *read_timeout));
    settings.read_timeout = std::chrono::seconds(*read_timeout);
  }
  settings.addressing_style = addressing_style.value_or("");
  settings.azure_credential = azure_credential.value_or("");
  return settings;
}

void declare_common(usage::Options& options, CommonOptions& common) {
  options.ending_flag({"-V", "--version"}, "show the version and exit");
  options.help_flag({"--help"}, "show this help message and exit");
  options.counted_flag({"-v", "--verbose"}, common.verbose, "log more; -vv logs most");
  options.counted_flag({"-q", "--quiet"}, common.quiet, "log errors only; -qq leaves these out, too");
  options.exclusive({"-v", "-q"});
  options.flag({"-t", "--test"}, common.test, "try the connection, see whether the bucket exists, and exit");
  options.choice({"--cloud-provider"}, common.provider_word, {provider_words[0], provider_words[1], provider_words[2]},
                 "who provides the store (default: aws-s3)");
  declare_s3(options, common);
  options.section(azure_section);
  options.choice({"--azure-credential", "--credential", "--default"}, common.azure_credential,
                 {"azure-cli", "managed-identity", "default"},
                 "which kind of credentials to use; without it those of the environment, else the first that can be "
                 "had");
  options.section("");
}

void declare_customer_key(usage::Options& options, CommonOptions& common, Use use) {
  options.section(s3_section);
  options.value({"--sse-customer-key"}, common.direct.customer_key_file, "SSE_CUSTOMER_KEY",
                fmt::format("file:///PATH of a file with a key of 256 bits in base64, with which S3 {}decrypts (SSE-C)",
                            use == Use::write ? "encrypts and " : ""));
  options.section("");
}

void declare_target(usage::Options& options, CommonOptions& common, Use use) {
  const char* name = use == Use::write ? "destination_url" : "source_url";
  options.positional(name, common.url, "where the backups are in the store, such as s3://bucket/path");
  options.positional("server_name", common.server, "name of the server, a part of that place");
}

}  // namespace barman::cloud::cli
