#include "transports.h"

namespace barman::store {

std::unique_ptr<http::Transport> transport_to_store(const Settings& settings, const std::string& ca_bundle) {
  http::TransportOptions options;
  options.limits.silent = settings.read_timeout;
  options.bytes_per_second = settings.bytes_per_second;
  options.ca_bundle = ca_bundle;
  options.deadline = settings.deadline;
  return http::open_transport(options);
}

std::unique_ptr<http::Transport> transport_nearby(const http::Limits& limits, const Deadline& deadline,
                                                  const std::string& ca_bundle) {
  http::TransportOptions options;
  options.limits = limits;
  options.deadline = deadline;
  options.ca_bundle = ca_bundle;
  options.proxies = false;
  return http::open_transport(options);
}

}  // namespace barman::store
