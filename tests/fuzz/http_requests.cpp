// What a client asks the listener for: a line for the target, then one for each header.
#include <algorithm>

#include "barman/core/text.h"
#include "barman/web/message.h"
#include "barman/web/routes.h"
#include "fuzz.h"

namespace barman::fuzz {

void one_input(std::string_view bytes) {
  static const web::Routes routes = [] {
    web::Routes made;
    made.add("GET", "/servers/{server}/{rest}", [](const web::Request& request) {
      require(request.parameters.size() == 2, "both parameters are there", request.path);
      return web::plain(200, request.parameters.at("server"));
    });
    return made;
  }();
  const std::size_t end = std::min(bytes.find('\n'), bytes.size());
  web::Request request;
  request.method = "GET";
  if (web::parse_target(bytes.substr(0, end), request)) return;
  for (const std::string& line : split(bytes.substr(end), '\n')) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    request.headers.push_back({line.substr(0, colon), line.substr(std::min(colon + 1, line.size()))});
  }
  require(request.path.starts_with('/'), "a path begins with a slash", request.path);
  require(request.path.find('\0') == std::string::npos, "a path holds no zero byte", request.path);
  constexpr std::size_t most = 1000;
  if (!web::judge_headers(request, end, most, most))
    require(!request.header("Transfer-Encoding"), "a body has a length", request.path);
  const web::Response response = routes.answer(request);
  require(response.status == 200 || response.status == 404 || response.status == 405, "it is answered", request.path);
}

}  // namespace barman::fuzz
