#include "token.h"

#include "barman/http/url.h"
#include "json.h"
#include "refusal.h"

namespace barman::store {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

constexpr seconds reserve{300};

// {"error": "invalid_grant", "error_description": "..."}, or {"error": {"message": ...}}.
Reason reason_of(const http::Response& answer) {
  const auto json = parse_json_object(answer.body);
  if (!json) return {};
  Reason reason{text_of(*json, "error"), text_of(*json, "error_description")};
  if (const auto error = json->find("error"); error != json->end() && error->is_object())
    reason = {text_of(*error, "status"), text_of(*error, "message")};
  return reason;
}

}  // namespace

std::string TokenCache::get() {
  const std::lock_guard lock(mutex_);
  if (token_.text.empty() || token_.expires < system_clock::now() + reserve) token_ = source_();
  return token_.text;
}

void TokenCache::drop() {
  const std::lock_guard lock(mutex_);
  token_ = {};
}

Token parse_token(const std::string& text, const std::string& what) {
  const auto json = parse_json_object(text);
  Token token;
  if (json) token.text = text_of(*json, "access_token");
  if (token.text.empty()) throw damaged(what, "there is no token in the answer");
  token.expires = system_clock::now() + seconds(number_of(*json, "expires_in").value_or(0));
  if (const auto moment = number_of(*json, "expires_on"); moment && !json->contains("expires_in"))
    token.expires = system_clock::time_point(seconds(*moment));
  return token;
}

namespace {

Token ask_for_token(const Retry& retry, const std::function<http::Response()>& attempt, const std::string& what) {
  try {
    const http::Response answer = retry.run(attempt).response;
    if (answer.ok()) return parse_token(answer.body, what);
    const Refusal refusal = refusal_of_status(answer.status);
    throw refused(refusal == Refusal::busy ? refusal : Refusal::denied, answer.status, reason_of(answer), what);
  } catch (const http::TransferError& error) {
    throw unanswered(what, error);
  }
}

}  // namespace

Token request_token(http::Transport& transport, const Retry& retry, const http::Request& request,
                    const std::string& what) {
  return ask_for_token(
      retry, [&] { return transport.send(request); }, what);
}

Token request_token_nearby(http::Transport& transport, const Retry& retry, const http::Request& request,
                           const std::string& what) {
  bool is_there = false;
  const auto attempt = [&] {
    try {
      http::Response answer = transport.send(request);
      is_there = true;
      return answer;
    } catch (const http::TransferError& error) {
      if (!is_there) throw unanswered(what, error);
      throw;
    }
  };
  return ask_for_token(retry, attempt, what);
}

http::Request form_request(std::string url, const std::string& body) {
  return {"POST", std::move(url), {{"Content-Type", "application/x-www-form-urlencoded"}}, http::Body::of(body)};
}

std::string form(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    if (!text.empty()) text += '&';
    text += http::percent_encode(name) + "=" + http::percent_encode(value);
  }
  return text;
}

}  // namespace barman::store
