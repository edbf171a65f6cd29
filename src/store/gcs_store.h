#pragma once
#include <memory>

#include "barman/store/open.h"
#include "gcs_client.h"

namespace barman::store {

std::unique_ptr<ObjectStore> make_gcs_store(std::shared_ptr<const GcsClient> client, std::string kms_key);

// With what the environment and the settings say.
std::unique_ptr<ObjectStore> open_gcs(const Location& location, const Settings& settings);
Location parse_gcs_url(std::string_view url);

}  // namespace barman::store
