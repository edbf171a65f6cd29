#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/usage/options.h"

namespace barman::clients {

// A command line with the rules of Python's argparse (commands.md 1.1): options and positional arguments mixed, unique
// prefixes of long options, -abc, -oVALUE, --option=VALUE and "--".
class ArgumentParser {
 public:
  // Called with the value ("" for a flag). An Error it throws is reported as "argument -o/--option: ...".
  using Store = std::function<void(const std::string&)>;

  // -h and --help, of which specs() says nothing: every usage text has them by itself.
  void help(Store store);
  void flag(std::vector<std::string> names, std::string help, Store store);
  void value(std::vector<std::string> names, std::string metavar, std::string help, Store store);
  void positional(std::string name, std::string help, std::string& target);
  // At most one of the options named so, each by its first name, may be given.
  void exclusive(const std::vector<std::string>& names);

  // What was declared, for usage and manual.
  std::vector<usage::OptionSpec> specs() const;

  // Throws Error(Errc::usage) with argparse's text.
  void parse(const std::vector<std::string>& words);

 private:
  struct Option {
    usage::OptionSpec spec;
    Store store;
    bool hidden = false;
    bool seen = false;

    bool takes_value() const { return spec.kind == usage::OptionSpec::Kind::value; }
    std::string display_name() const;  // "-U/--user"
  };
  struct Positional {
    usage::OptionSpec spec;
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
};

int parse_int(const std::string& text);  // throws Error(usage, "invalid int value: ...")

}  // namespace barman::clients
