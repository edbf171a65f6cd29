#include "barman/core/digest.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

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

TEST(Hmac, IsThatOfRfc4231) {  // its second case
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace barman
