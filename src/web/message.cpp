#include "barman/web/message.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/numbers.h"
#include "barman/core/text.h"

namespace barman::web {
namespace {

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

Refusal malformed(std::string_view what) { return {400, fmt::format("malformed {}", what)}; }

// nullopt: a code that is none, or means a zero byte.
std::optional<std::string> decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const auto code = i + 2 < text.size() ? parse_hex(text.substr(i + 1, 2)) : std::nullopt;
    if (!code || *code == 0) return std::nullopt;
    result += static_cast<char>(*code);
    i += 2;
  }
  return result;
}

}  // namespace

std::optional<std::string> Request::header(std::string_view name) const {
  const auto found =
      std::ranges::find_if(headers, [&](const Header& each) { return to_lower(each.name) == to_lower(name); });
  return found == headers.end() ? std::nullopt : std::optional(found->value);
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return status < 400 ? "OK" : "Error";
  }
}

Response plain(int status, std::string_view text) {
  Response response;
  response.status = status;
  response.body = fmt::format("{} {}\n{}\n", status, reason_of(status), text);
  return response;
}

std::optional<Refusal> parse_target(std::string_view target, Request& request) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::size_t slash = target.find('/', scheme.size());
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
    break;
  }
  if (!target.starts_with('/') || has_control(target)) return malformed("target");
  const std::size_t question = std::min(target.find('?'), target.size());
  if (question < target.size()) request.query = target.substr(question + 1);
  const auto path = decoded(target.substr(0, question));
  if (!path) return malformed("path");
  request.path = *path;
  for (const std::string& segment : split(target.substr(1, question - 1), '/'))
    request.segments.push_back(*decoded(segment));
  return std::nullopt;
}

std::optional<Refusal> judge_headers(const Request& request, std::size_t target_size, std::size_t head,
                                     std::size_t body) {
  std::size_t size = request.method.size() + target_size;
  for (const Header& header : request.headers) size += header.name.size() + header.value.size() + 4;
  if (size > head) return Refusal{431, fmt::format("more than {} bytes", head)};
  if (request.header("Transfer-Encoding")) return Refusal{501, "send the body with its Content-Length"};
  std::optional<std::string> said;
  for (const Header& header : request.headers) {
    if (to_lower(header.name) != "content-length") continue;
    if (said && *said != header.value) return Refusal{400, "two lengths"};
    said = header.value;
  }
  if (!said) return std::nullopt;
  const auto length = parse_decimal(*said);
  if (!length || *length < 0) return malformed("length");
  if (static_cast<std::uint64_t>(*length) > body) return Refusal{413, fmt::format("more than {} bytes", body)};
  return std::nullopt;
}

}  // namespace barman::web
