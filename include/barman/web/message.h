#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// One request that arrives and its answer.
namespace barman::web {

struct Header {
  std::string name, value;
};

struct Request {
  std::string method;                               // "GET"
  std::string path;                                 // decoded: "/servers/main"
  std::vector<std::string> segments;                // of the path, each decoded: {"servers", "main"}
  std::map<std::string, std::string> parameters{};  // what the pattern of its route has named
  std::string query{};                              // as it came, without the question mark
  std::vector<Header> headers{};                    // in their order
  std::string body{};
  std::optional<std::string> header(std::string_view name) const;  // names compare without regard to case
};

struct Response {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<Header> headers{};  // besides those of length, type and connection
};

// "404 Not Found" and a line that says so.
Response plain(int status, std::string_view text);
std::string_view reason_of(int status);

// What is wrong with a request: the status of its answer, and a word for the client.
struct Refusal {
  int status = 400;
  std::string reason;
};

// The request line and the headers, up to and without the empty line. The path begins with a slash; a client that names
// a scheme and a host ("http://h/p") means the path. Obsolete folded lines are refused, as are two lengths and whatever
// else two readers could understand differently.
std::optional<Refusal> parse_head(std::string_view head, Request& request);
// How long its body is: 0 without Content-Length. Transfer encodings are refused.
std::optional<Refusal> length_of_body(const Request& request, std::size_t most, std::size_t& length);

// The status line, headers and body of an answer, as sent; to HEAD without the body.
std::string to_text(const Response& response, bool with_body);

}  // namespace barman::web
