#include "barman/usage/options.h"

#include <fmt/core.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "barman/core/numbers.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"

namespace barman::usage {

namespace {

using Kind = OptionSpec::Kind;
using Problem = std::optional<std::string>;

template <typename Target>
OptionSpec::Store into(Target& target) {
  return [&target](const std::string& text) {
    if constexpr (std::is_same_v<Target, std::vector<std::string>>)
      target.push_back(text);
    else
      target = text;
    return Problem();
  };
}

Problem invalid_choice(const std::string& value, const std::vector<std::string>& choices) {
  if (std::ranges::find(choices, value) != choices.end()) return std::nullopt;
  std::vector<std::string> quoted;
  for (const std::string& choice : choices) quoted.push_back(python_repr(choice));
  return fmt::format("invalid choice: {} (choose from {})", python_repr(value), join(quoted, ", "));
}

Problem out_of_range(const std::string& text, const std::optional<std::int64_t>& number, Number range) {
  switch (range) {
    case Number::any:
      if (!number) return fmt::format("invalid int value: {}", python_repr(text));
      break;
    case Number::non_negative:
      if (!number || *number < 0) return fmt::format("'{}' is not a valid non negative integer", text);
      break;
    case Number::positive:
      if (!number) return fmt::format("'{}' is not a valid input", text);
      if (*number < 1) return fmt::format("'{}' is not a valid positive integer", text);
      break;
  }
  return std::nullopt;
}

}  // namespace

OptionSpec& Options::add(std::vector<std::string> names, OptionSpec::Kind kind, std::string metavar, std::string help,
                         OptionSpec::Store store) {
  OptionSpec spec;
  spec.names = std::move(names);
  spec.kind = kind;
  spec.metavar = std::move(metavar);
  spec.help = std::move(help);
  spec.store = std::move(store);
  spec.section = section_;
  return specs_.emplace_back(std::move(spec));
}

void Options::positional(std::string name, std::string& target, std::string help) {
  add({std::move(name)}, Kind::positional, {}, std::move(help), into(target));
}

void Options::optional_positional(std::string name, std::optional<std::string>& target, std::string help) {
  add({std::move(name)}, Kind::optional_positional, {}, std::move(help), into(target));
}

void Options::positional_list(std::string name, std::vector<std::string>& target, std::string help) {
  add({std::move(name)}, Kind::positional_list, {}, std::move(help), into(target));
}

void Options::optional_positional_list(std::string name, std::vector<std::string>& target, std::string help) {
  add({std::move(name)}, Kind::positional_list, {}, std::move(help), into(target)).may_be_empty = true;
}

void Options::flag(std::vector<std::string> names, bool& target, std::string help) {
  add(std::move(names), Kind::flag, {}, std::move(help), [&target](const std::string&) {
    target = true;
    return Problem();
  });
}

void Options::ending_flag(std::vector<std::string> names, std::string help) {
  add(std::move(names), Kind::flag, {}, std::move(help), [](const std::string&) { return Problem(); }).ends = true;
}

void Options::counted_flag(std::vector<std::string> names, int& target, std::string help) {
  add(std::move(names), Kind::flag, {}, std::move(help), [&target](const std::string&) {
    ++target;
    return Problem();
  });
}

void Options::help_flag(std::vector<std::string> names, std::string help) {
  OptionSpec& spec =
      add(std::move(names), Kind::flag, {}, std::move(help), [](const std::string&) { return Problem(); });
  spec.ends = spec.is_help = true;
}

void Options::value(std::vector<std::string> names, std::optional<std::string>& target, std::string metavar,
                    std::string help) {
  value(std::move(names), into(target), std::move(metavar), std::move(help));
}

void Options::value(std::vector<std::string> names, std::string& target, std::string metavar, std::string help) {
  value(std::move(names), into(target), std::move(metavar), std::move(help));
}

void Options::value(std::vector<std::string> names, OptionSpec::Store store, std::string metavar, std::string help) {
  add(std::move(names), Kind::value, std::move(metavar), std::move(help), std::move(store));
}

void Options::choice(std::vector<std::string> names, std::optional<std::string>& target,
                     std::vector<std::string> choices, std::string help) {
  const auto store = [&target, choices](const std::string& text) {
    target = text;
    return invalid_choice(text, choices);
  };
  add(std::move(names), Kind::value, {}, std::move(help), store).choices = std::move(choices);
}

void Options::optional_choice(std::vector<std::string> names, std::optional<std::string>& target,
                              std::vector<std::string> choices, std::string bare, std::string help) {
  const auto store = [&target, choices](const std::string& text) {
    target = text;
    return invalid_choice(text, choices);
  };
  OptionSpec& spec = add(std::move(names), Kind::optional_value, {}, std::move(help), store);
  spec.choices = std::move(choices);
  spec.bare = std::move(bare);
}

void Options::optional_value(std::vector<std::string> names, std::optional<std::string>& target, std::string bare,
                             std::string metavar, std::string help) {
  add(std::move(names), Kind::optional_value, std::move(metavar), std::move(help), into(target)).bare = std::move(bare);
}

void Options::number(std::vector<std::string> names, std::optional<std::int64_t>& target, Number range,
                     std::string metavar, std::string help) {
  const auto store = [&target, range](const std::string& text) {
    target = parse_python_int(text);
    return out_of_range(text, target, range);
  };
  value(std::move(names), store, std::move(metavar), std::move(help));
}

void Options::number(std::vector<std::string> names, std::optional<int>& target, std::string metavar,
                     std::string help) {
  const auto store = [&target](const std::string& text) {
    std::optional<std::int64_t> number = parse_python_int(text);
    if (number && !std::in_range<int>(*number)) number.reset();
    target = number ? std::optional(static_cast<int>(*number)) : std::nullopt;
    return out_of_range(text, number, Number::any);
  };
  value(std::move(names), store, std::move(metavar), std::move(help));
}

void Options::repeated(std::vector<std::string> names, std::vector<std::string>& target, std::string metavar,
                       std::string help) {
  add(std::move(names), Kind::repeated_value, std::move(metavar), std::move(help), into(target));
}

void Options::value_list(std::vector<std::string> names, std::vector<std::string>& target, std::string metavar,
                         std::string help) {
  add(std::move(names), Kind::value_list, std::move(metavar), std::move(help), [&target](const std::string& words) {
    target = split(words, '\0');
    target.pop_back();  // what follows the last end
    return Problem();
  });
}

void Options::custom(OptionSpec spec) { specs_.push_back(std::move(spec)); }

void Options::group(const std::vector<std::string>& names, bool required) {
  ++groups_;
  for (OptionSpec& spec : specs_) {
    if (std::ranges::find(names, spec.names.front()) == names.end()) continue;
    spec.exclusive = names.size() > 1 ? groups_ : 0;
    spec.required = required;
  }
}

void Options::exclusive(const std::vector<std::string>& names) { group(names, false); }
void Options::require_one_of(const std::vector<std::string>& names) { group(names, true); }
void Options::section(std::string title) { section_ = std::move(title); }

}  // namespace barman::usage
