#pragma once
#include <cstddef>
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

// Path, segments and query of what stands behind the method. The path begins with a slash; a client that names a scheme
// and a host ("http://h/p") means the path.
std::optional<Refusal> parse_target(std::string_view target, Request& request);
// What is wrong with the headers: more bytes than `head` with the target; a body longer than `body`, or of which the
// length is not known, as that of a transfer encoding.
std::optional<Refusal> judge_headers(const Request& request, std::size_t target_size, std::size_t head,
                                     std::size_t body);

}  // namespace barman::web
