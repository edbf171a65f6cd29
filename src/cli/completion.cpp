#include "barman/cli/completion.h"

#include <fmt/core.h>

#include "barman/core/text.h"
#include "completion_data.h"

namespace barman::cli {
namespace {

std::string verbs_of(const std::vector<CompletedVerb>& verbs) {
  std::vector<std::string> names;
  for (const CompletedVerb& verb : verbs)
    if (!verb.name.empty() && !verb.is_program) names.push_back(verb.name);
  return join(names, " ");
}

// A word that no shell looks into: within single quotes.
std::string single_quoted(std::string_view text) { return fmt::format("'{}'", replace_all(text, "'", "'\\''")); }

// Help on one line, short enough for a list.
std::string brief(std::string_view help) {
  constexpr std::size_t most = 70;
  const std::string text = join(split_whitespace(help), " ");
  if (text.size() <= most) return text;
  return text.substr(0, text.rfind(' ', most)) + " ...";
}

std::string key_of(const CompletedVerb& verb) {
  return verb.name.empty() ? " " : verb.name;
}  // bash takes no empty key

}  // namespace

std::string bash_completion_tables(const OtherPrograms& other_programs) {
  const auto row = [](std::string_view key, std::string_view value) {
    return fmt::format("  [\"{}\"]=\"{}\"\n", key, value);
  };
  const auto verbs = completed_verbs(other_programs);
  std::string options, arguments, values;
  for (const CompletedVerb& verb : verbs) {
    std::vector<std::string> names;
    for (const CompletedOption& option : verb.options) {
      names.insert(names.end(), option.names.begin(), option.names.end());
      if (!option.takes_value) continue;
      for (const std::string& name : option.names) values += row(fmt::format("{} {}", verb.name, name), option.value);
    }
    options += row(key_of(verb), join(names, " "));
    arguments += row(key_of(verb), join(verb.arguments, " "));
  }
  return fmt::format(
      "_barman_verbs=\"{}\"\ndeclare -gA _barman_options=(\n{})\ndeclare -gA _barman_arguments=(\n{})\n"
      "declare -gA _barman_values=(\n{})\n",
      verbs_of(verbs), options, arguments, values);
}

std::string zsh_completion_tables(const OtherPrograms& other_programs, const std::vector<std::string>& programs) {
  const auto verbs = completed_verbs(other_programs);
  const auto row = [](const std::string& key, const std::string& value) {
    return fmt::format("  {} {}\n", single_quoted(key), single_quoted(value));
  };
  // As _describe takes it: "name:help", a line each.
  const auto described = [](std::string_view name, std::string_view help) {
    return fmt::format("{}:{}", replace_all(name, ":", "\\:"), brief(help));
  };
  std::vector<std::string> names;
  std::string options, arguments, values;
  for (const CompletedVerb& verb : verbs) {
    if (!verb.name.empty() && !verb.is_program) names.push_back(described(verb.name, verb.help));
    std::vector<std::string> lines;
    for (const CompletedOption& option : verb.options) {
      for (const std::string& name : option.names) {
        lines.push_back(described(name, option.help));
        if (option.takes_value) values += row(fmt::format("{} {}", verb.name, name), option.value);
      }
    }
    options += row(key_of(verb), join(lines, "\n"));
    arguments += row(key_of(verb), join(verb.arguments, " "));
  }
  return fmt::format(
      "#compdef {}\ntypeset -gA _barman_options _barman_arguments _barman_values\ntypeset -g _barman_verbs={}\n"
      "_barman_options=(\n{})\n_barman_arguments=(\n{})\n_barman_values=(\n{})\n",
      join(programs, " "), single_quoted(join(names, "\n")), options, arguments, values);
}

std::string fish_completion_tables(const OtherPrograms& other_programs) {
  // fish knows two escapes within single quotes: \' and \\.
  const auto word = [](std::string_view text) {
    return fmt::format("'{}'", replace_all(replace_all(text, "\\", "\\\\"), "'", "\\'"));
  };
  std::string verb_lines, options, arguments, values, programs;
  for (const CompletedVerb& verb : completed_verbs(other_programs)) {
    if (verb.is_program) programs += " " + verb.name;
    if (!verb.name.empty() && !verb.is_program)
      verb_lines += fmt::format("    printf '%s\\t%s\\n' {} {}\n", verb.name, word(brief(verb.help)));
    options += fmt::format("        case {}\n", word(verb.name));
    for (const CompletedOption& option : verb.options) {
      for (const std::string& name : option.names) {
        options += fmt::format("            printf '%s\\t%s\\n' {} {}\n", name, word(brief(option.help)));
        if (option.takes_value)
          values += fmt::format("        case {}\n            echo {}\n", word(fmt::format("{} {}", verb.name, name)),
                                word(option.value.empty() ? "-" : option.value));
      }
    }
    arguments +=
        fmt::format("        case {}\n            echo {}\n", word(verb.name), word(join(verb.arguments, " ")));
  }
  const auto table = [](std::string_view name, std::string_view cases) {
    return fmt::format("function {}\n    switch \"$argv\"\n{}    end\nend\n", name, cases);
  };
  return fmt::format("set -g __barman_programs barman{}\nfunction __barman_verbs\n{}end\n{}{}{}", programs, verb_lines,
                     table("__barman_options", options), table("__barman_arguments", arguments),
                     table("__barman_values", values));
}

}  // namespace barman::cli
