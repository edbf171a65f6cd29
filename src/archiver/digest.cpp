#include "digest.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <openssl/evp.h>

#include <array>
#include <vector>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::archiver {

struct Digest::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

namespace {

void check(bool ok) {
  if (!ok)
    throw Error(Errc::unsupported, "libcrypto does not compute this kind of checksum",
                "send SHA256SUMS; MD5 may be switched off on this machine");
}

}  // namespace

Digest::Digest(DigestKind kind) : state_(std::make_unique<State>()) {
  const EVP_MD* algorithm = kind == DigestKind::md5 ? EVP_md5() : EVP_sha256();
  check(state_->context && EVP_DigestInit_ex(state_->context, algorithm, nullptr) == 1);
}

Digest::~Digest() = default;

void Digest::update(std::string_view bytes) {
  check(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Digest::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> value;
  unsigned size = 0;
  check(EVP_DigestFinal_ex(state_->context, value.data(), &size) == 1);
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", value[i]);
  return text;
}

std::string file_digest(const std::string& path, DigestKind kind) {
  const fs::UniqueFd fd = fs::open_file(path, O_RDONLY);
  Digest digest(kind);
  std::vector<char> buffer(256 * 1024);
  while (const std::size_t got = fs::read_some(fd.get(), buffer, path)) digest.update({buffer.data(), got});
  return digest.hex();
}

}  // namespace barman::archiver
