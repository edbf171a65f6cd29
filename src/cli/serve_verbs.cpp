// Verbs of the REST service: what listens, and what does the work.
#include <fmt/core.h>

#include "barman/app/operations.h"
#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"
#include "barman/rest/service.h"
#include "barman/web/listener.h"
#include "verb.h"

namespace barman::cli {
namespace {

constexpr const char* default_address = "127.0.0.1:7480";  // of pg-backup-api
constexpr std::size_t largest_body = 256 * 1024;
constexpr std::size_t largest_pem = 1024 * 1024;

struct ServeArguments {
  std::string listen = default_address;
  std::optional<std::string> certificate, key, client_authority;
  bool read_only = false;
};

void declare_serve(Options& options, ServeArguments& args) {
  options.value({"--listen"}, args.listen, "ADDRESS",
                "HOST:PORT, or unix:PATH for a Unix socket (default: 127.0.0.1:7480)");
  options.value({"--tls-certificate"}, args.certificate, "FILE",
                "speak TLS: certificate, and those it rests on, in PEM");
  options.value({"--tls-key"}, args.key, "FILE", "key of the certificate, in PEM");
  options.value({"--client-ca"}, args.client_authority, "FILE",
                "answer only clients with a certificate of one of these authorities, in PEM");
  options.flag({"--read-only"}, args.read_only, "answer questions, refuse operations");
}

std::optional<web::Tls> tls_of(const ServeArguments& args) {
  if (args.certificate.has_value() != args.key.has_value())
    throw Error(Errc::usage, "--tls-certificate and --tls-key go together");
  if (args.client_authority && !args.certificate) throw Error(Errc::usage, "--client-ca needs --tls-certificate");
  if (!args.certificate) return std::nullopt;
  return web::Tls{fs::read_file(*args.certificate, largest_pem), fs::read_file(*args.key, largest_pem),
                  args.client_authority ? fs::read_file(*args.client_authority, largest_pem) : std::string()};
}

void serve(Session& session, const ServeArguments& args) {
  const web::Address address = web::parse_address(args.listen);
  const auto tls = tls_of(args);
  rest::require_safe(address, tls, args.read_only);
  web::Limits limits;
  limits.body = largest_body;
  web::Listener listener(address, rest::routes({session.global().file, args.read_only}), limits, tls);
  const char* scheme = !address.path.empty() ? "" : tls ? "https://" : "http://";
  session.writer().info(fmt::format("Listening on {}{}", scheme, to_string(listener.address())));
  listener.run();
  signals::clear();
}

struct RunArguments {
  std::string id;
  std::optional<std::string> server;
};

void declare_run(Options& options, RunArguments& args) {
  options.positional("operation_id", args.id, "id of the operation");
  options.optional_positional("server_name", args.server, "server it was asked for (default: the instance)");
}

int run_operation(Session& session, const RunArguments& args) {
  return app::run_operation(session.global(), args.server.value_or(""), args.id) ? 0 : 1;
}

}  // namespace

Command serve_command() { return verb<ServeArguments>(declare_serve, serve); }

Command run_operation_command() { return verb<RunArguments>(declare_run, run_operation); }

}  // namespace barman::cli
