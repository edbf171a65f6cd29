#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/store/object_store.h"

// What S3 says and is told in XML. Answers are bytes of others: whatever they hold, each of these functions returns or
// throws Error(corrupt).
namespace barman::store {

struct S3Error {
  std::string code, message;
  std::string region;  // where the bucket is, if the answer says so
};
// From any text; no fields where it is no error of S3. Of the message one line of some hundred characters.
S3Error parse_s3_error(std::string_view text);

Page parse_s3_listing(std::string_view text);

struct S3Uploads {
  std::vector<OpenUpload> uploads;
  bool truncated = false;
  std::string next_key, next_id;
};
S3Uploads parse_s3_uploads(std::string_view text);
std::string parse_s3_upload_id(std::string_view text);
// The ETag of an upload that was finished; std::nullopt for any other text.
std::optional<std::string> parse_s3_completed(std::string_view text);
std::vector<RemoveFailure> parse_s3_removal(std::string_view text);
// The keys that STS lends: of AssumeRoleResponse and AssumeRoleWithWebIdentityResponse.
struct StsKeys {
  std::string access_key, secret_key, session_token, expiration;
};
StsKeys parse_sts_keys(std::string_view text);

// Whether XML 1.0 can carry it.
bool fits_xml(std::string_view key);
std::string s3_removal(const std::vector<std::string>& keys);
std::string s3_completion(const std::vector<std::string>& etags);  // of the parts 1, 2, …
std::string s3_creation(std::string_view region);

std::string without_quotes(std::string_view etag);

}  // namespace barman::store
