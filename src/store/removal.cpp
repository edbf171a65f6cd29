#include "removal.h"

#include "barman/core/parallel.h"

namespace barman::store {

std::vector<RemoveFailure> remove_one_by_one(
    const std::vector<std::string>& keys,
    const std::function<std::optional<RemoveFailure>(const std::string& key)>& remove) {
  constexpr std::size_t connections = 8;
  std::vector<std::optional<RemoveFailure>> results(keys.size());
  run_parallel(keys.size(), connections, [&](std::size_t i) { results[i] = remove(keys[i]); });
  std::vector<RemoveFailure> failures;
  for (auto& result : results)
    if (result) failures.push_back(std::move(*result));
  return failures;
}

}  // namespace barman::store
