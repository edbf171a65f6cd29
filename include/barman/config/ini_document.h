#pragma once
#include <cstddef>
#include <functional>
#include <memory>
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

// Configuration files as text, with the grammar of Python's ConfigParser (non-strict, BasicInterpolation): config.md 4.

// Where a value was written.
struct Place {
  std::shared_ptr<const std::string> file;  // as given to IniDocument::add
  int line = 0;                             // of the option's name, from 1
  std::string text() const;                 // "FILE:LINE"
};

struct IniOption {
  std::string name;   // lower case
  std::string value;  // interpolated once; the reader's second interpolation is IniDocument::get
  Place place;
};

struct IniSection {
  std::string name;
  Place place;                    // of the first header
  OptionList<IniOption> options;  // a repeated option keeps its place and takes the last value
  const IniOption* find(std::string_view option) const { return options.find(option); }
};

// Several files merged: sections with the same name are one, a later file wins per option. Options of a file's
// [DEFAULT] belong to every section of that file.
class IniDocument {
 public:
  // Parses `text` and merges it. Throws Error(config) with ConfigParser's message and FILE:LINE as hint; the document
  // is then as before. Returns the names of the sections that it has.
  std::vector<std::string> add(std::string_view text, const std::string& file);

  const std::vector<IniSection>& sections() const { return sections_; }
  const IniSection* find(std::string_view section) const;  // nullptr: no such section
  // The value as a reader sees it. Throws Error(config) for a bad %(...)s.
  static std::string get(const IniSection& section, const IniOption& option);

 private:
  std::vector<IniSection> sections_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace barman::config
