#include "barman/report/check.h"

#include <algorithm>

#include "barman/core/text.h"

namespace barman::report {

std::string check_key(std::string_view name) {
  std::string key = to_lower(name);
  std::erase(key, '.');
  std::ranges::replace_if(
      key, [](char c) { return c == ' ' || c == '-'; }, '_');
  return key;
}

}  // namespace barman::report
