#include "barman/core/digest.h"

#include <fmt/format.h>
#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <iterator>
#include <new>

#include "barman/core/error.h"
#include "barman/core/numbers.h"

namespace barman {

namespace {

struct Row {
  const char* name;
  std::size_t bytes;
  const EVP_MD* (*algorithm)();
};
constexpr Row rows[] = {
    {"MD5", 16, ::EVP_md5},       {"SHA224", 28, ::EVP_sha224}, {"SHA256", 32, ::EVP_sha256},
    {"SHA384", 48, ::EVP_sha384}, {"SHA512", 64, ::EVP_sha512},
};
const Row& row_of(DigestKind kind) { return rows[static_cast<std::size_t>(kind)]; }

void require(int success) {
  if (success != 1) throw Error(Errc::io, "OpenSSL cannot compute a checksum");
}

}  // namespace

void Digest::Free::operator()(evp_md_ctx_st* context) const { ::EVP_MD_CTX_free(context); }

Digest::Digest(DigestKind kind) : context_(::EVP_MD_CTX_new()) {
  if (!context_) throw std::bad_alloc();
  if (::EVP_DigestInit_ex(context_.get(), row_of(kind).algorithm(), nullptr) == 1) return;
  throw Error(Errc::unsupported, fmt::format("this system's OpenSSL refuses to compute {}", row_of(kind).name),
              kind == DigestKind::md5 ? "MD5 may be switched off on this machine: use SHA256" : "");
}

void Digest::update(std::string_view bytes) { require(::EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size())); }

std::string Digest::bytes() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
  unsigned size = 0;
  require(::EVP_DigestFinal_ex(context_.get(), value.data(), &size));
  return {reinterpret_cast<const char*>(value.data()), size};
}

std::string Digest::hex() { return to_hex(bytes()); }

std::string to_hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(byte));
  return text;
}

bool sha256_in_hardware() {
#if defined(__x86_64__)
  constexpr unsigned sha_extensions = 1U << 29U;  // CPUID, leaf 7, EBX
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & sha_extensions) != 0;
#elif defined(__aarch64__)
  return (::getauxval(AT_HWCAP) & HWCAP_SHA2) != 0;
#else
  return false;
#endif
}

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const auto value = parse_hex(digits.substr(i, 2));
    if (!value) return std::nullopt;
    bytes += static_cast<char>(*value);
  }
  return bytes;
}

std::size_t hex_size(DigestKind kind) { return 2 * row_of(kind).bytes; }

std::string digest_of(std::string_view text, DigestKind kind) {
  Digest digest(kind);
  digest.update(text);
  return digest.hex();
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
  unsigned size = 0;
  const bool done =
      ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), value.data(), &size) != nullptr;
  require(done ? 1 : 0);
  return {reinterpret_cast<const char*>(value.data()), size};
}

}  // namespace barman
