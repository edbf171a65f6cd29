#include "barman/config/ini_document.h"

#include <fmt/core.h>

#include <algorithm>

#include "ini_parser.h"
#include "interpolation.h"

namespace barman::config {
namespace {

constexpr std::string_view default_section = "DEFAULT";

// The options that one file gives to a section, interpolated with each other.
OptionList<IniOption> resolve(const RawSection& section, const RawSection* defaults,
                              const std::shared_ptr<const std::string>& file) {
  const auto lookup = [&](std::string_view name) -> const std::string* {
    if (const RawOption* own = section.options.find(name)) return &own->value;
    const RawOption* inherited = defaults == nullptr ? nullptr : defaults->options.find(name);
    return inherited == nullptr ? nullptr : &inherited->value;
  };
  OptionList<IniOption> options;
  const auto add = [&](const RawOption& option) {
    const Place place{file, option.line};
    std::string value = interpolate(section.name, option.name, option.value, lookup, place);
    require_valid_percent(value, place);
    options.set({option.name, std::move(value), place});
  };
  if (defaults != nullptr)
    for (const RawOption& option : defaults->options)
      if (section.options.find(option.name) == nullptr) add(option);
  for (const RawOption& option : section.options) add(option);
  return options;
}

}  // namespace

std::string Place::text() const { return fmt::format("{}:{}", file ? *file : "", line); }

std::vector<std::string> IniDocument::add(std::string_view text, const std::string& file) {
  const std::vector<RawSection> raw = parse_ini(text, file);
  const auto found = std::ranges::find(raw, default_section, &RawSection::name);
  const RawSection* defaults = found == raw.end() ? nullptr : &*found;
  const auto shared_file = std::make_shared<const std::string>(file);
  std::vector<IniSection> parsed;
  for (const RawSection& section : raw)
    if (&section != defaults)
      parsed.push_back({section.name, {shared_file, section.line}, resolve(section, defaults, shared_file)});
  std::vector<std::string> names;
  for (IniSection& section : parsed) {
    names.push_back(section.name);
    const auto [entry, added] = index_.try_emplace(section.name, sections_.size());
    if (added) {
      sections_.push_back(std::move(section));
    } else {
      for (const IniOption& option : section.options) sections_[entry->second].options.set(option);
    }
  }
  return names;
}

const IniSection* IniDocument::find(std::string_view section) const {
  const auto found = index_.find(std::string(section));
  return found == index_.end() ? nullptr : &sections_[found->second];
}

std::string IniDocument::get(const IniSection& section, const IniOption& option) {
  const auto lookup = [&](std::string_view name) -> const std::string* {
    const IniOption* other = section.find(name);
    return other == nullptr ? nullptr : &other->value;
  };
  return interpolate(section.name, option.name, option.value, lookup, option.place);
}

}  // namespace barman::config
