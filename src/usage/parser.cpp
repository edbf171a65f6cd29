#include "barman/usage/parser.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "barman/core/error.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"

namespace barman::usage {

namespace {

using Kind = OptionSpec::Kind;

[[noreturn]] void usage_error(const std::string& text) { throw Error(Errc::usage, text); }

// As usage errors name an option or argument: "--jobs/-j".
std::string display_name(const OptionSpec& spec) { return join(spec.names, "/"); }

bool has_name(const OptionSpec& spec, std::string_view name) {
  return std::ranges::find(spec.names, name) != spec.names.end();
}

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

struct Match {                         // how a word was understood
  const OptionSpec* option = nullptr;  // nullptr with `unknown` false: not an option
  bool unknown = false;
  std::string spelling;
  std::optional<std::string> attached;  // "--option=this", "-othis"
};

class Parser {
 public:
  explicit Parser(const std::vector<OptionSpec>& specs) {
    help_.names = {"-h", "--help"};
    help_.kind = Kind::flag;
    help_.ends = true;
    help_.store = [this](const std::string&) {
      result_.help = true;
      return std::optional<std::string>();
    };
    options_.push_back(&help_);
    for (const OptionSpec& spec : specs) (spec.is_positional() ? positionals_ : options_).push_back(&spec);
  }

  ParseResult parse(const std::vector<std::string>& words) {
    bool options_ended = false;
    for (std::size_t at = 0; at < words.size() && !result_.ended;) {
      const std::string& word = words[at++];
      if (options_ended) {
        take_positional(word);
      } else if (word == "--") {
        options_ended = true;
      } else if (const Match match = classify(word); match.option != nullptr) {
        at = consume(match, words, at);
      } else if (match.unknown) {
        result_.unrecognized.push_back(word);
      } else {
        take_positional(word);
      }
    }
    if (!result_.ended) require_positionals();
    return std::move(result_);
  }

  // The index of the first word that is neither an option nor the value of one.
  std::size_t end_of_options(const std::vector<std::string>& words) const {
    std::size_t at = 0;
    for (; at < words.size() && words[at].size() > 1 && words[at].starts_with('-'); ++at) {
      const Match match = classify(words[at]);
      if (match.option != nullptr && match.option->takes_value() && !match.attached) ++at;
    }
    return std::min(at, words.size());
  }

 private:
  const OptionSpec* find(std::string_view name) const {
    const auto found = std::ranges::find_if(options_, [&](const OptionSpec* spec) { return has_name(*spec, name); });
    return found == options_.end() ? nullptr : *found;
  }

  std::vector<Match> completions(const std::string& word) const {
    std::vector<Match> matches;
    const bool is_long = word.starts_with("--");
    const std::size_t equals = is_long ? word.find('=') : std::string::npos;
    const std::string prefix = word.substr(0, equals);
    const auto attached = equals == std::string::npos ? std::nullopt : std::optional(word.substr(equals + 1));
    for (const OptionSpec* option : options_) {
      for (const std::string& name : option->names) {
        if (!is_long && name == word.substr(0, 2)) {
          matches.push_back({option, false, name, word.substr(2)});
        } else if (name.starts_with(prefix)) {
          matches.push_back({option, false, name, attached});
        }
      }
    }
    return matches;
  }

  Match classify(const std::string& word) const {
    if (word.size() < 2 || word[0] != '-') return {};
    if (const OptionSpec* option = find(word)) return {option, false, word, std::nullopt};
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos)
      if (const OptionSpec* option = find(std::string_view(word).substr(0, equals)))
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

  bool is_option(const std::string& word) const {
    const Match match = classify(word);
    return match.option != nullptr || match.unknown;
  }

  void store(const OptionSpec& spec, const std::string& value) {
    if (spec.exclusive) {
      if (exclusive_ != nullptr && exclusive_ != &spec)
        usage_error(
            fmt::format("argument {}: not allowed with argument {}", display_name(spec), display_name(*exclusive_)));
      exclusive_ = &spec;
    }
    if (const auto problem = spec.store(value))
      usage_error(fmt::format("argument {}: {}", display_name(spec), *problem));
    result_.ended = spec.ends;
  }

  // Flags written together: -tz. Returns the last one, which may take a value.
  Match store_flags(Match match) {
    while (!match.option->may_take_value() && match.attached) {
      const std::string& rest = *match.attached;
      const bool is_short = !match.spelling.starts_with("--");
      const OptionSpec* following = is_short && !rest.empty() ? find("-" + rest.substr(0, 1)) : nullptr;
      if (following == nullptr)
        usage_error(
            fmt::format("argument {}: ignored explicit argument {}", display_name(*match.option), python_repr(rest)));
      store(*match.option, "");
      if (result_.ended) return match;
      match.option = following;
      match.attached = rest.size() > 1 ? std::optional(rest.substr(1)) : std::nullopt;
    }
    return match;
  }

  // Stores what `match` stands for; returns the index of the first word not used up.
  std::size_t consume(Match match, const std::vector<std::string>& words, std::size_t next) {
    match = store_flags(std::move(match));
    if (result_.ended) return next;
    const OptionSpec& option = *match.option;
    if (match.attached) {
      store(option, *match.attached);
      return next;
    }
    const bool has_value =
        option.may_take_value() && next < words.size() && words[next] != "--" && !is_option(words[next]);
    if (!has_value && option.takes_value())
      usage_error(fmt::format("argument {}: expected one argument", display_name(option)));
    store(option, has_value ? words[next] : "");
    return has_value ? next + 1 : next;
  }

  void take_positional(const std::string& word) {
    if (next_positional_ == positionals_.size()) {
      result_.unrecognized.push_back(word);
      return;
    }
    const OptionSpec& spec = *positionals_[next_positional_];
    if (spec.kind == Kind::positional_list)
      list_given_ = true;
    else
      ++next_positional_;
    store(spec, word);
  }

  void require_positionals() const {
    std::vector<std::string> missing;
    for (std::size_t i = next_positional_ + (list_given_ ? 1 : 0); i < positionals_.size(); ++i)
      if (positionals_[i]->kind != Kind::optional_positional) missing.push_back(positionals_[i]->names.front());
    if (!missing.empty()) usage_error("the following arguments are required: " + join(missing, ", "));
  }

  OptionSpec help_;
  std::vector<const OptionSpec*> options_, positionals_;
  std::size_t next_positional_ = 0;
  bool list_given_ = false;  // the positional whose turn it is takes any number, and has one
  const OptionSpec* exclusive_ = nullptr;
  ParseResult result_;
};

}  // namespace

ParseResult parse_arguments(const std::vector<OptionSpec>& specs, const std::vector<std::string>& words) {
  return Parser(specs).parse(words);
}

LeadingResult parse_leading_options(const std::vector<OptionSpec>& specs, const std::vector<std::string>& words) {
  const auto verb = words.begin() + static_cast<std::ptrdiff_t>(Parser(specs).end_of_options(words));
  const ParseResult own = parse_arguments(specs, {words.begin(), verb});
  if (!own.help && !own.unrecognized.empty())
    usage_error(fmt::format("unrecognized arguments: {}", join(own.unrecognized, " ")));
  return {.help = own.help, .rest = {verb, words.end()}};
}

}  // namespace barman::usage
