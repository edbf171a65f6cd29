#include "digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <iterator>

#include "barman/core/error.h"

namespace barman::clients {

struct Digest::Context {
  EVP_MD_CTX* handle = ::EVP_MD_CTX_new();
  ~Context() { ::EVP_MD_CTX_free(handle); }
};

std::string_view sums_file_name(HashAlgorithm algorithm) {
  return algorithm == HashAlgorithm::md5 ? "MD5SUMS" : "SHA256SUMS";
}

Digest::Digest(HashAlgorithm algorithm) : context_(std::make_unique<Context>()) {
  const bool md5 = algorithm == HashAlgorithm::md5;
  if (::EVP_DigestInit_ex(context_->handle, md5 ? ::EVP_md5() : ::EVP_sha256(), nullptr) != 1)
    throw Error(Errc::unsupported, fmt::format("this system's OpenSSL refuses to compute {}", md5 ? "MD5" : "SHA256"),
                md5 ? "leave out --md5" : "");
}

Digest::~Digest() = default;

void Digest::update(std::string_view bytes) {
  if (::EVP_DigestUpdate(context_->handle, bytes.data(), bytes.size()) != 1)
    throw Error(Errc::io, "OpenSSL cannot compute a checksum");
}

std::string Digest::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (::EVP_DigestFinal_ex(context_->handle, bytes.data(), &size) != 1)
    throw Error(Errc::io, "OpenSSL cannot compute a checksum");
  std::string text;
  for (unsigned i = 0; i < size; ++i) fmt::format_to(std::back_inserter(text), "{:02x}", bytes[i]);
  return text;
}

std::string sha256_hex(std::string_view text) {
  Digest digest(HashAlgorithm::sha256);
  digest.update(text);
  return digest.hex();
}

}  // namespace barman::clients
