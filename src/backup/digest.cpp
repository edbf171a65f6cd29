#include "digest.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <vector>

#include "barman/codec/crc32c.h"
#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::backup {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;

struct Row {
  ChecksumKind kind;
  std::string_view word;
  std::size_t bytes;
  const EVP_MD* (*algorithm)();
};
constexpr std::array rows{
    Row{ChecksumKind::none, "NONE", 0, nullptr},         Row{ChecksumKind::crc32c, "CRC32C", 4, nullptr},
    Row{ChecksumKind::sha224, "SHA224", 28, EVP_sha224}, Row{ChecksumKind::sha256, "SHA256", 32, EVP_sha256},
    Row{ChecksumKind::sha384, "SHA384", 48, EVP_sha384}, Row{ChecksumKind::sha512, "SHA512", 64, EVP_sha512},
};

const Row& row_of(ChecksumKind kind) { return *std::ranges::find(rows, kind, &Row::kind); }

void require(int success) {
  if (success != 1) throw Error(Errc::io, "cannot compute a checksum: OpenSSL refuses");
}

}  // namespace

std::optional<ChecksumKind> parse_checksum_kind(std::string_view word) {
  const std::string upper = to_upper(word);
  const auto row = std::ranges::find(rows, std::string_view(upper), &Row::word);
  return row == rows.end() ? std::nullopt : std::optional(row->kind);
}

std::size_t hex_size(ChecksumKind kind) { return 2 * row_of(kind).bytes; }

void Checksum::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Checksum::Checksum(ChecksumKind kind) : kind_(kind) {
  const auto algorithm = row_of(kind).algorithm;
  if (algorithm == nullptr) return;
  context_.reset(EVP_MD_CTX_new());
  if (!context_) throw std::bad_alloc();
  require(EVP_DigestInit_ex(context_.get(), algorithm(), nullptr));
}

void Checksum::update(std::string_view bytes) {
  if (context_)
    require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
  else if (kind_ == ChecksumKind::crc32c)
    crc_ = codec::crc32c(bytes, crc_);
}

std::string Checksum::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  if (context_) {
    unsigned int size = 0;
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), &size));
  } else {
    for (std::size_t i = 0; i < sizeof crc_; ++i) digest[i] = static_cast<unsigned char>(crc_ >> 8 * i);
  }
  std::string text;
  for (std::size_t i = 0; i < row_of(kind_).bytes; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

FileDigest digest_file(const std::string& path, ChecksumKind kind) {
  const UniqueFd fd = fs::open_file(path, O_RDONLY);
  Checksum checksum(kind);
  FileDigest result;
  std::vector<char> buffer(buffer_size);
  while (const std::size_t got = fs::read_some(fd.get(), buffer, path)) {
    signals::throw_if_pending();
    checksum.update({buffer.data(), got});
    result.size += static_cast<std::int64_t>(got);
  }
  result.checksum = checksum.hex();
  return result;
}

void digest_file(const std::string& path, ManifestEntry& entry) {
  FileDigest result = digest_file(path, ChecksumKind::sha256);
  entry.size = result.size;
  entry.checksum = std::move(result.checksum);
}

}  // namespace barman::backup
