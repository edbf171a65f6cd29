#pragma once
#include <optional>
#include <string>
#include <vector>

#include "barman/config/configuration.h"
#include "barman/config/ini_document.h"
#include "option.h"

namespace barman::config {

struct Warning {
  std::string text;
  std::string place;  // FILE:LINE, or ""
};

// The options of one section, by row of the option table.
class SectionOptions {
 public:
  explicit SectionOptions(const IniSection& section);
  const IniSection& section() const { return section_; }
  const IniOption* at(std::size_t row) const { return by_row_[row]; }
  const std::vector<const IniOption*>& others() const { return others_; }  // names that are in no row

 private:
  const IniSection& section_;
  std::vector<const IniOption*> by_row_;
  std::vector<const IniOption*> others_;
};

Warning unknown_option(const IniOption& option, const std::string& section);

// Parses what one section says about an option. nullopt: nothing usable (absent, or invalid and told to `warnings`),
// ask the next source; null: the option was emptied.
std::optional<Value> read_option(const OptionRow& row, const IniOption& option, const IniSection& section,
                                 std::vector<Warning>& warnings);

}  // namespace barman::config
