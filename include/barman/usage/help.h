#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "barman/usage/options.h"

namespace barman::usage {

// Usage block and pages in the conventional layout, from the same specs that the parser reads. `width` in columns
// (COLUMNS, else 80). Every text ends with a newline. The usage blocks are those of Barman, letter for letter.
std::string usage_text(const std::string& program, const std::vector<OptionSpec>& specs, std::size_t width);
// What stands for the value after an option's name: "JOBS", "[zstd]"; "" where there is none.
std::string value_in_list(const OptionSpec& spec);
// The usage block, a paragraph about the program, and every argument and option with its meaning.
std::string help_text(const std::string& program, const std::string& about, const std::vector<OptionSpec>& specs,
                      std::size_t width);

struct CommandSummary {
  std::string name;
  std::vector<std::string> aliases;
  std::string summary;
  std::string group = {};  // the title that it is listed under
};
// Every spelling of every command, as the program's own usage line shows them: "{backup,check,...}".
std::string any_of(const std::vector<CommandSummary>& commands);
// The global options and a word that stands for the verb, followed by the verb's own arguments.
std::vector<OptionSpec> with_verb(std::vector<OptionSpec> global_specs, const std::string& verb);
// The commands stand in groups, both in the order in which they come.
std::string program_help(const std::vector<OptionSpec>& global_specs, const std::vector<CommandSummary>& commands,
                         std::size_t width);

std::size_t help_width();

// Standard error is a terminal: a slip there gets a few lines. Scripts find Barman's usage blocks in theirs.
bool slips_are_read_by_people();

// A page for man(1): "barman-backup.1" and its text in roff (man(7)).
struct ManualPage {
  std::string file;
  std::string text;
};

// What pages are made of. Every text but roff() and bold() ends with a newline.
std::string roff(std::string_view text);  // as roff shows it unchanged
std::string bold(std::string_view text);
std::string manual_heading(std::string_view page, int section, std::string_view about);
std::string manual_section(std::string_view title, const std::string& text);  // "" without text
// The section DESCRIPTION of a program: its paragraph for --help, and what its details (markup.h) say before their
// first section; and the sections of these.
std::string manual_description(std::string_view paragraph, std::string_view details);
std::string manual_details(std::string_view details);
std::string see_also(const std::vector<std::string>& pages);  // {"barman(1)", ...}: the section
std::string synopsis(const std::string& program, std::vector<OptionSpec> specs);
std::string items(const std::vector<OptionSpec>& specs, bool positionals);  // with what each does

}  // namespace barman::usage
