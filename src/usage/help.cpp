#include "barman/usage/help.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/core/version.h"
#include "barman/usage/markup.h"
#include "roff_character.h"
#include "wrap.h"

namespace barman::usage {

namespace {

using Kind = OptionSpec::Kind;

constexpr std::size_t text_column = 24;
constexpr std::string_view manual_date = "2026-11-29";  // that pages are of: changes with the version

std::string value_word(const OptionSpec& spec) {
  if (!spec.choices.empty()) return fmt::format("{{{}}}", join(spec.choices, ","));
  if (!spec.metavar.empty()) return spec.metavar;
  std::string_view name = spec.names.front();
  name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
  return to_upper(replace_all(name, "-", "_"));
}

std::string in_usage(const OptionSpec& spec) {
  const std::string& name = spec.names.front();
  switch (spec.kind) {
    case Kind::flag:
      return fmt::format("[{}]", name);
    case Kind::value:
    case Kind::repeated_value:
      return fmt::format("[{} {}]", name, value_word(spec));
    case Kind::optional_value:
    case Kind::value_list:
      return fmt::format("[{} {}]", name, value_in_list(spec));
    case Kind::positional:
      return name;
    case Kind::optional_positional:
      return fmt::format("[{}]", name);
    case Kind::positional_list:
      return spec.may_be_empty ? fmt::format("[{} ...]", name) : fmt::format("{0} [{0} ...]", name);
  }
  return name;
}

// As argparse finds the places where a line may end: behind the bracket that closes one, if a blank follows.
void add_parts(const std::string& text, std::vector<std::string>& parts) {
  std::size_t end = text.find_first_of("])");
  while (end != std::string::npos && end + 1 < text.size() && text[end + 1] != ' ')
    end = text.find_first_of("])", end + 1);
  if (end == std::string::npos) end = text.size() - 1;
  parts.push_back(text.substr(0, end + 1));
  for (std::string& rest : split_whitespace(text.substr(end + 1))) parts.push_back(std::move(rest));
}

// Where the options that exclude each other stand in a row, those from `first` on; else one.
std::size_t row_length(const std::vector<const OptionSpec*>& shown, std::size_t first) {
  const int group = shown[first]->exclusive;
  if (group == 0) return 1;
  const auto is_member = [&](const OptionSpec* spec) { return spec->exclusive == group; };
  const auto from = shown.begin() + static_cast<std::ptrdiff_t>(first);
  const auto row = std::find_if_not(from, shown.end(), is_member) - from;
  return row == std::count_if(shown.begin(), shown.end(), is_member) ? static_cast<std::size_t>(row) : 1;
}

// They share one pair of brackets; of parentheses if one has to be given.
std::vector<std::string> options_in_usage(const std::vector<OptionSpec>& specs) {
  std::vector<const OptionSpec*> shown;
  bool own_help = false;
  for (const OptionSpec& spec : specs) {
    own_help = own_help || spec.is_help;
    if (!spec.is_positional() && !spec.ours) shown.push_back(&spec);
  }
  std::vector<std::string> parts;
  if (!own_help) parts.push_back("[-h]");
  for (std::size_t i = 0; i < shown.size();) {
    const std::size_t row = row_length(shown, i);
    std::vector<std::string> members;
    for (std::size_t member = i; member < i + row; ++member) {
      const std::string one = in_usage(*shown[member]);
      members.push_back(one.substr(1, one.size() - 2));
    }
    const std::string text = join(members, " | ");
    if (shown[i]->required && row > 1)
      add_parts(fmt::format("({})", text), parts);
    else if (shown[i]->required && shown[i]->exclusive == 0)
      parts.push_back(text);
    else
      add_parts(fmt::format("[{}]", text), parts);
    i += row;
  }
  return parts;
}

std::string in_list(const OptionSpec& spec) {
  const std::string value = value_in_list(spec);
  if (value.empty()) return join(spec.names, ", ");
  std::vector<std::string> forms;
  for (const std::string& name : spec.names) forms.push_back(name + " " + value);
  return join(forms, ", ");
}

std::string entry(const std::string& left, const std::string& help, std::size_t width, std::size_t indent = 2) {
  std::string line = std::string(indent, ' ') + left;
  if (help.empty()) return line + "\n";
  line += line.size() + 2 > text_column ? "\n" + std::string(text_column, ' ')
                                        : std::string(text_column - line.size(), ' ');
  return line + wrap(split_whitespace(help), text_column, text_column, width) + "\n";
}

std::string sections(const std::vector<OptionSpec>& specs, std::size_t width) {
  std::string positionals, options, others;
  std::vector<std::string> titles;
  for (const OptionSpec& spec : specs) {
    if (spec.section.empty() || spec.is_positional())
      (spec.is_positional() ? positionals : options) += entry(in_list(spec), spec.help, width);
    else if (std::ranges::find(titles, spec.section) == titles.end())
      titles.push_back(spec.section);
  }
  for (const std::string& title : titles) {
    others += fmt::format("\n{}:\n", title);
    for (const OptionSpec& spec : specs)
      if (spec.section == title && !spec.is_positional()) others += entry(in_list(spec), spec.help, width);
  }
  std::string text;
  if (!positionals.empty()) text += "\npositional arguments:\n" + positionals;
  text += "\noptions:\n";
  if (std::ranges::find(specs, true, &OptionSpec::is_help) == specs.end())
    text += entry("-h, --help", "show this help message and exit", width);
  return text + options + others;
}

// One option or argument with what it does.
std::string item(const OptionSpec& spec) {
  std::vector<std::string> names;
  for (const std::string& name : spec.names) names.push_back(bold(name));
  std::string value = value_in_list(spec);
  if (!value.empty()) value = " \\fI" + roff(value) + "\\fR";
  return fmt::format(".TP\n{}{}\n{}\n", join(names, ", "), value, roff_lines(spec.help));
}

}  // namespace

std::string value_in_list(const OptionSpec& spec) {
  if (spec.is_positional() || spec.kind == Kind::flag) return {};
  if (spec.kind == Kind::value_list) return fmt::format("[{} ...]", value_word(spec));
  return spec.kind == Kind::optional_value ? fmt::format("[{}]", value_word(spec)) : value_word(spec);
}

// One line when it fits; else options and positionals each start a line of their own, as Python's argparse has it.
std::string usage_text(const std::string& program, const std::vector<OptionSpec>& specs, std::size_t width) {
  const std::vector<std::string> options = options_in_usage(specs);
  std::vector<std::string> positionals;
  for (const OptionSpec& spec : specs)
    if (spec.is_positional()) positionals.push_back(in_usage(spec));
  const std::string start = fmt::format("usage: {} ", program);
  std::string text = start + join(options, " ");
  if (!positionals.empty()) text += ' ' + join(positionals, " ");
  if (text.size() <= width) return text + "\n";
  text = start + wrap(options, start.size(), start.size(), width);
  if (!positionals.empty())
    text += '\n' + std::string(start.size(), ' ') + wrap(positionals, start.size(), start.size(), width);
  return text + "\n";
}

std::string help_text(const std::string& program, const std::string& about, const std::vector<OptionSpec>& specs,
                      std::size_t width) {
  return usage_text(program, specs, width) + "\n" + wrap(split_whitespace(about), 0, 0, width) + "\n" +
         sections(specs, width);
}

std::vector<OptionSpec> with_verb(std::vector<OptionSpec> global_specs, const std::string& verb) {
  for (const std::string& word : {verb, std::string("...")}) {
    OptionSpec spec;
    spec.names = {word};
    spec.kind = Kind::positional;
    global_specs.push_back(std::move(spec));
  }
  return global_specs;
}

std::string program_help(const std::vector<OptionSpec>& global_specs, const std::vector<CommandSummary>& commands,
                         std::size_t width) {
  std::string text = usage_text("barman", with_verb(global_specs, any_of(commands)), width);
  text += "\nBackup and recovery manager for PostgreSQL.\n";
  std::string_view group;
  for (const CommandSummary& command : commands) {
    if (command.group != group || &command == &commands.front()) text += fmt::format("\n{}:\n", command.group);
    group = command.group;
    const std::string name =
        command.aliases.empty() ? command.name : fmt::format("{} ({})", command.name, join(command.aliases, ", "));
    text += entry(name, command.summary, width, 4);
  }
  return text + sections(global_specs, width) + "\n'barman help COMMAND' describes one command.\n";
}

std::string any_of(const std::vector<CommandSummary>& commands) {
  std::vector<std::string> spellings;
  for (const CommandSummary& command : commands) {
    spellings.push_back(command.name);
    spellings.insert(spellings.end(), command.aliases.begin(), command.aliases.end());
  }
  std::ranges::sort(spellings);
  return fmt::format("{{{}}}", join(spellings, ","));
}

bool slips_are_read_by_people() { return ::isatty(STDERR_FILENO) != 0; }

std::size_t help_width() {
  const char* columns = std::getenv("COLUMNS");
  const auto width = columns == nullptr ? std::nullopt : parse_decimal(columns);
  return width && *width > 40 ? static_cast<std::size_t>(*width) - 2 : 78;
}

std::string roff_character(char c) {
  switch (c) {
    case '\\':
      return "\\e";
    case '-':
      return "\\-";
    case '\'':
      return "\\(aq";
    case '`':
      return "\\(ga";
    case '^':
      return "\\(ha";
    case '~':
      return "\\(ti";
    default:
      return {c};
  }
}

// Text as roff shows it unchanged.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) out += roff_character(c);
  return out.starts_with('.') ? "\\&" + out : out;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }

std::string manual_heading(std::string_view page, int section, std::string_view about) {
  // Names of options are typed as they stand: none is broken at the end of a line.
  return fmt::format(".TH \"{}\" {} \"{}\" \"barman-native {}\" \"Barman {}\"\n.nh\n.ad l\n.SH NAME\n{} \\- {}\n",
                     to_upper(page), section, manual_date, native_version, compatible_version, roff(page), roff(about));
}

std::string items(const std::vector<OptionSpec>& specs, bool positionals) {
  std::string text;
  for (const OptionSpec& spec : specs)
    if (spec.is_positional() == positionals) text += item(spec);
  return text;
}

std::string manual_section(std::string_view title, const std::string& text) {
  return text.empty() ? "" : fmt::format(".SH {}\n{}", title, text);
}

std::string manual_description(std::string_view paragraph, std::string_view details) {
  std::string text = roff_lines(paragraph) + "\n";
  for (const MarkupSection& section : split_sections(details))
    if (section.title.empty()) text += ".PP\n" + markup_to_roff(section.text);
  return manual_section("DESCRIPTION", text);
}

std::string manual_details(std::string_view details) {
  std::string text;
  for (const MarkupSection& section : split_sections(details))
    if (!section.title.empty()) text += manual_section(section.title, markup_to_roff(section.text));
  return text;
}

std::string see_also(const std::vector<std::string>& pages) {
  std::string text = ".SH SEE ALSO\n";
  for (const std::string& page : pages) {
    const std::size_t section = page.rfind('(');
    text += fmt::format(".BR {} {}{}\n", roff(page.substr(0, section)), page.substr(section),
                        &page == &pages.back() ? "" : ",");
  }
  return text;
}

std::string synopsis(const std::string& program, std::vector<OptionSpec> specs) {
  for (OptionSpec& spec : specs) spec.ours = false;  // all of them
  // The usage block says the same for terminals; here the formatter breaks the lines.
  const std::string usage = usage_text(program, specs, static_cast<std::size_t>(-1));
  std::string_view arguments(usage);
  arguments.remove_prefix(std::string_view("usage: ").size() + program.size());
  return fmt::format("{}\n{}\n", bold(program), roff_lines(arguments));
}

}  // namespace barman::usage
