#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace barman::usage {

enum class Number { any, positive, non_negative };

// One declared option or positional, as data: parsers, help, manual pages, completion and tests read it.
struct OptionSpec {
  // A value list takes all words up to the next option, also none of them; they reach `store` together, each ended by a
  // zero byte.
  enum class Kind {
    flag,
    value,
    optional_value,
    repeated_value,
    value_list,
    positional,
    optional_positional,
    positional_list
  };
  std::vector<std::string> names;  // {"--jobs", "-j"} in display order, or {"server_name"} for a positional
  Kind kind = Kind::value;
  std::string metavar;  // shown in help; empty for flags
  std::string help;
  std::vector<std::string> choices;
  std::string bare;           // of an optional value: what stands for one that is left out
  int exclusive = 0;          // not 0: at most one of a program's options with the same number may be given
  bool required = false;      // one of those has to be; without others, this one has
  std::string unless{};       // of a positional: the flag with which it may be left out
  bool may_be_empty = false;  // of a positional list
  bool ends = false;          // as --help: what follows is not looked at and nothing is missed
  bool is_help = false;       // --help itself, where it has not both of its usual names
  bool ours = false;    // Barman does not know it: in help and manual, but not in the usage block, which is Barman's
  std::string section;  // title that it is listed under; empty: "options"
  // Stores one occurrence; returns the text of a usage error, or nothing. Flags get "".
  using Store = std::function<std::optional<std::string>(const std::string& value)>;
  Store store;

  bool is_positional() const {
    return kind == Kind::positional || kind == Kind::optional_positional || kind == Kind::positional_list;
  }
  bool takes_value() const { return kind == Kind::value || kind == Kind::repeated_value; }
  bool may_take_value() const { return takes_value() || kind == Kind::optional_value || kind == Kind::value_list; }
};

// Where a program or verb declares what it takes. Each call binds a variable of its own argument struct; the last
// occurrence of an option wins, as in Barman.
class Options {
 public:
  void positional(std::string name, std::string& target, std::string help);
  void optional_positional(std::string name, std::optional<std::string>& target, std::string help);
  void positional_list(std::string name, std::vector<std::string>& target, std::string help);
  // The same of none.
  void optional_positional_list(std::string name, std::vector<std::string>& target, std::string help);
  void flag(std::vector<std::string> names, bool& target, std::string help);
  // --x / --no-x, --gzip / --zstd: each a flag that stores its value.
  template <typename Value>
  void flag(std::vector<std::string> names, std::optional<Value>& target, Value value, std::string help) {
    add(std::move(names), OptionSpec::Kind::flag, {}, std::move(help), [&target, value](const std::string&) {
      target = value;
      return std::optional<std::string>();
    });
  }
  void ending_flag(std::vector<std::string> names, std::string help);  // --version
  void counted_flag(std::vector<std::string> names, int& target, std::string help);
  // Instead of -h and --help, which every command line takes otherwise.
  void help_flag(std::vector<std::string> names, std::string help);
  void value(std::vector<std::string> names, std::optional<std::string>& target, std::string metavar, std::string help);
  void value(std::vector<std::string> names, std::string& target, std::string metavar, std::string help);
  void value(std::vector<std::string> names, OptionSpec::Store store, std::string metavar, std::string help);
  void choice(std::vector<std::string> names, std::optional<std::string>& target, std::vector<std::string> choices,
              std::string help);
  // Value may be left out: then `bare` is stored (nargs='?').
  void optional_choice(std::vector<std::string> names, std::optional<std::string>& target,
                       std::vector<std::string> choices, std::string bare, std::string help);
  // The same of any value.
  void optional_value(std::vector<std::string> names, std::optional<std::string>& target, std::string bare,
                      std::string metavar, std::string help);
  void number(std::vector<std::string> names, std::optional<std::int64_t>& target, Number range, std::string metavar,
              std::string help);
  void number(std::vector<std::string> names, std::optional<int>& target, std::string metavar, std::string help);
  void repeated(std::vector<std::string> names, std::vector<std::string>& target, std::string metavar,
                std::string help);
  // The last occurrence of the option counts.
  void value_list(std::vector<std::string> names, std::vector<std::string>& target, std::string metavar,
                  std::string help);
  void custom(OptionSpec spec);  // anything else
  // At most one of the options named so, each by its first name, may be given. The usage block shows them together
  // where they were declared in a row.
  void exclusive(const std::vector<std::string>& names);
  void require_one_of(const std::vector<std::string>& names);  // exactly one; of a single name: that one
  void section(std::string title);                             // of what is declared from here on

  const std::vector<OptionSpec>& specs() const { return specs_; }

 private:
  OptionSpec& add(std::vector<std::string> names, OptionSpec::Kind kind, std::string metavar, std::string help,
                  OptionSpec::Store store);
  void group(const std::vector<std::string>& names, bool required);
  std::vector<OptionSpec> specs_;
  std::string section_;
  int groups_ = 0;
};

}  // namespace barman::usage
