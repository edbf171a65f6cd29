#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace barman::clients {

// A command line with the rules of Python's argparse (commands.md 1.1): options and positional arguments mixed, unique
// prefixes of long options, -abc, -oVALUE, --option=VALUE and "--".
class ArgumentParser {
 public:
  // Called with the value ("" for a flag). An Error it throws is reported as "argument -o/--option: ...".
  using Store = std::function<void(const std::string&)>;

  void flag(std::vector<std::string> names, Store store);
  void value(std::vector<std::string> names, Store store);
  void positional(std::string name, std::string& target);
  // At most one of the options named so far with this function, each by its first name, may be given.
  void exclusive(std::vector<std::string> names) { exclusive_ = std::move(names); }

  // Throws Error(Errc::usage) with argparse's text.
  void parse(const std::vector<std::string>& words);

 private:
  struct Option {
    std::vector<std::string> names;
    bool takes_value = false;
    Store store;
    bool seen = false;
  };
  struct Positional {
    std::string name;
    std::string* target;
  };
  struct Match {               // how a word was understood
    Option* option = nullptr;  // nullptr with `unknown` false: not an option
    bool unknown = false;
    std::string spelling;
    std::optional<std::string> attached;  // "--option=this", "-othis"
  };

  Option* find(std::string_view name);
  Match classify(const std::string& word);
  std::vector<Match> completions(const std::string& word);
  std::size_t consume(const Match& match, const std::vector<std::string>& words, std::size_t next);
  void store_value(Option& option, const std::string& value);
  void check_exclusive(const Option& option) const;

  std::vector<Option> options_;
  std::vector<Positional> positionals_;
  std::vector<std::string> exclusive_;
};

int parse_int(const std::string& text);  // throws Error(usage, "invalid int value: ...")

}  // namespace barman::clients
