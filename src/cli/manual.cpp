#include "barman/cli/manual.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "barman/cli/help.h"
#include "barman/config/options.h"
#include "barman/core/text.h"
#include "barman/core/version.h"
#include "commands.h"
#include "global_options.h"

namespace barman::cli {
namespace {

// Text as roff shows it unchanged.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return !out.empty() && (out.front() == '.' || out.front() == '\'') ? "\\&" + out : out;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }

std::string heading(std::string_view page, int section, std::string_view about) {
  return fmt::format(".TH \"{}\" {} \"\" \"barman-native {}\" \"Barman {}\"\n.SH NAME\n{} \\- {}\n", to_upper(page),
                     section, native_version, compatible_version, roff(page), roff(about));
}

// One option or argument with what it does.
std::string item(const OptionSpec& spec) {
  std::vector<std::string> names;
  for (const std::string& name : spec.names) names.push_back(bold(name));
  std::string value = value_in_list(spec);
  if (!value.empty()) value = " \\fI" + roff(value) + "\\fR";
  return fmt::format(".TP\n{}{}\n{}\n", join(names, ", "), value, roff(spec.help));
}

std::string items(const std::vector<OptionSpec>& specs, bool positionals) {
  std::string text;
  for (const OptionSpec& spec : specs)
    if (spec.is_positional() == positionals) text += item(spec);
  return text;
}

std::string section(std::string_view title, const std::string& text) {
  return text.empty() ? "" : fmt::format(".SH {}\n{}", title, text);
}

std::string synopsis(const std::string& program, const std::vector<OptionSpec>& specs) {
  // The usage block says the same for terminals; here the formatter breaks the lines.
  const std::string usage = usage_text(program, specs, static_cast<std::size_t>(-1));
  std::string_view arguments(usage);
  arguments.remove_prefix(std::string_view("usage: ").size() + program.size());
  return fmt::format("{}{}", bold(program), roff(arguments));
}

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
  std::string text = heading(fmt::format("barman-{}", entry.name), 1, command.summary);
  text += section("SYNOPSIS", synopsis("barman " + command.name, specs));
  if (!entry.aliases.empty())
    text += section("DESCRIPTION",
                    fmt::format("Also called {}.\n", roff(join({entry.aliases.begin(), entry.aliases.end()}, ", "))));
  text += section("ARGUMENTS", items(specs, true));
  text += section("OPTIONS", items(specs, false));
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
  std::string text = heading("barman", 1, "backup and recovery manager for PostgreSQL");
  text += section("SYNOPSIS", synopsis("barman", with_verb(global.specs())));
  text += section("OPTIONS", items(global.specs(), false));
  text += section("COMMANDS", commands);
  text += exit_status;
  text += section("FILES",
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
  std::string text = heading("barman", 5, "configuration of barman");
  text += section("DESCRIPTION",
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
  for (const std::string_view group : order) text += section(roff(to_upper(group)), groups[group]);
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
