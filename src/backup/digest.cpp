#include "digest.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <openssl/evp.h>

#include <vector>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::backup {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;

void require(int success) {
  if (success != 1) throw Error(Errc::io, "cannot compute a SHA256 digest: OpenSSL refuses");
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_) throw std::bad_alloc();
  require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void Sha256::update(std::string_view bytes) { require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size())); }

std::string Sha256::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  require(EVP_DigestFinal_ex(context_.get(), digest, &size));
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

void digest_file(const std::string& path, ManifestEntry& entry) {
  const UniqueFd fd = fs::open_file(path, O_RDONLY);
  Sha256 digest;
  std::vector<char> buffer(buffer_size);
  entry.size = 0;
  while (const std::size_t got = fs::read_some(fd.get(), buffer, path)) {
    digest.update({buffer.data(), got});
    entry.size += static_cast<std::int64_t>(got);
  }
  entry.checksum = digest.hex();
}

}  // namespace barman::backup
