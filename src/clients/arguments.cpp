#include "arguments.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "barman/core/error.h"
#include "barman/core/text.h"

namespace barman::clients {

namespace {

using Kind = usage::OptionSpec::Kind;

usage::OptionSpec described(std::vector<std::string> names, Kind kind, std::string metavar, std::string help) {
  usage::OptionSpec spec;
  spec.names = std::move(names);
  spec.kind = kind;
  spec.metavar = std::move(metavar);
  spec.help = std::move(help);
  return spec;
}

[[noreturn]] void usage_error(const std::string& text) { throw Error(Errc::usage, text); }

// -5 and -.5 are values: no option of ours looks like a number.
bool looks_negative(std::string_view word) {
  if (!word.starts_with('-')) return false;
  word.remove_prefix(1);
  const std::size_t point = word.find('.');
  const std::string_view fraction = point == std::string_view::npos ? std::string_view() : word.substr(point + 1);
  const auto digits = [](std::string_view text) {
    return text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  const std::string_view whole = word.substr(0, point);
  return digits(whole) && digits(fraction) && (point == std::string_view::npos ? !whole.empty() : !fraction.empty());
}

}  // namespace

std::string ArgumentParser::Option::display_name() const { return join(spec.names, "/"); }

void ArgumentParser::help(Store store) {
  options_.push_back({described({"-h", "--help"}, Kind::flag, {}, {}), std::move(store), true});
}

void ArgumentParser::flag(std::vector<std::string> names, std::string help, Store store) {
  options_.push_back({described(std::move(names), Kind::flag, {}, std::move(help)), std::move(store)});
}

void ArgumentParser::value(std::vector<std::string> names, std::string metavar, std::string help, Store store) {
  options_.push_back({described(std::move(names), Kind::value, std::move(metavar), std::move(help)), std::move(store)});
}

void ArgumentParser::positional(std::string name, std::string help, std::string& target) {
  positionals_.push_back({described({std::move(name)}, Kind::positional, {}, std::move(help)), &target});
}

void ArgumentParser::exclusive(const std::vector<std::string>& names) {
  for (Option& option : options_)
    if (std::ranges::find(names, option.spec.names.front()) != names.end()) option.spec.exclusive = true;
}

std::vector<usage::OptionSpec> ArgumentParser::specs() const {
  std::vector<usage::OptionSpec> specs;
  for (const Option& option : options_)
    if (!option.hidden) specs.push_back(option.spec);
  for (const Positional& positional : positionals_) specs.push_back(positional.spec);
  return specs;
}

ArgumentParser::Option* ArgumentParser::find(std::string_view name) {
  for (Option& option : options_)
    if (std::ranges::find(option.spec.names, name) != option.spec.names.end()) return &option;
  return nullptr;
}

std::vector<ArgumentParser::Match> ArgumentParser::completions(const std::string& word) {
  std::vector<Match> matches;
  const bool is_long = word.starts_with("--");
  const std::size_t equals = is_long ? word.find('=') : std::string::npos;
  const std::string prefix = word.substr(0, equals);
  const auto attached = equals == std::string::npos ? std::nullopt : std::optional(word.substr(equals + 1));
  for (Option& option : options_) {
    for (const std::string& name : option.spec.names) {
      if (!is_long && name == word.substr(0, 2)) {
        matches.push_back({&option, false, name, word.substr(2)});
      } else if (name.starts_with(prefix)) {
        matches.push_back({&option, false, name, attached});
      }
    }
  }
  return matches;
}

ArgumentParser::Match ArgumentParser::classify(const std::string& word) {
  if (word.size() < 2 || word[0] != '-') return {};
  if (Option* option = find(word)) return {option, false, word, std::nullopt};
  const std::size_t equals = word.find('=');
  if (equals != std::string::npos)
    if (Option* option = find(std::string_view(word).substr(0, equals)))
      return {option, false, word.substr(0, equals), word.substr(equals + 1)};
  const std::vector<Match> matches = completions(word);
  if (matches.size() > 1) {
    std::vector<std::string> names;
    for (const Match& match : matches) names.push_back(match.spelling);
    usage_error(fmt::format("ambiguous option: {} could match {}", word, join(names, ", ")));
  }
  if (matches.size() == 1) return matches.front();
  if (looks_negative(word) || word.find(' ') != std::string::npos) return {};
  return {nullptr, true, word, std::nullopt};
}

void ArgumentParser::check_exclusive(const Option& option) const {
  if (!option.spec.exclusive) return;
  for (const Option& other : options_)
    if (&other != &option && other.seen && other.spec.exclusive)
      usage_error(
          fmt::format("argument {}: not allowed with argument {}", option.display_name(), other.display_name()));
}

void ArgumentParser::store_value(Option& option, const std::string& value) {
  check_exclusive(option);
  option.seen = true;
  try {
    option.store(value);
  } catch (const Error& error) {
    usage_error(fmt::format("argument {}: {}", option.display_name(), error.what()));
  }
}

// Stores what `match` stands for; returns the index of the first word not used up.
std::size_t ArgumentParser::consume(const Match& match, const std::vector<std::string>& words, std::size_t next) {
  Option* option = match.option;
  std::optional<std::string> attached = match.attached;
  // Flags written together: -tz
  while (!option->takes_value() && attached) {
    const bool is_short = !match.spelling.starts_with("--");
    Option* following = is_short && !attached->empty() ? find("-" + attached->substr(0, 1)) : nullptr;
    if (following == nullptr)
      usage_error(
          fmt::format("argument {}: ignored explicit argument {}", option->display_name(), python_repr(*attached)));
    store_value(*option, "");
    option = following;
    attached = attached->size() > 1 ? std::optional(attached->substr(1)) : std::nullopt;
  }
  if (!option->takes_value()) {
    store_value(*option, "");
    return next;
  }
  if (attached) {
    store_value(*option, *attached);
    return next;
  }
  const bool has_value = next < words.size() && words[next] != "--";
  if (!has_value || classify(words[next]).option != nullptr || classify(words[next]).unknown)
    usage_error(fmt::format("argument {}: expected one argument", option->display_name()));
  store_value(*option, words[next]);
  return next + 1;
}

void ArgumentParser::parse(const std::vector<std::string>& words) {
  std::vector<std::string> given, unrecognized;
  bool options_ended = false;
  const auto take_positional = [&](const std::string& word) {
    (given.size() < positionals_.size() ? given : unrecognized).push_back(word);
  };
  for (std::size_t at = 0; at < words.size();) {
    const std::string& word = words[at++];
    if (options_ended) {
      take_positional(word);
    } else if (word == "--") {
      options_ended = true;
    } else if (const Match match = classify(word); match.option != nullptr) {
      at = consume(match, words, at);
    } else if (match.unknown) {
      unrecognized.push_back(word);
    } else {
      take_positional(word);
    }
  }
  std::vector<std::string> missing;
  for (std::size_t i = given.size(); i < positionals_.size(); ++i)
    missing.push_back(positionals_[i].spec.names.front());
  if (!missing.empty()) usage_error("the following arguments are required: " + join(missing, ", "));
  if (!unrecognized.empty()) usage_error("unrecognized arguments: " + join(unrecognized, " "));
  for (std::size_t i = 0; i < given.size(); ++i) *positionals_[i].target = given[i];
}

int parse_int(const std::string& text) {
  const auto value = parse_python_int(text);
  if (!value || *value < std::numeric_limits<int>::min() || *value > std::numeric_limits<int>::max())
    usage_error(fmt::format("invalid int value: {}", python_repr(text)));
  return static_cast<int>(*value);
}

}  // namespace barman::clients
