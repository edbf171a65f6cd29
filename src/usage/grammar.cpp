#include "grammar.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"
#include "display_name.h"

namespace barman::usage {

namespace {

constexpr char mark = '\x01';
constexpr std::size_t unlimited = 1U << 30;

std::string as_argument(std::string_view word) { return fmt::format("{}{}", mark, word); }
// No option begins so. With the mark in front CLI11 2.4 would take it for an argument.
std::string as_unknown(std::string_view word) { return fmt::format("--unknown{}{}", mark, word); }
std::string with_value(const OptionSpec& option, std::string_view value) {
  const std::string& name = canonical_name(option);
  return fmt::format("{}{}{}{}", name, name.starts_with("--") ? "=" : "", mark, value);
}

std::string ended(const std::string& word) { return word + '\0'; }

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

const std::string& canonical_name(const OptionSpec& option) { return option.names.front(); }

std::string typed(std::string_view canonical) { return std::string(canonical.substr(canonical.find(mark) + 1)); }

Grammar::Grammar(const std::vector<const OptionSpec*>& specs) {
  for (const OptionSpec* spec : specs) {
    if (!spec->is_positional())
      options_.push_back(spec);
    else
      most_arguments_ += spec->kind == OptionSpec::Kind::positional_list ? unlimited : 1;
  }
}

const OptionSpec* Grammar::find(std::string_view name) const {
  const auto found = std::ranges::find_if(options_, [&](const OptionSpec* option) {
    return std::ranges::find(option->names, name) != option->names.end();
  });
  return found == options_.end() ? nullptr : *found;
}

std::vector<Grammar::Word> Grammar::completions(const std::string& word) const {
  std::vector<Word> matches;
  const bool is_long = word.starts_with("--");
  const std::size_t equals = is_long ? word.find('=') : std::string::npos;
  const std::string prefix = word.substr(0, equals);
  const auto attached = equals == std::string::npos ? std::nullopt : std::optional(word.substr(equals + 1));
  for (const OptionSpec* option : options_) {
    for (const std::string& name : option->names) {
      if (!is_long && name == word.substr(0, 2)) {
        matches.push_back({Word::Kind::option, option, name, word.substr(2)});
      } else if (name.starts_with(prefix)) {
        matches.push_back({Word::Kind::option, option, name, attached});
      }
    }
  }
  return matches;
}

Grammar::Word Grammar::classify(const std::string& word) const {
  if (word == "--") return {Word::Kind::separator, nullptr, word, std::nullopt};
  if (word.size() < 2 || word[0] != '-') return {};
  if (const OptionSpec* option = find(word)) return {Word::Kind::option, option, word, std::nullopt};
  const std::size_t equals = word.find('=');
  if (equals != std::string::npos)
    if (const OptionSpec* option = find(std::string_view(word).substr(0, equals)))
      return {Word::Kind::option, option, word.substr(0, equals), word.substr(equals + 1)};
  const std::vector<Word> matches = completions(word);
  if (matches.size() > 1) {
    std::vector<std::string> names;
    for (const Word& match : matches) names.push_back(match.spelling);
    throw Error(Errc::usage, fmt::format("ambiguous option: {} could match {}", word, join(names, ", ")));
  }
  if (matches.size() == 1) return matches.front();
  if (looks_negative(word) || word.find(' ') != std::string::npos) return {};
  return {Word::Kind::unknown, nullptr, word, std::nullopt};
}

// What follows the first "--" is no option, whatever it looks like.
std::vector<Grammar::Word> Grammar::classify_all(const std::vector<std::string>& words) const {
  std::vector<Word> meanings;
  bool options_ended = false;
  for (const std::string& word : words) {
    meanings.push_back(options_ended ? Word() : classify(word));
    options_ended = options_ended || meanings.back().kind == Word::Kind::separator;
  }
  return meanings;
}

// Flags written together, -tzUuser, become an option each; only the last one may have a value. Returns what is wrong.
std::optional<std::string> Grammar::ungroup(std::vector<Word>& group) const {
  const bool is_short = !group.front().spelling.starts_with("--");
  while (!group.back().option->may_take_value() && group.back().attached) {
    const std::string rest = *group.back().attached;
    const OptionSpec* following = is_short && !rest.empty() ? find("-" + rest.substr(0, 1)) : nullptr;
    if (following == nullptr)
      return fmt::format("argument {}: ignored explicit argument {}", display_name(*group.back().option),
                         python_repr(rest));
    group.back().attached.reset();
    group.push_back({Word::Kind::option, following, "-" + rest.substr(0, 1),
                     rest.size() > 1 ? std::optional(rest.substr(1)) : std::nullopt});
  }
  return std::nullopt;
}

// Takes the option before `line.used`, what is grouped with it, and its value.
void Grammar::take_option(const std::vector<std::string>& words, const std::vector<Word>& meanings,
                          CanonicalLine& line) const {
  std::vector<Word> group = {meanings[line.used - 1]};
  line.problem = ungroup(group);
  if (line.problem) return;
  Word& last = group.back();
  if (last.option->kind == OptionSpec::Kind::value_list) {
    std::string list;
    if (last.attached)
      list = ended(*last.attached);
    else
      while (line.used < words.size() && meanings[line.used].kind == Word::Kind::argument)
        list += ended(words[line.used++]);
    last.attached = list;
  } else if (last.option->may_take_value() && !last.attached) {
    if (line.used < words.size() && meanings[line.used].kind == Word::Kind::argument)
      last.attached = words[line.used++];
    else if (last.option->takes_value())
      line.problem = fmt::format("argument {}: expected one argument", display_name(*last.option));
    else
      last.attached = last.option->bare;
  }
  if (line.problem) return;
  for (const Word& word : group) {
    line.words.push_back(word.attached ? with_value(*word.option, *word.attached) : canonical_name(*word.option));
    line.ended = word.option->ends;
    if (line.ended) return;
  }
}

CanonicalLine Grammar::canonical(const std::vector<std::string>& words, Reach reach) const {
  using enum Word::Kind;
  const std::vector<Word> meanings = classify_all(words);
  CanonicalLine line;
  std::size_t arguments = 0;
  bool after_argument = false;  // which takes the separator with it
  while (line.used < words.size() && !line.ended && !line.problem) {
    const Word::Kind kind = meanings[line.used].kind;
    const bool last = line.used + 1 == words.size();
    if (reach == Reach::first_argument && (kind == argument || (kind == separator && !last))) break;
    const std::string& word = words[line.used++];
    if (kind == option)
      take_option(words, meanings, line);
    else if (kind == argument)
      line.words.push_back(as_argument(word));
    else if (kind == unknown || (!after_argument && arguments >= most_arguments_))
      line.words.push_back(as_unknown(word));
    after_argument = kind == argument && ++arguments <= most_arguments_;
  }
  return line;
}

}  // namespace barman::usage
