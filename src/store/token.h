#pragma once
#include <chrono>
#include <functional>
#include <mutex>
#include <string>

#include "barman/http/transport.h"
#include "retry.h"

namespace barman::store {

// What a service for identities gives for a while.
struct Token {
  std::string text;
  std::chrono::system_clock::time_point expires;
};
using TokenSource = std::function<Token()>;  // throws StoreError(denied, unreachable, ...)

// Asks when a token is first needed, and again some minutes before it ends. May be used by several threads.
class TokenCache {
 public:
  explicit TokenCache(TokenSource source) : source_(std::move(source)) {}
  std::string get();
  void drop();  // the store does not accept it

 private:
  TokenSource source_;
  std::mutex mutex_;
  Token token_;
};

// The answer of an OAuth 2 service: access_token, and expires_in or expires_on. `what` is for messages: "cannot get a
// token from ...". No text of the request gets into a message.
Token request_token(http::Transport& transport, const Retry& retry, const http::Request& request,
                    const std::string& what);
// The same of a service that may not be there at all: unless it answers the first attempt it is asked no more.
Token request_token_nearby(http::Transport& transport, const Retry& retry, const http::Request& request,
                           const std::string& what);
// The same from a text.
Token parse_token(const std::string& json, const std::string& what);
// A request whose body, which must outlive it, is a form.
http::Request form_request(std::string url, const std::string& body);
std::string form(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace barman::store
