#include "exchange.h"

#include <fmt/core.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "barman/core/text.h"
#include "barman/core/version.h"
#include "barman/http/url.h"

namespace barman::http {
namespace {

constexpr std::size_t most_headers = 500;

bool breaks_line(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos; }

// What happened before a byte of the request was sent.
bool never_connected(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_PROXY:
      return true;
    default:
      return false;
  }
}

std::string hint_for(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
      return "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY";
    case CURLE_COULDNT_RESOLVE_HOST:
      return "check the name of the endpoint, and the name servers of this host";
    case CURLE_COULDNT_CONNECT:
      return "check that the endpoint is up and can be reached from this host";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return "name the certificate authority of the endpoint in a CA bundle (AWS_CA_BUNDLE for S3)";
    default:
      return {};
  }
}

}  // namespace

std::vector<std::string> header_lines(const Request& request) {
  std::vector<std::string> lines = {"Expect:", fmt::format("User-Agent: barman-native/{}", native_version)};
  for (const auto& [name, value] : request.headers) {
    if (breaks_line(name) || breaks_line(value))
      throw Error(Errc::usage, fmt::format("the value for the header '{}' has more than one line", name));
    lines.push_back(value.empty() ? name + ";" : name + ": " + value);  // "name:" would remove it
  }
  return lines;
}

void Exchange::attach(CURL* handle) {
  handle_ = handle;
  const auto set = [&](CURLoption option, auto value) { libcurl().easy_setopt(handle, option, value); };
  void* self = this;
  set(CURLOPT_READFUNCTION, &Exchange::on_read);
  set(CURLOPT_READDATA, self);
  set(CURLOPT_SEEKFUNCTION, &Exchange::on_seek);
  set(CURLOPT_SEEKDATA, self);
  set(CURLOPT_HEADERFUNCTION, &Exchange::on_header);
  set(CURLOPT_HEADERDATA, self);
  set(CURLOPT_WRITEFUNCTION, &Exchange::on_body);
  set(CURLOPT_WRITEDATA, self);
  set(CURLOPT_XFERINFOFUNCTION, &Exchange::on_progress);
  set(CURLOPT_XFERINFODATA, self);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_ERRORBUFFER, text_.data());
  set(CURLOPT_OPENSOCKETFUNCTION, &Exchange::on_open_socket);
  set(CURLOPT_OPENSOCKETDATA, self);
}

// On a connection that was used before and ends without a byte of an answer, libcurl sends the request again, over a
// new one, and says nothing. But the server may have done it: who sends it has to know.
curl_socket_t Exchange::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(self);
  long sent = 0;
  libcurl().easy_getinfo(exchange.handle_, CURLINFO_REQUEST_SIZE, &sent);
  exchange.lost_answer_ = sent > 0;
  if (exchange.lost_answer_) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t Exchange::on_read(char* buffer, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  try {
    return exchange.read(buffer, size * count);
  } catch (...) {
    exchange.failure_ = std::current_exception();
    return CURL_READFUNC_ABORT;
  }
}

int Exchange::on_seek(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Exchange*>(self)->sent_ = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

std::size_t Exchange::on_header(char* line, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  try {
    exchange.take_header({line, size * count});
    return size * count;
  } catch (...) {
    exchange.failure_ = std::current_exception();
    return 0;
  }
}

std::size_t Exchange::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  try {
    exchange.take_body({bytes, size * count});
    return size * count;
  } catch (...) {
    exchange.failure_ = std::current_exception();
    return size * count == 0 ? 1 : 0;  // anything but what came
  }
}

// libcurl calls it at least once a second, whatever happens.
int Exchange::on_progress(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return signals::pending(); }

std::size_t Exchange::read(char* buffer, std::size_t size) {
  if (!request_.body) return 0;
  if (rate_.limited()) size = std::min(size, rate_.portion());
  const std::size_t got = request_.body->read(sent_, {buffer, size});
  sent_ += got;
  rate_.pass(got);
  return got;
}

void Exchange::take_header(std::string_view line) {
  if (line.starts_with("HTTP/")) response_.headers.clear();  // another answer: that before was "100 Continue" or so
  const std::size_t colon = line.find(':');
  if (line.starts_with("HTTP/") || colon == std::string_view::npos) return;
  if (response_.headers.size() == most_headers)
    throw Error(Errc::corrupt,
                fmt::format("the answer of {} has more than {} headers", without_secrets(request_.url), most_headers));
  response_.headers.push_back({std::string(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1)))});
}

void Exchange::take_body(std::string_view bytes) {
  long status = 0;
  libcurl().easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  if (take_ && response_.ok()) return take_(response_, bytes);
  if (bytes.size() > largest_answer - response_.body.size())
    throw Error(Errc::corrupt,
                fmt::format("the answer of {} is larger than {} bytes", without_secrets(request_.url), largest_answer));
  response_.body += bytes;
}

Response Exchange::result(CURL* handle, CURLcode code) {
  if (failure_) std::rethrow_exception(failure_);
  if (code != CURLE_OK) fail(handle, code);
  long status = 0;
  libcurl().easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  return std::move(response_);
}

void Exchange::fail(CURL* handle, CURLcode code) const {
  if (code == CURLE_ABORTED_BY_CALLBACK) signals::throw_if_pending();
  const std::string what = fmt::format("{} {}: ", request_.method, without_secrets(request_.url));
  if (lost_answer_) throw TransferError(TransferError::Kind::cut, what + "the connection ended before the answer");
  const std::string message = what + (text_[0] != '\0' ? text_.data() : libcurl().easy_strerror(code));
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) throw Error(Errc::config, message);
  if (code == CURLE_OPERATION_TIMEDOUT) throw TransferError(TransferError::Kind::timeout, message);
  long refused = 0;  // by a proxy, which was asked for a tunnel
  libcurl().easy_getinfo(handle, CURLINFO_HTTP_CONNECTCODE, &refused);
  const bool unreachable = never_connected(code) || refused >= 300;
  throw TransferError(unreachable ? TransferError::Kind::unreachable : TransferError::Kind::cut, message,
                      hint_for(refused >= 300 ? CURLE_PROXY : code));
}

}  // namespace barman::http
