#include "barman/cli/parser.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "barman/core/error.h"
#include "barman/core/text.h"

namespace barman::cli {

namespace {

using Kind = OptionSpec::Kind;

bool takes_value(const OptionSpec& spec) { return spec.kind == Kind::value || spec.kind == Kind::repeated_value; }

// As usage errors name an option: "--jobs/-j".
std::string display_name(const OptionSpec& spec) { return join(spec.names, "/"); }

[[noreturn]] void usage_error(const std::string& text) { throw Error(Errc::usage, text); }

std::vector<std::string> long_names(const std::vector<OptionSpec>& specs) {
  std::vector<std::string> names = {"--help"};
  for (const OptionSpec& spec : specs)
    for (const std::string& name : spec.names)
      if (name.starts_with("--")) names.push_back(name);
  return names;
}

// "--min" becomes "--minimal" when only one option starts so.
std::string complete_prefix(const std::string& argument, const std::vector<std::string>& names) {
  const std::size_t equals = argument.find('=');
  const std::string word = argument.substr(0, equals);
  if (std::ranges::find(names, word) != names.end()) return argument;
  std::vector<std::string> matches;
  std::ranges::copy_if(names, std::back_inserter(matches),
                       [&](const std::string& name) { return name.starts_with(word); });
  if (matches.size() > 1) usage_error(fmt::format("ambiguous option: {} could match {}", word, join(matches, ", ")));
  if (matches.empty()) return argument;
  return equals == std::string::npos ? matches.front() : matches.front() + argument.substr(equals);
}

std::vector<std::string> complete_prefixes(const std::vector<OptionSpec>& specs, std::vector<std::string> arguments) {
  const std::vector<std::string> names = long_names(specs);
  for (std::string& argument : arguments) {
    if (argument == "--") break;
    if (argument.size() > 2 && argument.starts_with("--")) argument = complete_prefix(argument, names);
  }
  return arguments;
}

// CLI11 cannot tell an empty value from none, and takes a "--" after the value of an option for the end of a list of
// values: values that may be empty, and what is no option whatever it looks like, carry a mark through it.
constexpr char value_mark = '\x01';

std::vector<std::string> mark_values(std::vector<std::string> arguments) {
  bool options_ended = false;
  for (std::string& argument : arguments) {
    if (options_ended) {
      argument.insert(0, 1, value_mark);
      continue;
    }
    options_ended = argument == "--";
    if (options_ended) continue;
    const std::size_t equals = argument.starts_with("--") ? argument.find('=') : std::string::npos;
    if (argument.empty() || equals != std::string::npos)
      argument.insert(argument.empty() ? 0 : equals + 1, 1, value_mark);
  }
  return arguments;
}

std::string unmark(std::string value) {
  std::erase(value, value_mark);
  return value;
}

// CLI11 splits the command line; values are stored afterwards, in the order in which they were typed.
class Binding {
 public:
  explicit Binding(const std::vector<OptionSpec>& specs) : specs_(specs) {
    app_.set_help_flag();
    app_.allow_extras();
    help_ = app_.add_flag("-h,--help");
    for (const OptionSpec& spec : specs_) add(spec);
  }

  std::vector<std::string> unrecognized() const {
    std::vector<std::string> words = app_.remaining();
    std::erase(words, "--");
    std::ranges::transform(words, words.begin(), unmark);
    return words;
  }

  // True: help was asked for.
  bool parse(std::vector<std::string> arguments) {
    std::ranges::reverse(arguments);
    try {
      app_.parse(arguments);
    } catch (const CLI::ParseError& error) {
      usage_error(error.what());
    }
    if (help_->count() > 0) return true;
    store_in_typed_order();
    require_positionals();
    return false;
  }

 private:
  void add(const OptionSpec& spec) {
    if (spec.kind == Kind::flag) {
      bind(app_.add_flag(join(spec.names, ","))->multi_option_policy(CLI::MultiOptionPolicy::TakeAll), spec);
      return;
    }
    CLI::Option* option = app_.add_option(join(spec.names, ","));
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
    if (spec.kind == Kind::positional_list)
      option->expected(0, 1 << 20)->allow_extra_args(true);
    else if (spec.is_positional())
      option->expected(1);
    else
      option->expected(0, 1);  // a missing value is found below, with our text
    bind(option, spec);
  }

  void bind(CLI::Option* option, const OptionSpec& spec) { by_option_[option] = &spec; }

  void store_in_typed_order() {
    std::map<CLI::Option*, std::size_t> seen;
    const OptionSpec* exclusive = nullptr;
    for (CLI::Option* option : app_.parse_order()) {
      const auto found = by_option_.find(option);
      if (found == by_option_.end()) continue;
      const OptionSpec& spec = *found->second;
      if (spec.exclusive && exclusive != nullptr && exclusive != &spec)
        usage_error(
            fmt::format("argument {}: not allowed with argument {}", display_name(spec), display_name(*exclusive)));
      if (spec.exclusive) exclusive = &spec;
      const std::size_t index = seen[option]++;
      const std::vector<std::string>& results = option->results();
      const std::string value = index < results.size() && spec.kind != Kind::flag ? results[index] : std::string();
      if (takes_value(spec) && value.empty())
        usage_error(fmt::format("argument {}: expected one argument", display_name(spec)));
      if (const auto problem = spec.store(unmark(value)))
        usage_error(spec.is_positional() ? fmt::format("argument {}: {}", spec.names.front(), *problem)
                                         : fmt::format("argument {}: {}", display_name(spec), *problem));
    }
  }

  void require_positionals() const {
    std::vector<std::string> missing;
    for (const auto& spec : specs_) {
      const bool required = spec.kind == Kind::positional || spec.kind == Kind::positional_list;
      if (!required) continue;
      const auto bound = std::ranges::find_if(by_option_, [&](const auto& item) { return item.second == &spec; });
      if (bound->first->count() == 0) missing.push_back(spec.names.front());
    }
    if (!missing.empty()) usage_error(fmt::format("the following arguments are required: {}", join(missing, ", ")));
  }

  const std::vector<OptionSpec>& specs_;
  CLI::App app_;
  CLI::Option* help_ = nullptr;
  std::map<CLI::Option*, const OptionSpec*> by_option_;
};

}  // namespace

ParseResult parse_arguments(const std::vector<OptionSpec>& specs, const std::vector<std::string>& arguments) {
  Binding binding(specs);
  ParseResult result;
  result.help = binding.parse(mark_values(complete_prefixes(specs, arguments)));
  result.unrecognized = binding.unrecognized();
  return result;
}

LeadingResult parse_leading_options(const std::vector<OptionSpec>& specs, const std::vector<std::string>& arguments) {
  // The first word that is neither an option nor an option's value is the verb; what follows belongs to it.
  std::size_t verb = 0;
  for (; verb < arguments.size(); ++verb) {
    const std::string& word = arguments[verb];
    if (!word.starts_with("-") || word == "-") break;
    const std::string name = complete_prefix(word, long_names(specs));
    const auto spec = std::ranges::find_if(
        specs, [&](const OptionSpec& row) { return std::ranges::find(row.names, name) != row.names.end(); });
    if (spec != specs.end() && takes_value(*spec)) ++verb;
  }
  verb = std::min(verb, arguments.size());
  const auto split_at = arguments.begin() + static_cast<std::ptrdiff_t>(verb);
  ParseResult own = parse_arguments(specs, {arguments.begin(), split_at});
  if (!own.help && !own.unrecognized.empty())
    usage_error(fmt::format("unrecognized arguments: {}", join(own.unrecognized, " ")));
  return {.help = own.help, .rest = {split_at, arguments.end()}};
}

}  // namespace barman::cli
