#pragma once
#include <string>

#include "barman/web/listener.h"
#include "barman/web/routes.h"

// The REST service of pg-backup-api, whose clients are Patroni, repmgr and PEM (docs/rest-service.md): which function
// of `app` answers what, and with which status.
namespace barman::rest {

struct Service {
  std::string configuration_file;  // read anew by every request
  bool read_only = false;          // nothing is done for anybody
};

// Failures are objects of JSON with the key `error`.
web::Routes routes(const Service& service);

// Throws Error(usage) unless only those get to it who may do what it does: whoever sends operations has commands run by
// its user, so they have to be on this machine, or to have a certificate.
void require_safe(const web::Address& address, const std::optional<web::Tls>& tls, bool read_only);

}  // namespace barman::rest
