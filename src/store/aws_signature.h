#pragma once
#include <string_view>

#include "aws_keys.h"
#include "barman/http/transport.h"

namespace barman::store {

inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";

// What a signature is valid for.
struct SigningScope {
  std::string region, service;
};

// Signature Version 4: adds the headers with which AWS, and who speaks as it does, believes in a request. The URL is
// encoded as it is sent; `payload_hash` is the SHA-256 of the body in hexadecimal, or unsigned_payload. Headers that
// are added later are not covered.
void sign(http::Request& request, std::string_view payload_hash, const AwsKeys& keys, const SigningScope& scope,
          const Timestamp& time);

}  // namespace barman::store
