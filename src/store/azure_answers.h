#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "barman/http/transport.h"
#include "barman/store/object_store.h"
#include "refusal.h"

namespace barman::store {

// x-ms-error-code, or what is in the XML of the body.
Reason azure_reason(const http::Response& answer);
// What a refusal means. `of_object`: what was asked for is an object, which may be what was not found.
Refusal azure_refusal(int status, const std::string& code, bool of_object);

// An answer to "list blobs". Error(corrupt) for what is none.
Page parse_azure_listing(std::string_view xml);

std::string azure_block_id(int number);                         // of part `number`, as the reference names it
std::string azure_block_list(const std::vector<int>& numbers);  // to be committed, in this order

// Several requests in one (multipart/mixed).
std::string azure_batch(const std::vector<http::Request>& requests, std::string_view boundary);
struct AzureBatchAnswer {
  std::size_t index = 0;  // of the request
  int status = 0;
  Reason reason;
};
// Answers that cannot be told to belong to a request are left out.
std::vector<AzureBatchAnswer> parse_azure_batch(std::string_view content_type, std::string_view body);

// What names an object, for the headers of an answer.
Object azure_object(const std::string& key, const http::Response& head);

}  // namespace barman::store
