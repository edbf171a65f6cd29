#include "s3_encryption.h"

#include <gtest/gtest.h>

#include <fstream>

namespace barman::store {
namespace {

Settings settings_of(const std::string& encryption, const std::string& kms_key, const std::string& customer_key) {
  Settings settings;
  settings.encryption = encryption;
  settings.kms_key_id = kms_key;
  settings.customer_key_file = customer_key;
  return settings;
}

std::string error_of(const Settings& settings) {
  try {
    s3_encryption(settings);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was refused";
}

std::string key_file(const std::string& content) {
  const std::string path = testing::TempDir() + "/sse-key-" + std::to_string(::getpid());
  std::ofstream(path) << content;
  return path;
}

TEST(S3Encryptions, BecomeHeaders) {
  EXPECT_TRUE(s3_encryption({}).creation.empty());
  const S3Encryption kms = s3_encryption(settings_of("aws:kms", "id", ""));
  ASSERT_EQ(kms.creation.size(), 2u);
  EXPECT_EQ(kms.creation[0].value, "aws:kms");
  EXPECT_EQ(kms.creation[1].name, "x-amz-server-side-encryption-aws-kms-key-id");
  EXPECT_TRUE(kms.access.empty());
  const std::string key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
  const S3Encryption customer = s3_encryption(settings_of("", "", "file://" + key_file(key + "\n")));
  EXPECT_TRUE(customer.creation.empty());
  ASSERT_EQ(customer.access.size(), 3u);
  EXPECT_EQ(customer.access[1].value, key);
  EXPECT_EQ(customer.access[2].value, "KYvwGXoFFJ42a2u2GDWhwQ==");
}

TEST(S3Encryptions, ThatContradictEachOtherAreRefused) {
  EXPECT_EQ(error_of(settings_of("", "id", "")), "Encryption type must be \"aws:kms\" if SSE KMS Key ID is specified");
  EXPECT_EQ(error_of(settings_of("AES256", "id", "")),
            "Encryption type must be \"aws:kms\" if SSE KMS Key ID is specified");
  EXPECT_EQ(error_of(settings_of("aws:kms", "id", "file:///k")),
            "SSE-C (--sse-customer-key) cannot be used together with SSE-KMS (--sse-kms-key-id)");
  EXPECT_EQ(error_of(settings_of("AES256", "", "file:///k")),
            "SSE-C (--sse-customer-key) cannot be used together with --encryption");
}

TEST(S3Encryptions, NeedAKeyOf32Bytes) {
  const std::string path = key_file("c2hvcnQ=");
  EXPECT_EQ(error_of(settings_of("", "", "file://" + path)),
            "SSE-C key file " + path + " must contain a 256-bit (32-byte) key, got 5 bytes");
  key_file("geheim!");
  EXPECT_EQ(error_of(settings_of("", "", "file://" + path)),
            "SSE-C key file " + path + " must contain a key in base64");
  EXPECT_NE(error_of(settings_of("", "", "file:///nowhere/key")).find("SSE-C key file /nowhere/key cannot be read"),
            std::string::npos);
  for (const char* url : {"key", "/key", "file://key", "http:///key"})
    EXPECT_NE(error_of(settings_of("", "", url)).find("file:///"), std::string::npos) << url;
}

}  // namespace
}  // namespace barman::store
