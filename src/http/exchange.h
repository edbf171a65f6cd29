#pragma once
#include <array>
#include <exception>
#include <string>
#include <vector>

#include "barman/core/rate_limit.h"
#include "barman/core/signals.h"
#include "barman/http/transport.h"
#include "libcurl.h"

namespace barman::http {

// "Name: value", as libcurl wants them. Error(usage) for what would break out of its line.
std::vector<std::string> header_lines(const Request& request);

// One request on its way: the functions that libcurl calls, and what they gather. Nothing is thrown through libcurl: a
// failure ends the transfer, and result() rethrows it.
class Exchange {
 public:
  Exchange(const Request& request, const Take& take, RateLimit& rate) : request_(request), take_(take), rate_(rate) {}
  void attach(CURL* handle);
  Response result(CURL* handle, CURLcode code);  // throws what ended the transfer

 private:
  static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  static std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

  std::size_t read(char* buffer, std::size_t size);
  void take_header(std::string_view line);
  void take_body(std::string_view bytes);
  [[noreturn]] void fail(CURL* handle, CURLcode code) const;

  const Request& request_;
  const Take& take_;
  RateLimit& rate_;
  CURL* handle_ = nullptr;
  std::uint64_t sent_ = 0;
  bool lost_answer_ = false;  // sent over a connection that then was no more
  Response response_;
  std::exception_ptr failure_;
  std::array<char, CURL_ERROR_SIZE> text_{};
};

}  // namespace barman::http
