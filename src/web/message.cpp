#include "barman/web/message.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/numbers.h"
#include "barman/core/text.h"

namespace barman::web {
namespace {

constexpr std::size_t most_headers = 100;

bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           others.find(c) != std::string_view::npos;
  });
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

Refusal malformed(std::string_view what) { return {400, fmt::format("malformed {}", what)}; }

std::vector<std::string_view> lines_of(std::string_view head) {
  std::vector<std::string_view> lines;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find('\n'), head.size());
    std::string_view line = head.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    head.remove_prefix(std::min(end + 1, head.size()));
  }
  return lines;
}

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

std::optional<Refusal> parse_target(std::string_view target, Request& request) {
  constexpr std::string_view scheme = "http://";
  if (target.starts_with(scheme)) {
    const std::size_t slash = target.find('/', scheme.size());
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
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

std::optional<Refusal> parse_request_line(std::string_view line, Request& request) {
  const std::vector<std::string> words = split(line, ' ');
  if (words.size() != 3 || !is_token(words[0])) return malformed("request line");
  if (!words[2].starts_with("HTTP/1.")) return Refusal{505, "this speaks HTTP/1.1"};
  request.method = words[0];
  return parse_target(words[1], request);
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
    case 413:
      return "Content Too Large";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
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

std::optional<Refusal> parse_head(std::string_view head, Request& request) {
  const std::vector<std::string_view> lines = lines_of(head);
  if (lines.empty()) return malformed("request line");
  if (auto refusal = parse_request_line(lines.front(), request)) return refusal;
  if (lines.size() > most_headers + 1) return Refusal{431, "too many headers"};
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t colon = lines[i].find(':');
    if (colon == std::string_view::npos || !is_token(lines[i].substr(0, colon))) return malformed("header");
    const std::string_view value = trim(lines[i].substr(colon + 1));
    if (std::ranges::any_of(value, [](char c) { return c != '\t' && static_cast<unsigned char>(c) < 0x20; }))
      return malformed("header");
    request.headers.push_back({std::string(lines[i].substr(0, colon)), std::string(value)});
  }
  return std::nullopt;
}

std::optional<Refusal> length_of_body(const Request& request, std::size_t most, std::size_t& length) {
  length = 0;
  if (request.header("Transfer-Encoding")) return Refusal{501, "send the body with its Content-Length"};
  std::optional<std::string> said;
  for (const Header& header : request.headers) {
    if (to_lower(header.name) != "content-length") continue;
    if (said && *said != header.value) return Refusal{400, "two lengths"};
    said = header.value;
  }
  if (!said) return std::nullopt;
  const auto number = parse_decimal(*said);
  if (!number) return Refusal{400, "malformed length"};
  if (static_cast<std::uint64_t>(*number) > most) return Refusal{413, fmt::format("more than {} bytes", most)};
  length = static_cast<std::size_t>(*number);
  return std::nullopt;
}

std::string to_text(const Response& response, bool with_body) {
  std::string text = fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n",
                                 response.status, reason_of(response.status), response.type, response.body.size());
  for (const Header& header : response.headers) text += fmt::format("{}: {}\r\n", header.name, header.value);
  text += "\r\n";
  if (with_body) text += response.body;
  return text;
}

}  // namespace barman::web
