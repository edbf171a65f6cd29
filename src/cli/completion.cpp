#include <fmt/core.h>

#include "barman/cli/manual.h"
#include "barman/core/text.h"
#include "commands.h"
#include "global_options.h"

namespace barman::cli {
namespace {

using Kind = OptionSpec::Kind;

// What completes the arguments of a verb, in their order; packaging/bash-completion knows these words. "-": nothing
// that could be known here.
std::string_view completer(std::string_view verb, const OptionSpec& positional) {
  const std::string name = to_lower(positional.names.front());
  if (positional.kind == Kind::positional_list) return "servers";
  if (name == "server_name") return verb.starts_with("barman-") ? "-" : "server";  // the other programs ask elsewhere
  if (name == "backup_id") return verb == "restore" || verb == "recover" ? "backup-or-auto" : "backup";
  if (name == "command") return "verb";
  if (name == "barman_host") return "host";
  if (name.ends_with("_directory")) return "directory";
  return name.ends_with("_tarball") || name == "wal_path" || name == "wal_dest" ? "file" : "-";
}

// The same for the value of an option: its choices, or what its name says.
std::string value_completer(const OptionSpec& option) {
  if (!option.choices.empty()) return join(option.choices, " ");
  for (const std::string_view name : option.names) {
    if (name == "--config") return "@file";
    if (name == "--incremental") return "@backup";
    if (name.ends_with("-directory") || name.ends_with("-dir") || name.ends_with("-path")) return "@directory";
  }
  return {};
}

class Tables {
 public:
  // `where`: a spelling of the verb, or "" for what stands before it.
  void add(std::string_view where, const std::vector<OptionSpec>& specs) {
    std::vector<std::string> options = {"--help"};
    std::vector<std::string> arguments;
    for (const OptionSpec& spec : specs) {
      if (spec.is_positional()) {
        arguments.emplace_back(completer(where, spec));
        continue;
      }
      for (const std::string& name : spec.names) {
        options.push_back(name);
        if (spec.kind != Kind::flag) values_ += row(fmt::format("{} {}", where, name), value_completer(spec));
      }
    }
    options_ += row(where, join(options, " "));
    arguments_ += row(where, join(arguments, " "));
  }

  std::string text() const {
    return fmt::format(
        "declare -gA _barman_options=(\n{})\ndeclare -gA _barman_arguments=(\n{})\ndeclare -gA _barman_values=(\n{})\n",
        options_, arguments_, values_);
  }

 private:
  static std::string row(std::string_view key, std::string_view value) {
    return fmt::format("  [\"{}\"]=\"{}\"\n", key.empty() ? " " : key, value);  // bash takes no empty key
  }
  std::string options_, arguments_, values_;
};

}  // namespace

std::string completion_tables(const std::map<std::string, std::vector<OptionSpec>>& other_programs) {
  Tables tables;
  for (const auto& [program, specs] : other_programs) tables.add(program, specs);
  GlobalOptions values;
  Options global;
  declare(global, values);
  tables.add("", global.specs());
  std::vector<std::string> verbs = {"help"};
  OptionSpec verb;
  verb.names = {"command"};
  verb.kind = Kind::optional_positional;
  tables.add("help", {verb});
  for (const CommandEntry& entry : command_table()) {
    const Command command = entry.make();
    Options own;
    command.declare(own);
    std::vector<std::string_view> spellings = {entry.name};
    spellings.insert(spellings.end(), entry.aliases.begin(), entry.aliases.end());
    for (const std::string_view spelling : spellings) {
      tables.add(spelling, own.specs());
      verbs.emplace_back(spelling);
    }
  }
  return fmt::format("_barman_verbs=\"{}\"\n{}", join(verbs, " "), tables.text());
}

}  // namespace barman::cli
