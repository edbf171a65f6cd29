#include "interpolation.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "ini_text.h"

namespace barman::config {
namespace {

constexpr int max_depth = 10;
constexpr std::size_t most_work = 64 * 1024;  // bytes; ten steps of many references each would never end
constexpr const char* advice = "a literal percent sign is written %%";

// Length of "%(name)s" at the start of `text`, 0 if there is none.
std::size_t reference_length(std::string_view text) {
  if (!text.starts_with("%(")) return 0;
  const std::size_t end = text.find(')');
  if (end == std::string_view::npos || end == 2 || !text.substr(end).starts_with(")s")) return 0;
  return end + 2;
}

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
        const std::size_t length = reference_length(rest);
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

}  // namespace

std::string interpolate(const std::string& section, const std::string& option, const std::string& value,
                        const Lookup& lookup, const Place& place) {
  if (value.find('%') == std::string::npos) return value;
  return Interpolator(section, option, value, lookup, place).run();
}

void require_valid_percent(const std::string& value, const Place& place) {
  if (value.find('%') == std::string::npos) return;
  std::string rest;
  const std::string unescaped = replace_all(value, "%%", "");
  for (std::size_t i = 0; i < unescaped.size();) {
    if (const std::size_t length = reference_length(std::string_view(unescaped).substr(i))) {
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

}  // namespace barman::config
