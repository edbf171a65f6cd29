#pragma once
#include <string>
#include <string_view>

#include "aws_signature.h"

namespace barman::store {

// What decides where a bucket is.
struct S3Place {
  std::string bucket;        // or the ARN of an access point
  std::string region;        // empty: not known, so us-east-1 and what a redirect says
  std::string endpoint_url;  // empty: that of AWS
  std::string style;         // "path", "virtual", or "auto" or empty
};

struct S3Address {
  std::string url;  // of the bucket, without a slash at its end: an object is at url + "/" + its encoded key
  SigningScope scope;
};

bool is_arn(std::string_view bucket);
// Error(usage) for a bucket, an ARN, an endpoint or a style that is none.
S3Address s3_address(const S3Place& place);

}  // namespace barman::store
