#include "barman/cli/manual.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/config/options.h"
#include "barman/core/text.h"
#include "barman/usage/help.h"
#include "barman/usage/markup.h"
#include "commands.h"
#include "manual_text.h"

namespace barman::cli {
namespace {

using usage::bold;
using usage::items;
using usage::manual_heading;
using usage::manual_section;
using usage::ManualPage;
using usage::roff;
using usage::synopsis;

constexpr std::string_view exit_status = "0 when all is well, 1 after an error, 2 when the command line is wrong.\n";

std::vector<OptionSpec> specs_of(const Command& command) {
  Options options;
  command.declare(options);
  return options.specs();
}

using Sections = std::vector<usage::MarkupSection>;

// "" where the text has no such section.
std::string section(const Sections& sections, std::string_view title) {
  const auto found = std::ranges::find(sections, title, &usage::MarkupSection::title);
  return found == sections.end() ? std::string() : usage::markup_to_roff(found->text);
}

bool has_place_of_its_own(const std::string& title) {
  return title.empty() || title == "EXAMPLES" || title == "EXIT STATUS" || title == "ENVIRONMENT" || title == "FILES";
}

// Those that a page has beside the usual ones, in their order.
std::string other_sections(const Sections& sections) {
  std::string text;
  for (const usage::MarkupSection& one : sections)
    if (!has_place_of_its_own(one.title)) text += manual_section(one.title, usage::markup_to_roff(one.text));
  return text;
}

std::string last_sections(const Sections& sections, const std::vector<std::string>& see_also) {
  std::string text = manual_section("EXAMPLES", section(sections, "EXAMPLES"));
  const std::string status = section(sections, "EXIT STATUS");
  text += manual_section("EXIT STATUS", status.empty() ? std::string(exit_status) : status);
  text += manual_section("ENVIRONMENT", section(sections, "ENVIRONMENT"));
  text += manual_section("FILES", section(sections, "FILES"));
  return text + usage::see_also(see_also);
}

std::string page_of(std::string_view verb) { return fmt::format("barman-{}(1)", verb); }

// What the options do not say about a verb.
std::string description(const CommandEntry& entry, const Sections& sections) {
  std::string text = section(sections, "");
  const auto add = [&text](const std::string& sentence) { text += (text.empty() ? "" : ".PP\n") + sentence + "\n"; };
  if (!entry.alias.empty()) add(fmt::format("Also called {}.", roff(entry.alias)));
  if (entry.ours) add("Barman does not have this command.");
  return text;
}

std::string arguments(const std::vector<OptionSpec>& specs) {
  std::string text = items(specs, true);
  const auto names = [&](std::string_view name) {
    return std::ranges::any_of(specs, [&](const OptionSpec& spec) { return spec.names.front() == name; });
  };
  if (names("backup_id")) text += ".PP\nWhat else stands for a backup is in barman(1), section BACKUPS.\n";
  return text;
}

std::vector<std::string> see_also_of(const ManualText* text) {
  std::vector<std::string> pages = {"barman(1)"};
  if (text != nullptr)
    for (const std::string& name : split_whitespace(text->see_also))
      pages.push_back(name.starts_with("barman-") ? name + "(1)" : page_of(name));
  pages.emplace_back("barman(5)");
  return pages;
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
    commands += fmt::format(".TP\n{}\n{}\nSee {}(1).\n", bold(entry.name), usage::roff_lines(entry.summary),
                            bold(fmt::format("barman-{}", entry.name)));
  const Sections sections = usage::split_sections(program_text());
  std::string text = manual_heading("barman", 1, "backup and recovery manager for PostgreSQL");
  text += manual_section("SYNOPSIS", synopsis("barman", usage::with_verb(global.specs(), "COMMAND")));
  text += manual_section("DESCRIPTION", section(sections, ""));
  text += manual_section("OPTIONS", items(global.specs(), false));
  text += manual_section("COMMANDS", commands);
  text += other_sections(sections);
  return text + last_sections(sections, {"barman(5)", "barman-wal-archive(1)", "barman-wal-restore(1)",
                                         "barman-gatekeeper(1)", "barman-cloud-backup(1)"});
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
  std::string facts = fmt::format("Type: {}. Scope: {}.", option.type, scope_text(option.scope));
  if (!option.fallback.empty()) facts += fmt::format(" Default: {}.", option.fallback);
  facts += remarks(option, std::string(option.superseded_by));
  return fmt::format(".TP\n{}\n{}\n{}\n", bold(option.name), usage::roff_lines(option.help), usage::roff_lines(facts));
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
  const Sections sections = usage::split_sections(configuration_text());
  std::string text = manual_heading("barman", 5, "configuration of barman");
  text += manual_section("DESCRIPTION", section(sections, ""));
  for (const OptionGroup& group : option_groups()) {
    std::string options;
    for (const config::OptionInfo& option : group.options) options += item(option);
    text += manual_section(roff(to_upper(group.title)), options);
  }
  text += other_sections(sections);
  text += manual_section("EXAMPLES", section(sections, "EXAMPLES"));
  text += manual_section("FILES", section(sections, "FILES"));
  return text + usage::see_also({"barman(1)", "barman-config-switch(1)", "barman-config-update(1)"});
}

}  // namespace

ManualPage command_page(const CommandEntry& entry) {
  const std::vector<OptionSpec> specs = specs_of(entry.make());
  const ManualText* written = find_manual_text(entry.name);
  const Sections sections = usage::split_sections(written == nullptr ? std::string_view() : written->text);
  std::string text = manual_heading(fmt::format("barman-{}", entry.name), 1, entry.summary);
  text += manual_section("SYNOPSIS", synopsis(fmt::format("barman {}", entry.name), specs));
  text += manual_section("DESCRIPTION", description(entry, sections));
  text += manual_section("ARGUMENTS", arguments(specs));
  text += manual_section("OPTIONS", items(specs, false));
  text += other_sections(sections);
  text += last_sections(sections, see_also_of(written));
  return {fmt::format("barman-{}.1", entry.name), text};
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

}  // namespace barman::cli
