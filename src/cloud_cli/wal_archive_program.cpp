// barman-cloud-wal-archive: archive_command of PostgreSQL, or a hook script of barman.
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "barman/cloud/wal_upload.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"
#include "barman/wal/segment.h"
#include "command.h"
#include "programs.h"
#include "upload_options.h"

namespace barman::cloud::cli {
namespace {

using codec::Algorithm;

constexpr std::string_view logger = "barman.cloud";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

// The file that barman calls this hook script for; nullopt: nobody calls a hook script.
std::optional<std::string> file_of_hook() {
  const std::string hook = variable("BARMAN_HOOK"), phase = variable("BARMAN_PHASE");
  if (hook.empty() || phase.empty()) return std::nullopt;
  if (phase != "pre" || (hook != "archive_script" && hook != "archive_retry_script"))
    throw Error(Errc::refused,
                fmt::format("barman-cloud-wal-archive called as unsupported hook script: {}_{}", phase, hook));
  std::string file = variable("BARMAN_FILE");
  if (file.empty()) throw Error(Errc::refused, "BARMAN_FILE environment variable not set");
  return file;
}

std::optional<std::string> level_problem(const std::string& text) {
  const std::string word = to_lower(text);
  if (word.empty() || word == "low" || word == "medium" || word == "high" || parse_python_int(word))
    return std::nullopt;
  return fmt::format("invalid parse_compression_level value: {}", python_repr(text));
}

void warn_of_clamping(Algorithm algorithm, const std::string& level) {
  const auto range = codec::level_range(algorithm);
  const auto number = parse_python_int(level);
  if (!range || !number || (*number >= range->min && *number <= range->max)) return;
  log::warning(logger, "Compression level {} out of range for {}, using {} instead", *number, codec::name(algorithm),
               std::clamp<std::int64_t>(*number, range->min, range->max));
}

class WalArchive : public Command {
 public:
  void declare(usage::Options& options) override {
    declare_common(options, common_);
    declare_compression(options);
    declare_tags(options, tags_, "", "all that is stored");
    declare_tags(options, history_tags_, "history-", "history files, instead of the others");
    declare_kms_key_name(options, common_);
    declare_encryption(options, common_, "ENCRYPTION");
    declare_kms_key_id(options, common_);
    declare_customer_key(options, common_, Use::write);
    declare_encryption_scope(options, common_);
    declare_azure_sizes(options);
    declare_target(options, common_, Use::write);
    options.optional_positional("wal_path", path_, "the file: %p in archive_command");
  }

  void check() override {
    if (auto file = file_of_hook()) path_ = std::move(file);
    if (!path_) throw Failure(exit_usage, "the following arguments are required: wal_path");
    if (!is_any_wal_name(base_name(*path_)))
      throw Failure(exit_usage, fmt::format("{} is an invalid name for a WAL file", *path_));
    const auto wal = parse_wal_name(base_name(*path_));
    const store::Tags of_history = history_tags_.tags();
    upload_ = {.path = *path_, .compression = {}, .tags = tags_.tags()};
    if (wal->kind == WalKind::history && !of_history.empty()) upload_.tags = of_history;
  }

  void run(Session& session) override {
    if (compression_) {
      warn_of_clamping(*compression_, level_);
      upload_.compression.emplace();
      upload_.compression->algorithm = *compression_;
      if (!level_.empty()) upload_.compression->level = level_;
    }
    try {
      upload_wal(session.store, session.layout, upload_);
    } catch (const WalConflict& conflict) {
      throw Failure(exit_refused, with_hint(conflict));
    }
  }

 private:
  void declare_compression(usage::Options& options) {
    const auto flag = [&](std::vector<std::string> names, Algorithm algorithm, const char* word) {
      options.flag(std::move(names), compression_, algorithm, fmt::format("compress the file with {}", word));
    };
    flag({"-z", "--gzip"}, Algorithm::gzip, "gzip");
    flag({"-j", "--bzip2"}, Algorithm::bzip2, "bzip2");
    flag({"--xz"}, Algorithm::xz, "xz");
    flag({"--snappy"}, Algorithm::snappy, "snappy");
    flag({"--zstd"}, Algorithm::zstd, "zstd");
    flag({"--lz4"}, Algorithm::lz4, "lz4");
    options.exclusive({"-z", "-j", "--xz", "--snappy", "--zstd", "--lz4"});
    const auto store = [this](const std::string& text) {
      level_ = text;
      return level_problem(text);
    };
    options.value({"--compression-level"}, store, "COMPRESSION_LEVEL",
                  "low, medium (the default), high, or a number of that compression");
  }

  void declare_azure_sizes(usage::Options& options) {
    options.section(azure_section);
    declare_size(options, {"--max-block-size"}, common_.direct.azure_max_block_size, "MAX_BLOCK_SIZE",
                 "size of the blocks in which a large file is sent (default: 4MB)");
    options.number({"--max-concurrency"}, concurrency_, usage::Number::positive, "MAX_CONCURRENCY",
                   "accepted, and of no effect: a file goes through one connection");
    declare_size(options, {"--max-single-put-size"}, common_.direct.azure_max_single_put, "MAX_SINGLE_PUT_SIZE",
                 "size from which a file is sent in blocks (default: 64MB)");
    options.section("");
  }

  std::optional<Algorithm> compression_;
  std::string level_;
  TagOptions tags_, history_tags_;
  std::optional<std::int64_t> concurrency_;
  std::optional<std::string> path_;
  WalUpload upload_;
};

}  // namespace

std::unique_ptr<Command> wal_archive_command() { return std::make_unique<WalArchive>(); }

}  // namespace barman::cloud::cli
