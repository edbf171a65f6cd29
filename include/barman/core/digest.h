#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace barman {

enum class DigestKind { md5, sha224, sha256, sha384, sha512 };

// A running digest. Error(unsupported) where this machine does not compute that kind.
class Digest {
 public:
  explicit Digest(DigestKind kind);
  void update(std::string_view bytes);
  std::string hex();    // lower case; ends the computation
  std::string bytes();  // the same, as it is
 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

// Whether the processor has instructions for it: several times as fast as MD5 then, and half as fast otherwise.
bool sha256_in_hardware();

std::size_t hex_size(DigestKind kind);  // digits
std::string digest_of(std::string_view text, DigestKind kind = DigestKind::sha256);
std::string to_hex(std::string_view bytes);                            // lower case
std::optional<std::string> from_hex(std::string_view digits);          // std::nullopt for anything else
std::string hmac_sha256(std::string_view key, std::string_view text);  // 32 bytes

}  // namespace barman
