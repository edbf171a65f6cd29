#pragma once
#include <memory>

#include "s3_client.h"
#include "s3_encryption.h"

namespace barman::store {

// "a=1&b=2", encoded, for the header x-amz-tagging.
std::string s3_tagging(const Tags& tags);
// Headers with which an object comes into being.
std::vector<http::Header> s3_creation_headers(const S3Encryption& encryption, const Tags& tags);

std::unique_ptr<Upload> begin_s3_upload(S3Client& client, const S3Encryption& encryption, const std::string& key,
                                        const PutOptions& options);
void abort_s3_upload(S3Client& client, const std::string& key, const std::string& id);
std::vector<OpenUpload> list_s3_uploads(S3Client& client, const std::string& prefix);

}  // namespace barman::store
