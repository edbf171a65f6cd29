#include "barman/cli/manual.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/config/options.h"
#include "barman/core/text.h"
#include "barman/usage/help.h"
#include "commands.h"

namespace barman::cli {
namespace {

using usage::bold;
using usage::items;
using usage::manual_heading;
using usage::manual_section;
using usage::ManualPage;
using usage::roff;
using usage::synopsis;

constexpr std::string_view exit_status =
    ".SH EXIT STATUS\n0 when all is well, 1 after an error, 2 when the command line is wrong.\n";
constexpr std::string_view see_also = ".SH SEE ALSO\n.BR barman (1),\n.BR barman (5)\n";

std::vector<OptionSpec> specs_of(const Command& command) {
  Options options;
  command.declare(options);
  return options.specs();
}

// What the options do not say about a verb.
std::string description(const CommandEntry& entry) {
  std::string text;
  if (!entry.alias.empty()) text += fmt::format("Also called {}.\n", roff(entry.alias));
  if (entry.ours) text += "Barman does not have this command.\n";
  return text;
}

std::string program_page() {
  GlobalOptions values;
  Options global;
  declare(global, values);
  std::string commands;
  const auto rows = command_table();
  std::vector<CommandEntry> table(rows.begin(), rows.end());
  std::ranges::sort(table, {}, &CommandEntry::name);
  for (const CommandEntry& entry : table)
    commands += fmt::format(".TP\n{}\n{} See {}(1).\n", bold(entry.name), roff(entry.summary),
                            bold(fmt::format("barman-{}", entry.name)));
  std::string text = manual_heading("barman", 1, "backup and recovery manager for PostgreSQL");
  text += manual_section("SYNOPSIS", synopsis("barman", usage::with_verb(global.specs(), "COMMAND")));
  text += manual_section("OPTIONS", items(global.specs(), false));
  text += manual_section("COMMANDS", commands);
  text += exit_status;
  text +=
      manual_section("FILES",
                     ".TP\n~/.barman.conf, /etc/barman.conf, /etc/barman/barman.conf\nThe configuration: the first of "
                     "them that exists, unless BARMAN_CONFIG_FILE or \\-\\-config name another.\n");
  return text + ".SH SEE ALSO\n.BR barman (5),\n.BR barman\\-wal\\-archive (1),\n.BR barman\\-wal\\-restore (1)\n";
}

std::string scope_text(unsigned scope) {
  std::vector<std::string> places;
  if (scope & config::scope_global) places.emplace_back("global");
  if (scope & config::scope_server) places.emplace_back("server");
  if (scope & config::scope_model) places.emplace_back("model");
  return join(places, ", ");
}

// What follows the description. `successor` is the name of the option to use instead, as it is to be printed.
std::string remarks(const config::OptionInfo& option, const std::string& successor) {
  std::string text;
  if (option.superseded_by == "-")
    text = " Deprecated.";
  else if (!option.superseded_by.empty())
    text = fmt::format(" Deprecated: use {}.", successor);
  if (option.ours) text += " Barman does not know this option.";
  return text;
}

std::string item(const config::OptionInfo& option) {
  std::string text = fmt::format(".TP\n{}\n{}\nType: {}. Scope: {}.", bold(option.name), roff(option.help),
                                 roff(option.type), scope_text(option.scope));
  if (!option.fallback.empty()) text += fmt::format(" Default: {}.", roff(option.fallback));
  return text + remarks(option, bold(option.superseded_by)) + "\n";
}

std::string in_code(std::string_view text) { return text.empty() ? std::string() : fmt::format("`{}`", text); }

// A row of a Markdown table.
std::string table_row(const config::OptionInfo& option) {
  return fmt::format("| `{}` | {} | {} | {} | {}{} |\n", option.name, replace_all(option.type, "|", "\\|"),
                     scope_text(option.scope), in_code(option.fallback), option.help,
                     remarks(option, in_code(option.superseded_by)));
}

// The options of a heading, and the headings in the order of their first options.
struct OptionGroup {
  std::string_view title;
  std::vector<config::OptionInfo> options;
};

std::vector<OptionGroup> option_groups() {
  std::vector<OptionGroup> groups;
  const auto add = [&](const config::OptionInfo& option) {
    auto group = std::ranges::find(groups, option.group, &OptionGroup::title);
    if (group == groups.end()) group = groups.insert(groups.end(), OptionGroup{option.group, {}});
    group->options.push_back(option);
  };
  std::ranges::for_each(config::global_options(), add);
  std::ranges::for_each(config::server_options(), add);
  return groups;
}

std::string configuration_page() {
  std::string text = manual_heading("barman", 5, "configuration of barman");
  text += manual_section(
      "DESCRIPTION",
      "An INI file: the section \\fB[barman]\\fR holds global options and defaults for all servers, every "
      "other section is a server, or a model where it has the option \\fBmodel = true\\fR. Sections may "
      "also lie in files *.conf in the configuration_files_directory. A line that starts with ; or # is a "
      "comment. An indented line continues the value before it.\n");
  for (const OptionGroup& group : option_groups()) {
    std::string options;
    for (const config::OptionInfo& option : group.options) options += item(option);
    text += manual_section(roff(to_upper(group.title)), options);
  }
  return text + ".SH SEE ALSO\n.BR barman (1)\n";
}

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

ManualPage command_page(const CommandEntry& entry) {
  const std::vector<OptionSpec> specs = specs_of(entry.make());
  std::string text = manual_heading(fmt::format("barman-{}", entry.name), 1, entry.summary);
  text += manual_section("SYNOPSIS", synopsis(fmt::format("barman {}", entry.name), specs));
  text += manual_section("DESCRIPTION", description(entry));
  text += manual_section("ARGUMENTS", items(specs, true));
  text += manual_section("OPTIONS", items(specs, false));
  text += exit_status;
  return {fmt::format("barman-{}.1", entry.name), text + std::string(see_also)};
}

std::vector<ManualPage> manual_pages() {
  std::vector<ManualPage> pages = {{"barman.1", program_page()}, {"barman.5", configuration_page()}};
  for (const CommandEntry& entry : command_table()) {
    pages.push_back(command_page(entry));
    for (const std::string& alias : entry.aliases())
      pages.push_back({fmt::format("barman-{}.1", alias), fmt::format(".so man1/barman-{}.1\n", entry.name)});
  }
  return pages;
}

std::string configuration_markdown() {
  std::string text =
      "<!-- Made by generate-manual --configuration from the option table (src/config/options.cpp); do not edit. -->\n"
      "# Configuration options\n\n"
      "An INI file: the section `[barman]` holds global options and defaults for all servers, every other section is a\n"
      "server, or a model where it has the option `model = true`. The same text is in barman(5). How files are found and\n"
      "values are read: [reference/config.md](reference/config.md); samples: `etc/barman.conf`, `etc/barman.d/`.\n\n"
      "Scope: `global` may stand in `[barman]`, for all servers; `server` in a server's section; `model` in a model.\n"
      "`%(x)s` in a default is the value of option x.\n";
  for (const OptionGroup& group : option_groups()) {
    text +=
        fmt::format("\n## {}\n\n| option | type | scope | default | meaning |\n|---|---|---|---|---|\n", group.title);
    for (const config::OptionInfo& option : group.options) text += table_row(option);
  }
  return text;
}

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
    for (const std::string& spelling : entry.spellings()) {
      tables.add(spelling, own.specs());
      verbs.emplace_back(spelling);
    }
  }
  return fmt::format("_barman_verbs=\"{}\"\n{}", join(verbs, " "), tables.text());
}

}  // namespace barman::cli
