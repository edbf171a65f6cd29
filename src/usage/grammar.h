#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/usage/options.h"

namespace barman::usage {

// A command line in canonical words, which leave nothing to guess: an option under its first name, its value attached
// to it; whatever is no option behind a mark.
struct CanonicalLine {
  std::vector<std::string> words;
  bool ended = false;                  // by the last word, an option that ends the line
  std::optional<std::string> problem;  // the usage error behind the last word
  std::size_t used = 0;                // how many of the words that were typed went into it
};
// The name that stands for `option` in canonical words.
const std::string& canonical_name(const OptionSpec& option);
// What a canonical value, argument or unknown option was before.
std::string typed(std::string_view canonical);

// The rules of Python's argparse by which words are options, values or arguments.
class Grammar {
 public:
  enum class Reach { whole_line, first_argument };

  explicit Grammar(const std::vector<const OptionSpec*>& specs);
  // Throws for an abbreviation that stands for several options, wherever it is: that comes before all else.
  CanonicalLine canonical(const std::vector<std::string>& words, Reach reach) const;

 private:
  struct Word {  // how a word was understood
    enum class Kind { argument, option, unknown, separator } kind = Kind::argument;
    const OptionSpec* option = nullptr;
    std::string spelling;
    std::optional<std::string> attached;  // "--option=this", "-othis"
  };
  const OptionSpec* find(std::string_view name) const;
  std::vector<Word> completions(const std::string& word) const;
  Word classify(const std::string& word) const;
  std::vector<Word> classify_all(const std::vector<std::string>& words) const;
  std::optional<std::string> ungroup(std::vector<Word>& group) const;
  void take_option(const std::vector<std::string>& words, const std::vector<Word>& meanings, CanonicalLine& line) const;

  std::vector<const OptionSpec*> options_;
  std::size_t most_arguments_ = 0;
};

}  // namespace barman::usage
