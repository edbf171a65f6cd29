#include "barman/web/listener.h"

#include <unistd.h>

#include "daemon.h"
#include "socket.h"

namespace barman::web {

Listener::Listener(const Address& address, Routes routes, const Limits& limits, const std::optional<Tls>& tls)
    : address_(address) {
  libmicrohttpd();  // without it nothing is to be bound, or replaced
  UniqueFd socket = listen_on(address_);
  daemon_ = std::make_unique<Daemon>(std::move(socket), std::move(routes), limits, tls);
}

Listener::~Listener() {
  if (!address_.path.empty()) ::unlink(address_.path.c_str());
}

void Listener::run() { daemon_->run(); }

}  // namespace barman::web
