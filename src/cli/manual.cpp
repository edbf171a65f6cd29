#include "barman/cli/manual.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "barman/config/options.h"
#include "barman/core/text.h"
#include "barman/usage/help.h"
#include "barman/usage/manual.h"
#include "commands.h"
#include "global_options.h"

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

std::string command_page(const CommandEntry& entry) {
  const Command command = entry.make();
  const std::vector<OptionSpec> specs = specs_of(command);
  std::string text = manual_heading(fmt::format("barman-{}", entry.name), 1, command.summary);
  text += manual_section("SYNOPSIS", synopsis("barman " + command.name, specs));
  if (!entry.aliases.empty())
    text += manual_section("DESCRIPTION", fmt::format("Also called {}.\n",
                                                      roff(join({entry.aliases.begin(), entry.aliases.end()}, ", "))));
  text += manual_section("ARGUMENTS", items(specs, true));
  text += manual_section("OPTIONS", items(specs, false));
  return text + std::string(exit_status) + std::string(see_also);
}

std::string program_page() {
  GlobalOptions values;
  Options global;
  declare(global, values);
  std::string commands;
  std::vector<CommandEntry> table = command_table();
  std::ranges::sort(table, {}, &CommandEntry::name);
  for (const CommandEntry& entry : table)
    commands += fmt::format(".TP\n{}\n{} See {}(1).\n", bold(entry.name), roff(entry.make().summary),
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

std::string item(const config::OptionInfo& option) {
  std::string text = fmt::format(".TP\n{}\n{}\nType: {}. Scope: {}.", bold(option.name), roff(option.help),
                                 roff(option.type), scope_text(option.scope));
  if (!option.fallback.empty()) text += fmt::format(" Default: {}.", roff(option.fallback));
  if (option.superseded_by == "-")
    text += " Deprecated.";
  else if (!option.superseded_by.empty())
    text += fmt::format(" Deprecated: use {}.", bold(option.superseded_by));
  if (option.ours) text += " Barman does not know this option.";
  return text + "\n";
}

std::string configuration_page() {
  std::string text = manual_heading("barman", 5, "configuration of barman");
  text += manual_section(
      "DESCRIPTION",
      "An INI file: the section \\fB[barman]\\fR holds global options and defaults for all servers, every "
      "other section is a server, or a model where it has the option \\fBmodel = true\\fR. Sections may "
      "also lie in files *.conf in the configuration_files_directory. A line that starts with ; or # is a "
      "comment. An indented line continues the value before it.\n");
  std::map<std::string_view, std::string> groups;
  std::vector<std::string_view> order;
  const auto add = [&](const config::OptionInfo& option) {
    if (!groups.contains(option.group)) order.push_back(option.group);
    groups[option.group] += item(option);
  };
  std::ranges::for_each(config::global_options(), add);
  std::ranges::for_each(config::server_options(), add);
  for (const std::string_view group : order) text += manual_section(roff(to_upper(group)), groups[group]);
  return text + ".SH SEE ALSO\n.BR barman (1)\n";
}

}  // namespace

std::vector<ManualPage> manual_pages() {
  std::vector<ManualPage> pages = {{"barman.1", program_page()}, {"barman.5", configuration_page()}};
  for (const CommandEntry& entry : command_table()) {
    pages.push_back({fmt::format("barman-{}.1", entry.name), command_page(entry)});
    for (const std::string_view alias : entry.aliases)
      pages.push_back({fmt::format("barman-{}.1", alias), fmt::format(".so man1/barman-{}.1\n", entry.name)});
  }
  return pages;
}

}  // namespace barman::cli
