#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
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
  bool exclusive = false;  // at most one of a program's options marked so may be given; they are declared in a row
  bool ours = false;       // Barman does not know it: in help and manual, but not in the usage block, which is Barman's
  // Stores one occurrence; throws UsageError's text as std::optional (nullopt: accepted). Flags get "".
  std::function<std::optional<std::string>(const std::string& value)> store;

  bool is_positional() const {
    return kind == Kind::positional || kind == Kind::optional_positional || kind == Kind::positional_list;
  }
};

// Where a program or verb declares what it takes. Each call binds a variable of its own argument struct; the last
// occurrence of an option wins, as in the reference.
class Options {
 public:
  void positional(std::string name, std::string& target, std::string help);
  void optional_positional(std::string name, std::optional<std::string>& target, std::string help);
  void positional_list(std::string name, std::vector<std::string>& target, std::string help);
  void flag(std::vector<std::string> names, bool& target, std::string help);
  // --x / --no-x: each a flag that stores its value.
  void flag(std::vector<std::string> names, std::optional<bool>& target, bool value, std::string help);
  void value(std::vector<std::string> names, std::optional<std::string>& target, std::string metavar, std::string help);
  void choice(std::vector<std::string> names, std::optional<std::string>& target, std::vector<std::string> choices,
              std::string help);
  // Value may be left out: then `bare` is stored (nargs='?').
  void optional_choice(std::vector<std::string> names, std::optional<std::string>& target,
                       std::vector<std::string> choices, std::string bare, std::string help);
  void number(std::vector<std::string> names, std::optional<std::int64_t>& target, Number range, std::string metavar,
              std::string help);
  void repeated(std::vector<std::string> names, std::vector<std::string>& target, std::string metavar,
                std::string help);
  // Anything else: `store` returns the text of a usage error, or nothing.
  void custom(OptionSpec spec);

  const std::vector<OptionSpec>& specs() const { return specs_; }

 private:
  std::vector<OptionSpec> specs_;
};

}  // namespace barman::usage
