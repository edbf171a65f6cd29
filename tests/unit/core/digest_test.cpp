#include "barman/core/digest.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "barman/core/background_digest.h"

namespace barman {
namespace {

TEST(Digest, HasTheKnownValues) {
  EXPECT_EQ(digest_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2
  EXPECT_EQ(digest_of("abc", DigestKind::md5), "900150983cd24fb0d6963f7d28e17f72");                 // RFC 1321
}

TEST(Digest, IsThatOfAllThatWasGiven) {
  for (const DigestKind kind :
       {DigestKind::md5, DigestKind::sha224, DigestKind::sha256, DigestKind::sha384, DigestKind::sha512}) {
    Digest digest(kind);
    for (const char* part : {"a", "", "bc"}) digest.update(part);
    const std::string hex = digest.hex();
    EXPECT_EQ(hex, digest_of("abc", kind));
    EXPECT_EQ(hex.size(), hex_size(kind));
  }
}

TEST(BackgroundDigest, IsThatOfAllThatWasGiven) {
  for (const std::size_t size : {0, 1, 16 * 1024, 128 * 1024, 128 * 1024 + 1, 1024 * 1024, 3'000'000}) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
    BackgroundDigest digest(DigestKind::md5);
    for (std::string_view rest = bytes; !rest.empty();) {
      const std::string_view piece = rest.substr(0, 10'000);
      digest.update(piece);
      rest.remove_prefix(piece.size());
    }
    EXPECT_EQ(digest.hex(), digest_of(bytes, DigestKind::md5)) << size;
  }
}

TEST(BackgroundDigest, MayBeGivenUp) {
  BackgroundDigest digest(DigestKind::md5);
  digest.update(std::string(1'000'000, 'x'));
}

TEST(Hmac, IsThatOfRfc4231) {  // its second case
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace barman
