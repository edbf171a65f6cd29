#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "barman/cloud/layout.h"
#include "barman/config/server_config.h"
#include "barman/http/transport.h"
#include "barman/store/object_store.h"

namespace barman::cloud {

// Where the objects of one server are: an open store, and their keys in it.
struct Place {
  std::unique_ptr<store::ObjectStore> store;
  Layout layout;
};

struct PlaceLimits {
  std::uint64_t bytes_per_second = 0;  // sent; 0: no limit
  Deadline deadline{};                 // for a look that must not take longer
};

// The place that a URL in the configuration of a server means, by the provider that the URL is of, with the server's
// options for object stores. Nothing is asked of the store. Throws Error(config) for options that contradict each
// other.
Place open_place(const std::string& url, const config::ServerConfig& config, const PlaceLimits& limits = {});

// Barman's word for the provider that a URL is of: "aws-s3".
std::string_view provider_name(std::string_view url);

// How ServerContext opens places: tests put a directory there.
using OpenPlace = std::function<Place(const std::string& url, const config::ServerConfig& config)>;

}  // namespace barman::cloud
