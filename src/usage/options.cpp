#include "barman/usage/options.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "barman/core/text.h"

namespace barman::usage {

namespace {

using Problem = std::optional<std::string>;

OptionSpec named(std::vector<std::string> names, OptionSpec::Kind kind, std::string metavar, std::string help) {
  OptionSpec spec;
  spec.names = std::move(names);
  spec.kind = kind;
  spec.metavar = std::move(metavar);
  spec.help = std::move(help);
  return spec;
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

void Options::positional(std::string name, std::string& target, std::string help) {
  OptionSpec spec = named({std::move(name)}, OptionSpec::Kind::positional, {}, std::move(help));
  spec.store = [&target](const std::string& value) {
    target = value;
    return Problem();
  };
  custom(std::move(spec));
}

void Options::optional_positional(std::string name, std::optional<std::string>& target, std::string help) {
  OptionSpec spec = named({std::move(name)}, OptionSpec::Kind::optional_positional, {}, std::move(help));
  spec.store = [&target](const std::string& value) {
    target = value;
    return Problem();
  };
  custom(std::move(spec));
}

void Options::positional_list(std::string name, std::vector<std::string>& target, std::string help) {
  OptionSpec spec = named({std::move(name)}, OptionSpec::Kind::positional_list, {}, std::move(help));
  spec.store = [&target](const std::string& value) {
    target.push_back(value);
    return Problem();
  };
  custom(std::move(spec));
}

void Options::flag(std::vector<std::string> names, bool& target, std::string help) {
  OptionSpec spec = named(std::move(names), OptionSpec::Kind::flag, {}, std::move(help));
  spec.store = [&target](const std::string&) {
    target = true;
    return Problem();
  };
  custom(std::move(spec));
}

void Options::flag(std::vector<std::string> names, std::optional<bool>& target, bool value, std::string help) {
  OptionSpec spec = named(std::move(names), OptionSpec::Kind::flag, {}, std::move(help));
  spec.store = [&target, value](const std::string&) {
    target = value;
    return Problem();
  };
  custom(std::move(spec));
}

void Options::value(std::vector<std::string> names, std::optional<std::string>& target, std::string metavar,
                    std::string help) {
  OptionSpec spec = named(std::move(names), OptionSpec::Kind::value, std::move(metavar), std::move(help));
  spec.store = [&target](const std::string& text) {
    target = text;
    return Problem();
  };
  custom(std::move(spec));
}

void Options::choice(std::vector<std::string> names, std::optional<std::string>& target,
                     std::vector<std::string> choices, std::string help) {
  OptionSpec spec = named(std::move(names), OptionSpec::Kind::value, {}, std::move(help));
  spec.choices = choices;
  spec.store = [&target, choices = std::move(choices)](const std::string& text) {
    target = text;
    return invalid_choice(text, choices);
  };
  custom(std::move(spec));
}

void Options::optional_choice(std::vector<std::string> names, std::optional<std::string>& target,
                              std::vector<std::string> choices, std::string bare, std::string help) {
  OptionSpec spec = named(std::move(names), OptionSpec::Kind::optional_value, {}, std::move(help));
  spec.choices = choices;
  spec.store = [&target, choices = std::move(choices), bare = std::move(bare)](const std::string& text) {
    target = text.empty() ? bare : text;
    return invalid_choice(*target, choices);
  };
  custom(std::move(spec));
}

void Options::number(std::vector<std::string> names, std::optional<std::int64_t>& target, Number range,
                     std::string metavar, std::string help) {
  OptionSpec spec = named(std::move(names), OptionSpec::Kind::value, std::move(metavar), std::move(help));
  spec.store = [&target, range](const std::string& text) {
    target = parse_python_int(text);
    return out_of_range(text, target, range);
  };
  custom(std::move(spec));
}

void Options::repeated(std::vector<std::string> names, std::vector<std::string>& target, std::string metavar,
                       std::string help) {
  OptionSpec spec = named(std::move(names), OptionSpec::Kind::repeated_value, std::move(metavar), std::move(help));
  spec.store = [&target](const std::string& text) {
    target.push_back(text);
    return Problem();
  };
  custom(std::move(spec));
}

void Options::custom(OptionSpec spec) { specs_.push_back(std::move(spec)); }

}  // namespace barman::usage
