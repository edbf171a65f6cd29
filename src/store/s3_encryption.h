#pragma once
#include <vector>

#include "barman/http/transport.h"
#include "barman/store/open.h"

namespace barman::store {

// What says how objects are to be encrypted by the store.
struct S3Encryption {
  std::vector<http::Header> creation;  // for PUT and the beginning of an upload
  std::vector<http::Header> access;    // for all of a customer's key: PUT, the beginning of an upload, part, GET, HEAD
};

// Whether the store has encrypted an object with a key of somebody else: its ETag says nothing of the content then.
bool s3_hides_md5(const http::Response& answer);

// Error(config) for settings that contradict each other, and for a file that does not hold a key.
S3Encryption s3_encryption(const Settings& settings);

}  // namespace barman::store
