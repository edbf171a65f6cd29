#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>

#include "barman/store/open.h"

namespace barman::store {
namespace {

struct UrlCase {
  std::string url, bucket, path;
};

class S3Url : public testing::TestWithParam<UrlCase> {};

TEST_P(S3Url, HasABucketAndAPath) {
  const Location location = parse_url(GetParam().url, Provider::aws_s3);
  EXPECT_EQ(location.bucket, GetParam().bucket);
  EXPECT_EQ(location.path, GetParam().path);
}

const std::string longest(63, 'n');

INSTANTIATE_TEST_SUITE_P(
    Urls, S3Url,
    testing::Values(
        UrlCase{"s3://lab", "lab", ""}, UrlCase{"s3://lab/", "lab", ""},
        UrlCase{"s3://lab//some/path/", "lab", "some/path"},
        // An access point has a colon or a slash before its name, which is a part of the name of the bucket.
        UrlCase{"s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/mine/path",
                "arn:aws:s3:eu-west-1:123456789012:accesspoint/mine", "path"},
        UrlCase{"s3://arn:aws-cn:s3:cn-north-1:123456789012:accesspoint:mine",
                "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint:mine", ""},
        UrlCase{"s3://arn:aws:s3::123456789012:accesspoint/mine.mrap/p",
                "arn:aws:s3::123456789012:accesspoint/mine.mrap", "p"},
        UrlCase{"s3://arn:aws-us-gov:s3-object-lambda:us-gov-1:123456789012:accesspoint/mine",
                "arn:aws-us-gov:s3-object-lambda:us-gov-1:123456789012:accesspoint/mine", ""},
        UrlCase{"s3://arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/mine/p",
                "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/mine", "p"},
        UrlCase{"s3://arn:aws:s3-outposts:us-west-2:123456789012:outpost:op-1:accesspoint:mine",
                "arn:aws:s3-outposts:us-west-2:123456789012:outpost:op-1:accesspoint:mine", ""},
        UrlCase{"s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/" + longest + "/p",
                "arn:aws:s3:eu-west-1:123456789012:accesspoint/" + longest, "p"},
        // What is no ARN of an access point ends at the first slash.
        UrlCase{"s3://arn:aws:s3:eu-west-1:12345678901:accesspoint/mine",
                "arn:aws:s3:eu-west-1:12345678901:accesspoint", "mine"},
        UrlCase{"s3://arn:aws:s3:eu-west-1:1234567890123:accesspoint/mine",
                "arn:aws:s3:eu-west-1:1234567890123:accesspoint", "mine"},
        UrlCase{"s3://arn:aws:s3-outposts::123456789012:outpost/op-1/accesspoint/mine",
                "arn:aws:s3-outposts::123456789012:outpost", "op-1/accesspoint/mine"},
        UrlCase{"s3://arn:other:s3:eu-west-1:123456789012:accesspoint/mine",
                "arn:other:s3:eu-west-1:123456789012:accesspoint", "mine"}));

TEST(S3Url, IsRefusedWithoutABucket) {
  for (const char* url : {"x://lab/w", "lab", "s3://", "s3:///w"}) {
    try {
      parse_url(url, Provider::aws_s3);
      ADD_FAILURE() << url;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::usage);
      EXPECT_EQ(error.what(), fmt::format("Invalid s3 URL address: {}", url));
    }
  }
}

}  // namespace
}  // namespace barman::store
