#include "option_reader.h"

#include <fmt/core.h>

namespace barman::config {

SectionOptions::SectionOptions(const IniSection& section) : section_(section), by_row_(option_rows().size()) {
  for (const IniOption& option : section.options) {
    const std::size_t row = option_index(option.name);
    if (row < by_row_.size())
      by_row_[row] = &option;
    else
      others_.push_back(&option);
  }
}

Warning unknown_option(const IniOption& option, const std::string& section) {
  return {fmt::format("Invalid configuration option \"{}\" in [{}] section.", option.name, section),
          option.place.text()};
}

std::optional<Value> read_option(const OptionRow& row, const IniOption& option, const IniSection& section,
                                 std::vector<Warning>& warnings) {
  const std::string written = IniDocument::get(section, option);
  const std::string_view text = unquote(written);
  try {
    Value value = row.parse(text, {row.info.name, section.name});
    if (std::holds_alternative<std::nullptr_t>(value)) return std::nullopt;
    const auto* word = std::get_if<std::string>(&value);
    if (word != nullptr && (word->empty() || *word == "None")) return nullptr;
    return value;
  } catch (const InvalidValue& invalid) {
    warnings.push_back({fmt::format("Ignoring invalid configuration value '{}' for key {} in [{}] section: {}", text,
                                    row.info.name, section.name, invalid.reason),
                        option.place.text()});
    return std::nullopt;
  }
}

}  // namespace barman::config
