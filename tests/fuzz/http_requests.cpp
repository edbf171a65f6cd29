// What a client sends to the listener.
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
  web::Request request;
  if (web::parse_head(bytes, request)) return;
  require(request.path.starts_with('/'), "a path begins with a slash", request.path);
  require(request.path.find('\0') == std::string::npos, "a path holds no zero byte", request.path);
  for (const web::Header& header : request.headers)
    require(header.value.find_first_of("\r\n") == std::string::npos, "a value is one line", header.value);
  std::size_t length = 0;
  constexpr std::size_t most = 1000;
  if (!web::length_of_body(request, most, length)) require(length <= most, "a body has an end", request.path);
  const web::Response response = routes.answer(request);
  require(response.status == 200 || response.status == 404 || response.status == 405, "it is answered", request.path);
}

}  // namespace barman::fuzz
