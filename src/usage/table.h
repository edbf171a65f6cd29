#pragma once
#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "barman/usage/options.h"

namespace barman::usage {

// The options and arguments of one program or verb, held by CLI11. It reads canonical words (grammar.h), so that of its
// own rules for splitting a command line none applies.
class Table {
 public:
  explicit Table(const std::vector<const OptionSpec*>& specs);
  // Stores what was given, in the order in which it was typed. Throws when something is wrong with a value; then, where
  // `all_given` is asked for, when a required argument is missing.
  void read(std::vector<std::string> words, bool all_given);
  bool given(const OptionSpec& spec) const;
  std::vector<std::string> left_over() const;

 private:
  void add(const OptionSpec& spec);
  void store_in_typed_order();
  void store(const OptionSpec& spec, const std::string& value);
  void report_missing() const;
  void require_groups() const;

  CLI::App app_;
  std::map<const CLI::Option*, const OptionSpec*> specs_;
  std::vector<const OptionSpec*> declared_;
  std::map<int, const OptionSpec*> exclusive_;  // the one that was given, of those that exclude each other
};

}  // namespace barman::usage
