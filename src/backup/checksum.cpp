#include "checksum.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "barman/core/crc32c.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::backup {
namespace {

struct Row {
  ChecksumKind kind;
  std::string_view word;
  std::optional<DigestKind> digest = std::nullopt;
};
constexpr std::array rows{
    Row{ChecksumKind::none, "NONE"},
    Row{ChecksumKind::crc32c, "CRC32C"},
    Row{ChecksumKind::sha224, "SHA224", DigestKind::sha224},
    Row{ChecksumKind::sha256, "SHA256", DigestKind::sha256},
    Row{ChecksumKind::sha384, "SHA384", DigestKind::sha384},
    Row{ChecksumKind::sha512, "SHA512", DigestKind::sha512},
};

const Row& row_of(ChecksumKind kind) { return *std::ranges::find(rows, kind, &Row::kind); }

}  // namespace

std::optional<ChecksumKind> parse_checksum_kind(std::string_view word) {
  const std::string upper = to_upper(word);
  const auto row = std::ranges::find(rows, std::string_view(upper), &Row::word);
  return row == rows.end() ? std::nullopt : std::optional(row->kind);
}

std::size_t hex_size(ChecksumKind kind) {
  if (const auto digest = row_of(kind).digest) return hex_size(*digest);
  return kind == ChecksumKind::crc32c ? 2 * sizeof(std::uint32_t) : 0;
}

Checksum::Checksum(ChecksumKind kind) : kind_(kind) {
  if (const auto digest = row_of(kind).digest) digest_.emplace(*digest);
}

void Checksum::update(std::string_view bytes) {
  if (digest_)
    digest_->update(bytes);
  else if (kind_ == ChecksumKind::crc32c)
    crc_ = crc32c(bytes, crc_);
}

std::string Checksum::hex() {
  if (digest_) return digest_->hex();
  if (kind_ == ChecksumKind::none) return {};
  return fmt::format("{:08x}", __builtin_bswap32(crc_));
}

FileDigest digest_file(const std::string& path, ChecksumKind kind) {
  const UniqueFd fd = fs::open_file(path, O_RDONLY);
  Checksum checksum(kind);
  FileDigest result;
  fs::read_blocks(fd.get(), path, [&](std::string_view block) {
    signals::throw_if_pending();
    checksum.update(block);
    result.size += static_cast<std::int64_t>(block.size());
  });
  result.checksum = checksum.hex();
  return result;
}

}  // namespace barman::backup
