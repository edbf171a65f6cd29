#include "transports.h"

#include <algorithm>

namespace barman::store {
namespace {

// Sends nothing any more once the time is over, so that repeated attempts come to an end.
class Impatient : public http::Transport {
 public:
  Impatient(std::unique_ptr<http::Transport> inner, std::chrono::milliseconds patience)
      : inner_(std::move(inner)), end_(Clock::now() + patience) {}
  http::Response send(const http::Request& request, const http::Take& take) override {
    if (Clock::now() >= end_)
      throw http::TransferError(http::TransferError::Kind::timeout, "the store did not answer in time");
    return inner_->send(request, take);
  }

 private:
  using Clock = std::chrono::steady_clock;
  const std::unique_ptr<http::Transport> inner_;
  const Clock::time_point end_;
};

}  // namespace

std::unique_ptr<http::Transport> transport_to_store(const Settings& settings, const std::string& ca_bundle) {
  http::TransportOptions options;
  options.limits.silent = settings.read_timeout;
  options.bytes_per_second = settings.bytes_per_second;
  options.ca_bundle = ca_bundle;
  if (!settings.patience) return http::open_transport(options);
  const auto seconds = std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(*settings.patience));
  options.limits.connect = std::min(options.limits.connect, std::chrono::milliseconds(seconds));
  options.limits.silent = std::min(options.limits.silent, seconds);
  options.limits.total = std::min(options.limits.total, seconds);
  return std::make_unique<Impatient>(http::open_transport(options), *settings.patience);
}

std::unique_ptr<http::Transport> transport_nearby(const http::Limits& limits, const std::string& ca_bundle) {
  http::TransportOptions options;
  options.limits = limits;
  options.ca_bundle = ca_bundle;
  options.proxies = false;
  return http::open_transport(options);
}

}  // namespace barman::store
