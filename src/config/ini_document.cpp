#include "barman/config/ini_document.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>

#include "barman/core/error.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"
#include "ini_parser.h"

namespace barman::config {

namespace {

constexpr int max_depth = 10;
constexpr std::size_t most_work = 64 * 1024;  // bytes; ten steps of many references each would never end
constexpr const char* advice = "a literal percent sign is written %%%%";

// Finds "%(name)s" in a text, from left to right. What closes a reference is looked for once, not again for each that
// is opened before it.
class References {
 public:
  explicit References(std::string_view text) : text_(text) {}
  // Length of the one that starts at `at`, which never goes back; 0 if there is none.
  std::size_t length_at(std::size_t at) {
    if (!text_.substr(at).starts_with("%(")) return 0;
    if (close_ == std::string_view::npos || close_ < at) close_ = std::min(text_.find(')', at), text_.size());
    return close_ == at + 2 || !text_.substr(close_).starts_with(")s") ? 0 : close_ - at + 2;
  }

 private:
  std::string_view text_;
  std::size_t close_ = std::string_view::npos;  // not looked for yet
};

// Value of another option of the same section; nullptr: there is none.
using Lookup = std::function<const std::string*(std::string_view option)>;

class Interpolator {
 public:
  Interpolator(const std::string& section, const std::string& option, const std::string& value, const Lookup& lookup,
               const Place& place)
      : section_(section), option_(option), value_(value), lookup_(lookup), place_(place) {}

  std::string run() {
    expand(value_, 1);
    return std::move(result_);
  }

 private:
  void expand(std::string_view rest, int depth) {
    if (depth > max_depth)
      fail(fmt::format(
               "Recursion limit exceeded in value substitution: option {} in section {} contains an interpolation "
               "key which cannot be substituted in {} steps. Raw value: {}",
               python_repr(option_), python_repr(section_), max_depth, python_repr(value_)),
           "the options refer to each other in a circle");
    while (!rest.empty()) {
      const std::size_t percent = rest.find('%');
      result_ += rest.substr(0, percent);
      if (percent == std::string_view::npos) return;
      rest.remove_prefix(percent);
      if (rest.starts_with("%%")) {
        result_ += '%';
        rest.remove_prefix(2);
      } else if (rest.starts_with("%(")) {
        const std::size_t length = References(rest).length_at(0);
        if (length == 0) fail(fmt::format("bad interpolation variable reference {}", python_repr(rest)), advice);
        substitute(to_lower(rest.substr(2, length - 4)), depth);
        rest.remove_prefix(length);
      } else {
        fail(fmt::format("'%' must be followed by '%' or '(', found: {}", python_repr(rest)), advice);
      }
    }
  }

  void substitute(const std::string& name, int depth) {
    const std::string* value = lookup_(name);
    if (value == nullptr)
      fail(
          fmt::format("Bad value substitution: option {} in section {} contains an interpolation key {} which is not a "
                      "valid option name. Raw value: {}",
                      python_repr(option_), python_repr(section_), python_repr(name), python_repr(value_)),
          "only options of the same section and file can be referred to");
    work_ += value->size() + 1;
    if (work_ > most_work)
      fail(fmt::format("Bad value substitution: option {} in section {} is put together from more than {} bytes",
                       python_repr(option_), python_repr(section_), most_work),
           "the options repeat each other too often");
    if (value->find('%') == std::string::npos)
      result_ += *value;
    else
      expand(*value, depth + 1);
  }

  [[noreturn]] void fail(const std::string& message, std::string_view hint) const {
    throw Error(Errc::config, message, fmt::format("{}: {}", hint, place_.text()));
  }

  const std::string& section_;
  const std::string& option_;
  const std::string& value_;
  const Lookup& lookup_;
  const Place& place_;
  std::string result_;
  std::size_t work_ = 0;
};

// `value` of `option` in `section` with every %(name)s replaced, recursively. Throws Error(config) with ConfigParser's
// message, `place` in the hint.
std::string interpolate(const std::string& section, const std::string& option, const std::string& value,
                        const Lookup& lookup, const Place& place) {
  if (value.find('%') == std::string::npos) return value;
  return Interpolator(section, option, value, lookup, place).run();
}

// The check that ConfigParser makes when a value is set: a '%' must begin "%%" or "%(name)s".
void require_valid_percent(const std::string& value, const Place& place) {
  if (value.find('%') == std::string::npos) return;
  std::string rest;
  const std::string unescaped = replace_all(value, "%%", "");
  References references(unescaped);
  for (std::size_t i = 0; i < unescaped.size();) {
    if (const std::size_t length = references.length_at(i)) {
      i += length;
    } else {
      rest += unescaped[i++];
    }
  }
  const std::size_t percent = rest.find('%');
  if (percent == std::string::npos) return;
  throw Error(Errc::config,
              fmt::format("invalid interpolation syntax in {} at position {}", python_repr(value),
                          character_count(std::string_view(rest).substr(0, percent))),
              fmt::format("{}: {}", advice, place.text()));
}

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
