#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "barman/http/transport.h"
#include "barman/store/object_store.h"
#include "retry.h"

namespace barman::store {

// How one object is asked for.
struct DownloadSource {
  std::string what;  // for messages: "cannot get 'KEY' from s3://BUCKET"
  // One request for a range (offset 0 without a size: all), and only for content with that ETag unless it is empty.
  std::function<http::Response(const Range& rest, const std::string& etag, const http::Take& take)> send;
  std::function<Object(const http::Response& head)> object;         // from the headers; its size is set by download()
  std::function<StoreError(const http::Response& answer)> refusal;  // of what is not a success
  std::function<Object()> head;                                     // for a range in which there is nothing
  Retry::Judge judge = may_pass;
};

// Hands the range over in order, each byte once. Where a transfer is cut the next one asks for what is missing, of the
// same content. An object that changes meanwhile is an error, as the bytes that were handed over belong to the old one.
Object download(const Retry& retry, const DownloadSource& source, const Range& range,
                const std::function<void(std::string_view)>& take);

// "bytes=10-19", "bytes=10-".
std::string range_header(const Range& range);

}  // namespace barman::store
