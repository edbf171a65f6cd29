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
  enum class Kind { flag, value, optional_value, repeated_value, positional, optional_positional, positional_list };
  std::vector<std::string> names;  // {"--jobs", "-j"} in display order, or {"server_name"} for a positional
  Kind kind = Kind::value;
  std::string metavar;  // shown in help; empty for flags
  std::string help;
  std::vector<std::string> choices;
  std::string bare;        // of an optional value: what stands for one that is left out
  bool exclusive = false;  // at most one of a program's options marked so may be given; they are declared in a row
  bool ends = false;       // as --help: what follows is not looked at and nothing is missed
  bool ours = false;       // Barman does not know it: in help and manual, but not in the usage block, which is Barman's
  // Stores one occurrence; returns the text of a usage error, or nothing. Flags get "".
  using Store = std::function<std::optional<std::string>(const std::string& value)>;
  Store store;

  bool is_positional() const {
    return kind == Kind::positional || kind == Kind::optional_positional || kind == Kind::positional_list;
  }
  bool takes_value() const { return kind == Kind::value || kind == Kind::repeated_value; }
  bool may_take_value() const { return takes_value() || kind == Kind::optional_value; }
};

// Where a program or verb declares what it takes. Each call binds a variable of its own argument struct; the last
// occurrence of an option wins, as in Barman.
class Options {
 public:
  void positional(std::string name, std::string& target, std::string help);
  void optional_positional(std::string name, std::optional<std::string>& target, std::string help);
  void positional_list(std::string name, std::vector<std::string>& target, std::string help);
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
  void value(std::vector<std::string> names, std::optional<std::string>& target, std::string metavar, std::string help);
  void value(std::vector<std::string> names, std::string& target, std::string metavar, std::string help);
  void value(std::vector<std::string> names, OptionSpec::Store store, std::string metavar, std::string help);
  void choice(std::vector<std::string> names, std::optional<std::string>& target, std::vector<std::string> choices,
              std::string help);
  // Value may be left out: then `bare` is stored (nargs='?').
  void optional_choice(std::vector<std::string> names, std::optional<std::string>& target,
                       std::vector<std::string> choices, std::string bare, std::string help);
  void number(std::vector<std::string> names, std::optional<std::int64_t>& target, Number range, std::string metavar,
              std::string help);
  void number(std::vector<std::string> names, std::optional<int>& target, std::string metavar, std::string help);
  void repeated(std::vector<std::string> names, std::vector<std::string>& target, std::string metavar,
                std::string help);
  void custom(OptionSpec spec);  // anything else
  // At most one of the options named so, each by its first name, may be given. They were declared in a row.
  void exclusive(const std::vector<std::string>& names);

  const std::vector<OptionSpec>& specs() const { return specs_; }

 private:
  OptionSpec& add(std::vector<std::string> names, OptionSpec::Kind kind, std::string metavar, std::string help,
                  OptionSpec::Store store);
  std::vector<OptionSpec> specs_;
};

}  // namespace barman::usage
