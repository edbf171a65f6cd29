#include "s3_address.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"
#include "s3_open.h"

namespace barman::store {
namespace {

struct AddressCase {
  S3Place place;
  const char *url, *region, *service;
};

TEST(S3Addresses, FollowEndpointStyleAndRegion) {
  const std::string own = "http://store:9000";
  const AddressCase cases[] = {
      {{"bucket", "", "", ""}, "https://bucket.s3.amazonaws.com", "us-east-1", "s3"},
      {{"bucket", "eu-west-1", "", "auto"}, "https://bucket.s3.eu-west-1.amazonaws.com", "eu-west-1", "s3"},
      {{"bucket", "cn-north-1", "", ""}, "https://bucket.s3.cn-north-1.amazonaws.com.cn", "cn-north-1", "s3"},
      {{"bucket", "eu-west-1", "", "path"}, "https://s3.eu-west-1.amazonaws.com/bucket", "eu-west-1", "s3"},
      {{"with.dots", "eu-west-1", "", ""}, "https://s3.eu-west-1.amazonaws.com/with.dots", "eu-west-1", "s3"},
      {{"Old_Name", "", "", ""}, "https://s3.amazonaws.com/Old_Name", "us-east-1", "s3"},
      {{"bucket", "", own, ""}, "http://store:9000/bucket", "us-east-1", "s3"},
      {{"bucket", "default", own + "/", "auto"}, "http://store:9000/bucket", "default", "s3"},
      {{"bucket", "", own, "virtual"}, "http://bucket.store:9000", "us-east-1", "s3"},
      {{"bucket", "", "http://127.0.0.1:9000", "virtual"}, "http://127.0.0.1:9000/bucket", "us-east-1", "s3"},
      {{"bucket", "", "http://[::1]:9000", "virtual"}, "http://[::1]:9000/bucket", "us-east-1", "s3"},
      {{"bucket", "", "https://host/deep/root/", "path"}, "https://host/deep/root/bucket", "us-east-1", "s3"},
      {{"arn:aws:s3:eu-west-1:123456789012:accesspoint/mine", "us-east-1", "", ""},
       "https://mine-123456789012.s3-accesspoint.eu-west-1.amazonaws.com",
       "eu-west-1",
       "s3"},
      {{"arn:aws-cn:s3:cn-north-1:123456789012:accesspoint:mine", "", "", ""},
       "https://mine-123456789012.s3-accesspoint.cn-north-1.amazonaws.com.cn",
       "cn-north-1",
       "s3"},
      {{"arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/mine", "", "", ""},
       "https://mine-123456789012.s3-object-lambda.us-west-2.amazonaws.com",
       "us-west-2",
       "s3-object-lambda"},
      {{"arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/mine", "", "", ""},
       "https://mine-123456789012.op-1.s3-outposts.us-west-2.amazonaws.com",
       "us-west-2",
       "s3-outposts"},
      {{"arn:aws:s3:eu-west-1:123456789012:accesspoint/mine", "", "https://vpce.example", ""},
       "https://mine-123456789012.vpce.example",
       "eu-west-1",
       "s3"}};
  for (const auto& [place, url, region, service] : cases) {
    const S3Address address = s3_address(place);
    EXPECT_EQ(address.url, url);
    EXPECT_EQ(address.scope.region, region) << url;
    EXPECT_EQ(address.scope.service, service) << url;
  }
}

TEST(S3Addresses, RefuseWhatIsNone) {
  const S3Place places[] = {{"b", "", "store:9000", ""},
                            {"b", "", "ftp://store", ""},
                            {"b", "", "https://", ""},
                            {"b", "", "https://user:secret@store", ""},
                            {"bucket", "", "", "virtuel"},
                            {"bucket", "eu.evil.example/", "", ""},
                            {"arn:aws:s3::123456789012:accesspoint/mine.mrap", "", "", ""},
                            {"arn:aws:s3:eu-west-1:123456789012:accesspoint/evil.example#", "", "", ""},
                            {"arn:aws:sqs", "", "", ""}};
  for (const S3Place& place : places) EXPECT_THROW(s3_address(place), Error) << place.bucket << place.endpoint_url;
}

TEST(S3Urls, NameBucketAndPath) {
  const std::string arn = "arn:aws:s3:eu-west-1:123456789012:accesspoint/mine";
  const std::string outpost = "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/mine";
  const std::array<std::string, 3> rows[] = {{"s3://lab", "lab", ""},
                                             {"s3://lab/", "lab", ""},
                                             {"s3://lab/w", "lab", "w"},
                                             {"s3://lab//w/x y+%/", "lab", "w/x y+%"},
                                             {"s3://" + arn, arn, ""},
                                             {"s3://" + arn + "/p/q/", arn, "p/q"},
                                             {"s3://" + outpost + "/p", outpost, "p"}};
  for (const auto& [url, bucket, path] : rows) {
    const Location location = parse_s3_url(url);
    EXPECT_EQ(location.bucket, bucket);
    EXPECT_EQ(location.path, path);
  }
  for (const char* url : {"x://lab/w", "s3://", "s3:///w", "lab", "", "http://lab"}) {
    try {
      parse_s3_url(url);
      ADD_FAILURE() << url;
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), std::string("Invalid s3 URL address: ") + url);
      EXPECT_EQ(error.code(), Errc::usage);
    }
  }
}

}  // namespace
}  // namespace barman::store
