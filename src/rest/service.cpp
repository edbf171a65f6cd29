#include "barman/rest/service.h"

#include <fmt/core.h>

#include <memory>

#include "barman/app/operations.h"
#include "barman/config/configuration.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/output/operations.h"
#include "barman/rest/monitoring.h"

namespace barman::rest {
namespace {

using web::Request;
using web::Response;

constexpr const char* json_type = "application/json";

Response json(int status, std::string body) {
  Response response;
  response.status = status;
  response.type = json_type;
  response.body = std::move(body);
  return response;
}

// In the words of pg-backup-api: "404 Not Found: Resource not found".
Response failure(int status, std::string_view text) {
  return json(status, output::error_json(fmt::format("{} {}: {}", status, web::reason_of(status), text)));
}

// Where the client is to blame; 0: it is not.
int status_of(const Error& error) {
  switch (error.code()) {
    case Errc::usage:
      return 400;
    case Errc::not_found:
      return 404;
    case Errc::refused:
      return 409;
    default:
      return 0;
  }
}

// "application/json; charset=utf-8" is one, too.
bool is_json(const Request& request) {
  const std::string type = request.header("Content-Type").value_or("");
  return to_lower(trim(std::string_view(type).substr(0, type.find(';')))) == json_type;
}

// A page in somebody's browser, from wherever it is, can have requests sent from this machine. A browser says so, and
// asks before it sends JSON; nothing else sends that header.
bool is_of_browser(const Request& request) { return request.header("Origin").has_value(); }

using Configured = std::function<Response(const config::Configuration&, const Request&)>;

web::Handler with_configuration(const std::string& file, Configured handler) {
  return [file, handler = std::move(handler)](const Request& request) {
    const auto configuration = config::Configuration::read(file);
    try {
      return handler(configuration, request);
    } catch (const Error& error) {
      const int status = status_of(error);
      if (status == 0) throw;
      return failure(status, error.what());
    }
  };
}

std::string server_of(const Request& request) {
  const auto found = request.parameters.find("server");
  return found == request.parameters.end() ? std::string() : found->second;
}

Response post(const config::Configuration& configuration, const Request& request) {
  if (is_of_browser(request)) return failure(403, "operations are not for web pages");
  if (!is_json(request)) return failure(415, "Content-Type must be application/json");
  return json(202, output::operation_id_json(app::start_operation(configuration, server_of(request), request.body)));
}

void add_operations(web::Routes& routes, const Service& service, const std::string& path) {
  const std::string& file = service.configuration_file;
  routes.add("GET", path, with_configuration(file, [](const auto& configuration, const Request& request) {
               return json(200, output::operations_json(app::list_operations(configuration, server_of(request))));
             }));
  routes.add("GET", path + "/{id}", with_configuration(file, [](const auto& configuration, const Request& request) {
               return json(200, output::operation_json(app::operation_status(configuration, server_of(request),
                                                                             request.parameters.at("id"))));
             }));
  if (service.read_only)
    routes.add("POST", path, [](const Request&) { return failure(403, "this service is read-only"); });
  else
    routes.add("POST", path, with_configuration(file, post));
}

}  // namespace

web::Routes routes(const Service& service) {
  web::Routes routes(failure);
  routes.add("GET", "/status", [](const Request&) {
    Response response;
    response.type = "text/html; charset=utf-8";
    response.body = "\"OK\"";
    return response;
  });
  routes.add(
      "GET", "/diagnose",
      [diagnosis = std::make_shared<app::SharedDiagnosis>(service.configuration_file)](const Request&) {
        return json(200, diagnosis->make());
      },
      web::Pace::slow);
  add_operations(routes, service, "/servers/{server}/operations");
  add_operations(routes, service, "/operations");
  add_monitoring(routes, {service.configuration_file});
  return routes;
}

void require_safe(const web::Address& address, const std::optional<web::Tls>& tls, bool read_only) {
  const bool certified = tls && !tls->client_authority.empty();
  if (read_only || certified || web::is_local(address)) return;
  throw Error(Errc::usage,
              fmt::format("{} can be reached from other machines, and whoever reaches it could restore over whatever "
                          "this user reaches by ssh",
                          to_string(address)),
              "let clients show a certificate (--tls-certificate, --tls-key, --client-ca), listen on 127.0.0.1 or on "
              "unix:PATH, or serve --read-only");
}

}  // namespace barman::rest
