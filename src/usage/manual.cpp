#include "barman/usage/manual.h"

#include <fmt/core.h>

#include "barman/core/text.h"
#include "barman/core/version.h"
#include "barman/usage/help.h"

namespace barman::usage {
namespace {

// One option or argument with what it does.
std::string item(const OptionSpec& spec) {
  std::vector<std::string> names;
  for (const std::string& name : spec.names) names.push_back(bold(name));
  std::string value = value_in_list(spec);
  if (!value.empty()) value = " \\fI" + roff(value) + "\\fR";
  return fmt::format(".TP\n{}{}\n{}\n", join(names, ", "), value, roff(spec.help));
}

}  // namespace

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

std::string manual_heading(std::string_view page, int section, std::string_view about) {
  return fmt::format(".TH \"{}\" {} \"\" \"barman-native {}\" \"Barman {}\"\n.SH NAME\n{} \\- {}\n", to_upper(page),
                     section, native_version, compatible_version, roff(page), roff(about));
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

std::string synopsis(const std::string& program, const std::vector<OptionSpec>& specs) {
  // The usage block says the same for terminals; here the formatter breaks the lines.
  const std::string usage = usage_text(program, specs, static_cast<std::size_t>(-1));
  std::string_view arguments(usage);
  arguments.remove_prefix(std::string_view("usage: ").size() + program.size());
  return fmt::format("{}{}", bold(program), roff(arguments));
}

}  // namespace barman::usage
