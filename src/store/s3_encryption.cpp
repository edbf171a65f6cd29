#include "s3_encryption.h"

#include <fmt/core.h>

#include "barman/core/base64.h"
#include "barman/core/digest.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::store {
namespace {

constexpr std::size_t key_size = 32;

[[noreturn]] void refuse(const std::string& why) { throw Error(Errc::config, why); }

std::string customer_key(std::string_view url) {
  const std::string_view scheme = "file://";
  if (!url.starts_with(scheme) || !url.substr(scheme.size()).starts_with('/'))
    refuse(fmt::format("SSE-C key file must be given as file:///ABSOLUTE/PATH, not '{}'", url));
  const std::string path(url.substr(scheme.size()));
  std::string text;
  try {
    text = fs::read_file(path);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("SSE-C key file {} cannot be read: {}", path, error.what()), error.hint());
  }
  const auto key = base64_decode(trim(text));
  if (!key) refuse(fmt::format("SSE-C key file {} must contain a key in base64", path));
  if (key->size() != key_size)
    refuse(fmt::format("SSE-C key file {} must contain a 256-bit (32-byte) key, got {} bytes", path, key->size()));
  return *key;
}

}  // namespace

S3Encryption s3_encryption(const Settings& settings) {
  if (!settings.customer_key_file.empty() && !settings.kms_key_id.empty())
    refuse("SSE-C (--sse-customer-key) cannot be used together with SSE-KMS (--sse-kms-key-id)");
  if (!settings.customer_key_file.empty() && !settings.encryption.empty())
    refuse("SSE-C (--sse-customer-key) cannot be used together with --encryption");
  if (!settings.kms_key_id.empty() && settings.encryption != "aws:kms")
    refuse("Encryption type must be \"aws:kms\" if SSE KMS Key ID is specified");
  S3Encryption encryption;
  if (!settings.encryption.empty())
    encryption.creation.push_back({"x-amz-server-side-encryption", settings.encryption});
  if (!settings.kms_key_id.empty())
    encryption.creation.push_back({"x-amz-server-side-encryption-aws-kms-key-id", settings.kms_key_id});
  if (settings.customer_key_file.empty()) return encryption;
  const std::string key = customer_key(settings.customer_key_file);
  Digest md5(DigestKind::md5);
  md5.update(key);
  encryption.access = {{"x-amz-server-side-encryption-customer-algorithm", "AES256"},
                       {"x-amz-server-side-encryption-customer-key", base64_encode(key)},
                       {"x-amz-server-side-encryption-customer-key-MD5", base64_encode(md5.bytes())}};
  return encryption;
}

bool s3_hides_md5(const http::Response& answer) {
  return answer.header("x-amz-server-side-encryption-customer-algorithm") ||
         answer.header("x-amz-server-side-encryption").value_or("").starts_with("aws:");
}

}  // namespace barman::store
