#include "barman/http/transport.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <new>
#include <utility>

#include "barman/core/on_exit.h"
#include "barman/core/rate_limit.h"
#include "barman/core/text.h"
#include "barman/http/url.h"
#include "exchange.h"
#include "libcurl.h"

namespace barman::http {
namespace {

constexpr long object_buffer = 256 * 1024;  // for what is taken piece by piece
constexpr long answer_buffer = 16 * 1024;   // for what most requests are answered with
constexpr long send_buffer = 64 * 1024;

// curl keeps away from HTTP_PROXY, which a CGI program gets from its caller; other clients of stores read it.
const char* proxy_for(std::string_view url) {
  if (!url.starts_with("http://") || std::getenv("http_proxy") != nullptr || std::getenv("REQUEST_METHOD") != nullptr)
    return nullptr;
  return std::getenv("HTTP_PROXY");
}

// Connections belong to handles: each is used by one transfer at a time and kept with its connections for the next.
class CurlTransport : public Transport {
 public:
  explicit CurlTransport(TransportOptions options) : options_(std::move(options)), rate_(options_.bytes_per_second) {}
  ~CurlTransport() override {
    for (CURL* handle : idle_) libcurl().easy_cleanup(handle);
  }

  Response send(const Request& request, const Take& take) override {
    signals::throw_if_pending();
    require_time(request);
    CURL* handle = take_handle();
    const OnExit give_back([&] { keep_handle(handle); });
    Exchange exchange(request, take, rate_);
    curl_slist* headers = nullptr;
    const OnExit free_headers([&] { libcurl().slist_free_all(headers); });
    for (const std::string& line : header_lines(request)) {
      curl_slist* longer = libcurl().slist_append(headers, line.c_str());
      if (longer == nullptr) throw std::bad_alloc();
      headers = longer;
    }
    set(handle, CURLOPT_HTTPHEADER, headers);
    set_request(handle, request, take ? object_buffer : answer_buffer);
    set_limits(handle);
    set_security(handle, request.url);
    exchange.attach(handle);
    return exchange.result(handle, libcurl().easy_perform(handle));
  }

 private:
  template <typename Value>
  static void set(CURL* handle, CURLoption option, Value value) {
    if (const CURLcode code = libcurl().easy_setopt(handle, option, value); code != CURLE_OK)
      throw Error(Errc::unsupported, fmt::format("libcurl refuses option {}: {}", static_cast<int>(option),
                                                 libcurl().easy_strerror(code)));
  }

  static void set_request(CURL* handle, const Request& request, long receive_buffer) {
    set(handle, CURLOPT_URL, request.url.c_str());
    set(handle, CURLOPT_PATH_AS_IS, 1L);  // the path is signed as it is
    const bool carries = request.body || request.method == "PUT" || request.method == "POST";
    if (carries) {
      set(handle, CURLOPT_UPLOAD, 1L);
      set(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body ? request.body->size() : 0));
    } else if (request.method == "HEAD") {
      set(handle, CURLOPT_NOBODY, 1L);
    }
    set(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    set(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(handle, CURLOPT_BUFFERSIZE, receive_buffer);
    set(handle, CURLOPT_UPLOAD_BUFFERSIZE, send_buffer);
    set(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  }

  void require_time(const Request& request) const {
    if (!options_.deadline || std::chrono::steady_clock::now() < *options_.deadline) return;
    throw TransferError(TransferError::Kind::timeout, fmt::format("{} {}: there is no time left for it", request.method,
                                                                  without_secrets(request.url)));
  }

  void set_limits(CURL* handle) const {
    const Limits& limits = options_.limits;
    // Who may send only so much takes as long as that takes; it is never silent for long.
    std::chrono::milliseconds total = rate_.limited() ? std::chrono::seconds(0) : limits.total;
    if (options_.deadline) total = time_left(options_.deadline, limits.total);
    set(handle, CURLOPT_NOSIGNAL, 1L);
    set(handle, CURLOPT_QUICK_EXIT, 1L);  // does not wait for a name server that does not answer
    set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect.count()));
    set(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits.silent.count()));
    set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(total.count()));
  }

  void set_security(CURL* handle, std::string_view url) const {
    set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    set(handle, CURLOPT_FOLLOWLOCATION, 0L);  // what is signed for one host is not for another
    set(handle, CURLOPT_SSL_VERIFYPEER, 1L);
    set(handle, CURLOPT_SSL_VERIFYHOST, 2L);
    set(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!options_.ca_bundle.empty()) set(handle, CURLOPT_CAINFO, options_.ca_bundle.c_str());
    if (!options_.proxies)
      set(handle, CURLOPT_PROXY, "");
    else if (const char* proxy = proxy_for(url))
      set(handle, CURLOPT_PROXY, proxy);
  }

  CURL* take_handle() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        CURL* handle = idle_.back();
        idle_.pop_back();
        return handle;
      }
      idle_.reserve(++handles_);  // so that keep_handle() cannot fail
    }
    CURL* handle = libcurl().easy_init();
    if (handle == nullptr) throw std::bad_alloc();
    return handle;
  }
  void keep_handle(CURL* handle) {
    libcurl().easy_reset(handle);  // forgets the request, not the connections
    const std::lock_guard lock(mutex_);
    idle_.push_back(handle);
  }

  const TransportOptions options_;
  RateLimit rate_;
  std::mutex mutex_;
  std::vector<CURL*> idle_;
  std::size_t handles_ = 0;
};

}  // namespace

std::optional<std::string> Response::header(std::string_view name) const {
  const std::string wanted = to_lower(name);
  for (const Header& header : headers)
    if (to_lower(header.name) == wanted) return header.value;
  return std::nullopt;
}

std::chrono::milliseconds time_left(const Deadline& deadline, std::chrono::milliseconds limit) {
  if (!deadline) return limit;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
  return std::max(std::chrono::milliseconds(1), std::min(limit, left));
}

std::unique_ptr<Transport> open_transport(const TransportOptions& options) {
  return std::make_unique<CurlTransport>(options);
}

}  // namespace barman::http
