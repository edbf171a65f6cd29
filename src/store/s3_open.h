#pragma once
#include <memory>
#include <string_view>

#include "barman/store/open.h"

namespace barman::store {

Location parse_s3_url(std::string_view url);
// With what environment and files of AWS say.
std::unique_ptr<ObjectStore> open_s3_store(const Location& location, const Settings& settings);

}  // namespace barman::store
