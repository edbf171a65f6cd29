#pragma once
#include <memory>

#include "azure_client.h"

namespace barman::store {

struct AzureLimits {
  std::uint64_t single_put = 64 * 1024 * 1024;  // larger objects go in blocks
  std::uint64_t block_size = 4 * 1024 * 1024;
};
std::unique_ptr<ObjectStore> make_azure_store(std::shared_ptr<const AzureClient> client, const AzureLimits& limits,
                                              std::string encryption_scope);

// With what the environment and the settings say.
std::unique_ptr<ObjectStore> open_azure(const Location& location, const Settings& settings);
Location parse_azure_url(std::string_view url, const Environment& environment);

}  // namespace barman::store
