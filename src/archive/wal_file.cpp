#include "barman/archive/wal_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::archive {

namespace {

constexpr std::string_view logger = "barman.wal_archiver";
constexpr mode_t permission_bits = 07777;
// PostgreSQL writes a line a timeline.
constexpr std::size_t longest_text = 1024 * 1024;

bool is_encrypted(const codec::Recipe& recipe) {
  return !recipe.empty() && recipe.back().algorithm == codec::Algorithm::gpg;
}

}  // namespace

std::optional<std::string> text_of(const std::string& path, const config::ServerConfig& config,
                                   const codec::Stage& settings) {
  const UniqueFd fd = fs::open_file(path, O_RDONLY);
  std::string text;
  const auto take = [&text](std::string_view piece) {
    if (text.size() <= longest_text) text.append(piece);
  };
  codec::inspect(fd.get(), recipe_of_file(path, config, settings), path, take);
  return text.size() <= longest_text ? std::optional(text) : std::nullopt;
}

std::optional<std::string> plain_problem(const WalName& wal, int fd, const std::string& path) {
  struct ::stat info {};
  if (::fstat(fd, &info) != 0) throw_errno("examine", path);
  std::string head(segment_header_size, '\0');
  const ssize_t got = ::pread(fd, head.data(), head.size(), 0);
  if (got < 0) throw_errno("read", path);
  head.resize(static_cast<std::size_t>(got));
  if (auto problem = wal_problem(wal, head, static_cast<std::uint64_t>(info.st_size), Unrecognised::accept))
    return problem;
  char last = '\0';
  if (::pread(fd, &last, 1, info.st_size - 1) < 0) throw_errno("read", path);
  return ending_problem(wal, head, last);
}

std::optional<std::string> packed_problem(const WalName& wal, const std::string& path, const codec::Recipe& recipe,
                                          const codec::Watch& watch) {
  const UniqueFd fd = fs::open_file(path, O_RDONLY);
  WalContent content(wal);
  try {
    codec::inspect(fd.get(), recipe, path, [&](std::string_view piece) {
      content.add(piece);
      if (watch) watch(piece);
    });
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) throw;
    return error.what();
  }
  return content.problem();
}

std::optional<std::string> stored_problem(const WalName& wal, const std::string& path,
                                          const config::ServerConfig& config, const codec::Stage& settings) {
  const codec::Recipe recipe = recipe_of_file(path, config, settings);
  if (recipe.empty()) return plain_problem(wal, fs::open_file(path, O_RDONLY).get(), path);
  if (!is_encrypted(recipe)) return packed_problem(wal, path, recipe);
  if (!config.encryption_passphrase_command) return std::nullopt;
  try {
    return packed_problem(wal, path, recipe);
  } catch (const Error& error) {
    log::warning(logger, "Cannot look into {}: {}", path, error.what());
    return std::nullopt;
  }
}

void require_passphrase(const config::ServerConfig& config, std::string_view name) {
  if (config.encryption_passphrase_command) return;
  throw Error(
      Errc::config,
      fmt::format("Encrypted WAL file '{}' detected, but no 'encryption_passphrase_command' is configured. Please "
                  "set 'encryption_passphrase_command' in the configuration so the correct private key can be "
                  "identified for decryption.",
                  name));
}

void read_stored(int fd, const std::string& path, const config::ServerConfig& config, const codec::Stage& settings,
                 const std::function<void(std::string_view)>& take) {
  std::string head(head_size(settings), '\0');
  const ssize_t got = ::pread(fd, head.data(), head.size(), 0);
  if (got < 0) throw_errno("read", path);
  head.resize(static_cast<std::size_t>(got));
  const codec::Recipe recipe = stored_recipe(head, config, settings);
  if (recipe.empty()) return fs::read_blocks(fd, path, take);
  if (is_encrypted(recipe)) require_passphrase(config, base_name(path));
  codec::inspect(fd, recipe, path, take);
}

bool is_beginning_of(const std::string& stored, const WalName& wal, const std::string& source,
                     const config::ServerConfig& config, const codec::Stage& settings) {
  if (!is_text(wal.kind)) return false;
  if (is_encrypted(recipe_of_file(stored, config, settings)) && !config.encryption_passphrase_command) return false;
  const auto all = text_of(source, config, settings);
  const auto beginning = text_of(stored, config, settings);
  return all && beginning && all->size() > beginning->size() && all->starts_with(*beginning);
}

void ContentCheck::operator()(std::string_view piece) {
  const auto problem = piece.empty() ? content_.problem() : content_.add(piece);
  if (problem) refuse_damaged(path_, *problem);
}

void copy_bytes(int from, const std::string& from_path, int to, const std::string& to_path) {
  std::vector<char> buffer(256 * 1024);
  while (const std::size_t got = fs::read_some(from, buffer, from_path)) {
    signals::throw_if_pending();
    fs::write_all(to, {buffer.data(), got}, to_path);
  }
}

void finish_copy(int fd, const std::string& path, const struct ::stat& original) {
  const struct ::timespec times[2] = {original.st_atim, original.st_mtim};
  if (::fchmod(fd, original.st_mode & permission_bits) != 0) throw_errno("change the mode of", path);
  if (::futimens(fd, times) != 0) throw_errno("set the times of", path);
  fs::sync_fd(fd, path);
}

void refuse_damaged(const std::string& path, const std::string& problem) {
  throw Error(
      Errc::corrupt, fmt::format("'{}' does not hold the WAL file of its name: {}", path, problem),
      "if another copy of this file exists, put it into the incoming directory and run archive-wal: it takes the "
      "place of the damaged one; without one, take a new backup: recovery cannot go beyond this file");
}

namespace {

constexpr std::size_t digits_per_byte = 2;

// "0x1f8b": the first two characters are dropped, the rest is pairs of hexadecimal digits (config.md 7).
std::string magic_bytes(const std::string& text, const std::string& server) {
  std::string bytes;
  for (std::size_t i = 2; i < text.size(); i += digits_per_byte) {
    const auto byte = parse_hex(std::string_view(text).substr(i, digits_per_byte));
    if (!byte || i + digits_per_byte > text.size())
      throw Error(Errc::config, fmt::format("Invalid custom_compression_magic '{}' for server '{}'", text, server),
                  "write it as 0x followed by pairs of hexadecimal digits");
    bytes += static_cast<char>(*byte);
  }
  return bytes;
}

bool is_custom(const config::ServerConfig& config) { return config.compression == "custom"; }

}  // namespace

std::shared_ptr<const codec::Gpg> gpg_settings(const config::ServerConfig& config) {
  codec::Gpg gpg;
  gpg.recipient = config.encryption_key_id.value_or("");
  if (config.encryption_passphrase_command)
    gpg.passphrase = codec::Passphrase::from(*config.encryption_passphrase_command, config.search_path());
  gpg.search_path = config.search_path();
  gpg.patience = config.patience();
  return std::make_shared<const codec::Gpg>(std::move(gpg));
}

codec::Stage codec_settings(const config::ServerConfig& config) {
  codec::Stage settings;
  if (config.compression)
    settings.algorithm = codec::parse_algorithm(*config.compression).value_or(codec::Algorithm::gzip);
  settings.level = config.compression_level;
  settings.gpg = gpg_settings(config);
  settings.custom_compression_filter = config.custom_compression_filter.value_or("");
  settings.custom_decompression_filter = config.custom_decompression_filter.value_or("");
  if (config.custom_compression_magic)
    settings.custom_magic = magic_bytes(*config.custom_compression_magic, config.name);
  if (is_custom(config) && (settings.custom_compression_filter.empty() || settings.custom_decompression_filter.empty()))
    throw Error(Errc::config,
                fmt::format("compression = custom of server '{}' needs custom_compression_filter and "
                            "custom_decompression_filter",
                            config.name),
                "set both filters, or choose one of the built-in compressions");
  return settings;
}

codec::Stage for_waiting(codec::Stage settings, std::size_t waiting) {
  const bool medium = settings.level.empty() || settings.level == "medium";
  if (settings.algorithm == codec::Algorithm::lz4 && medium && waiting > backlog) settings.level = "low";
  return settings;
}

std::optional<codec::Algorithm> algorithm_of(std::string_view head, const config::ServerConfig& config,
                                             const codec::Stage& settings) {
  const auto found = codec::detect(head, is_custom(config) ? settings.custom_magic : std::string());
  if (!found && is_custom(config) && settings.custom_magic.empty()) return codec::Algorithm::custom;
  return found;
}

codec::Recipe stored_recipe(std::string_view head, const config::ServerConfig& config, const codec::Stage& settings) {
  if (!codec::looks_encrypted(head)) return codec::stored_as(algorithm_of(head, config, settings), settings);
  return codec::stored_encrypted(settings.gpg, settings);
}

codec::Recipe recipe_of_file(const std::string& path, const config::ServerConfig& config,
                             const codec::Stage& settings) {
  return stored_recipe(codec::read_head(path, head_size(settings)), config, settings);
}

std::size_t head_size(const codec::Stage& settings) {
  return std::max(codec::magic_bytes_needed, settings.custom_magic.size());
}

std::optional<codec::Algorithm> stored_algorithm(const std::string& path, const config::ServerConfig& config,
                                                 const codec::Stage& settings) {
  return algorithm_of(codec::read_head(path, head_size(settings)), config, settings);
}

void describe_stored(const std::string& path, const config::ServerConfig& config, const codec::Stage& settings,
                     catalog::WalEntry& entry) {
  entry.compression.reset();
  entry.encryption.reset();
  const std::string head = codec::read_head(path, head_size(settings));
  if (codec::looks_encrypted(head)) {
    entry.encryption = "gpg";
  } else if (const auto algorithm = algorithm_of(head, config, settings)) {
    entry.compression = codec::name(*algorithm);
  }
}

}  // namespace barman::archive
