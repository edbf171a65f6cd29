#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace barman::config {

// Options of a section in the order of their first appearance, each found by its name in one step, however many there
// are. An option is anything with a `name`.
template <typename Option>
class OptionList {
 public:
  const Option* find(std::string_view name) const {
    const auto found = places_.find(name);
    return found == places_.end() ? nullptr : &options_[found->second];
  }
  // One of the same name is replaced in its place. The reference is good until the next call.
  Option& set(Option option) {
    const auto [entry, added] = places_.try_emplace(option.name, options_.size());
    if (added) return options_.emplace_back(std::move(option));
    return options_[entry->second] = std::move(option);
  }
  auto begin() const { return options_.begin(); }
  auto end() const { return options_.end(); }
  std::size_t size() const { return options_.size(); }
  bool empty() const { return options_.empty(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::vector<Option> options_;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> places_;
};

}  // namespace barman::config
