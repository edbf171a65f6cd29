#include "barman/config/ini_document.h"

#include <fmt/core.h>

#include <algorithm>

#include "ini_parser.h"
#include "interpolation.h"

namespace barman::config {
namespace {

constexpr std::string_view default_section = "DEFAULT";

const RawOption* find_option(const RawSection* section, std::string_view name) {
  if (section == nullptr) return nullptr;
  const auto found = std::ranges::find(section->options, name, &RawOption::name);
  return found == section->options.end() ? nullptr : &*found;
}

void set_option(IniSection& section, IniOption option) {
  const auto known = std::ranges::find(section.options, option.name, &IniOption::name);
  if (known == section.options.end())
    section.options.push_back(std::move(option));
  else
    *known = std::move(option);
}

// The options that one file gives to a section, interpolated with each other.
std::vector<IniOption> resolve(const RawSection& section, const RawSection* defaults,
                               const std::shared_ptr<const std::string>& file) {
  const auto lookup = [&](std::string_view name) -> const std::string* {
    if (const RawOption* own = find_option(&section, name)) return &own->value;
    const RawOption* inherited = find_option(defaults, name);
    return inherited == nullptr ? nullptr : &inherited->value;
  };
  std::vector<IniOption> options;
  const auto add = [&](const RawOption& option) {
    const Place place{file, option.line};
    std::string value = interpolate(section.name, option.name, option.value, lookup, place);
    require_valid_percent(value, place);
    options.push_back({option.name, std::move(value), place});
  };
  if (defaults != nullptr)
    for (const RawOption& option : defaults->options)
      if (find_option(&section, option.name) == nullptr) add(option);
  for (const RawOption& option : section.options) add(option);
  return options;
}

}  // namespace

std::string Place::text() const { return fmt::format("{}:{}", file ? *file : "", line); }

const IniOption* IniSection::find(std::string_view option) const {
  const auto found = std::ranges::find(options, option, &IniOption::name);
  return found == options.end() ? nullptr : &*found;
}

void IniDocument::add(std::string_view text, const std::string& file) {
  const std::vector<RawSection> raw = parse_ini(text, file);
  const auto found = std::ranges::find(raw, default_section, &RawSection::name);
  const RawSection* defaults = found == raw.end() ? nullptr : &*found;
  const auto shared_file = std::make_shared<const std::string>(file);
  std::vector<IniSection> parsed;
  for (const RawSection& section : raw)
    if (&section != defaults)
      parsed.push_back({section.name, {shared_file, section.line}, resolve(section, defaults, shared_file)});
  for (IniSection& section : parsed) {
    const auto [entry, added] = index_.try_emplace(section.name, sections_.size());
    if (added) {
      sections_.push_back(std::move(section));
    } else {
      for (IniOption& option : section.options) set_option(sections_[entry->second], std::move(option));
    }
  }
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
