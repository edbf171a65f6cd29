#include "aws_signature.h"

#include <gtest/gtest.h>

#include "barman/core/digest.h"

namespace barman::store {
namespace {

// The examples of "Authenticating Requests: Using the Authorization Header", in the documentation of Amazon S3.
const AwsKeys example_keys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", {}, {}};
const std::string host = "https://examplebucket.s3.amazonaws.com";

std::string signature(http::Request request, const std::string& hash, const AwsKeys& keys = example_keys) {
  sign(request, hash, keys, {"us-east-1", "s3"}, *parse_timestamp("2013-05-24 00:00:00+00:00"));
  const std::string text = http::Response{0, request.headers, {}}.header("Authorization").value_or("");
  return text.substr(text.find("Signature=") + 10);
}

TEST(AwsSignature, IsThatOfTheDocumentation) {
  const std::string empty = digest_of("");
  EXPECT_EQ(signature({"GET", host + "/test.txt", {{"Range", "bytes=0-9"}}, {}}, empty),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  EXPECT_EQ(signature({"GET", host + "/?lifecycle", {}, {}}, empty),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(signature({"GET", host + "/?prefix=J&max-keys=2", {}, {}}, empty),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(AwsSignature, CoversTokenAndBodyAndLeavesOutAUsualPort) {
  AwsKeys lent = example_keys;
  lent.session_token = "token";
  http::Request request{"PUT", host + "/k", {{"x-amz-meta-a", "  two   words "}, {"User-Agent", "x"}}, {}};
  sign(request, unsigned_payload, lent, {"eu-west-1", "s3"}, *parse_timestamp("2013-05-24 00:00:00+00:00"));
  const http::Response headers{0, request.headers, {}};
  EXPECT_EQ(headers.header("x-amz-security-token"), "token");
  EXPECT_EQ(headers.header("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
  EXPECT_EQ(headers.header("x-amz-date"), "20130524T000000Z");
  EXPECT_NE(headers.header("Authorization")
                .value()
                .find("Credential=AKIAIOSFODNN7EXAMPLE/20130524/eu-west-1/s3/aws4_request, "
                      "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;"
                      "x-amz-security-token, "),
            std::string::npos)
      << *headers.header("Authorization");
  const std::string usual = signature({"GET", host + "/k", {}, {}}, "hash");
  EXPECT_EQ(signature({"GET", host + ":443/k", {}, {}}, "hash"), usual);
  EXPECT_NE(signature({"GET", host + ":8443/k", {}, {}}, "hash"), usual);
  EXPECT_NE(signature({"GET", host + "/k", {}, {}}, "hash2"), usual);
}

}  // namespace
}  // namespace barman::store
