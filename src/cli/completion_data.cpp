#include "completion_data.h"

#include <algorithm>

#include "barman/core/text.h"

namespace barman::cli {
namespace {

using Kind = OptionSpec::Kind;

bool takes_auto(std::string_view verb) { return verb == "restore" || verb == "recover" || verb == "drill"; }

std::string completer(std::string_view verb, const OptionSpec& positional) {
  const std::string name = to_lower(positional.names.front());
  if (positional.kind == Kind::positional_list) return "servers";
  if (name == "server_name") return verb.starts_with("barman-") ? "-" : "server";  // the other programs ask elsewhere
  if (name == "backup_id") return verb.starts_with("barman-") ? "-" : takes_auto(verb) ? "backup-or-auto" : "backup";
  if (name == "command") return "verb";
  if (name == "barman_host") return "host";
  if (name.ends_with("_directory")) return "directory";
  return name.ends_with("_tarball") || name == "wal_path" || name == "wal_dest" ? "file" : "-";
}

// The choices of an option, or what its name says.
std::string value_completer(const OptionSpec& option) {
  if (!option.choices.empty()) return join(option.choices, " ");
  if (option.metavar == "FILE") return "@file";
  for (const std::string_view name : option.names) {
    if (name == "--config") return "@file";
    if (name == "--incremental") return "@backup";
    if (name == "--target-action") return "pause shutdown promote";
    if (name == "--target-tli") return "current latest";
    if (name == "--combine-mode") return "copy link clone copy-file-range";
    if (name.ends_with("-directory") || name.ends_with("-dir") || name.ends_with("-path")) return "@directory";
  }
  return {};
}

CompletedVerb describe(std::string name, std::string_view help, const std::vector<OptionSpec>& specs) {
  CompletedVerb verb{.name = std::move(name), .help = std::string(help), .options = {}, .arguments = {}};
  verb.options.push_back({{"--help"}, "show help and exit"});
  for (const OptionSpec& spec : specs) {
    if (spec.is_positional())
      verb.arguments.push_back(completer(verb.name, spec));
    else
      verb.options.push_back({spec.names, spec.help, spec.kind != Kind::flag, value_completer(spec)});
  }
  return verb;
}

std::vector<OptionSpec> specs_of(const Command& command) {
  Options options;
  command.declare(options);
  return options.specs();
}

}  // namespace

std::vector<CompletedVerb> completed_verbs(const std::map<std::string, std::vector<OptionSpec>>& other_programs) {
  GlobalOptions values;
  Options global;
  declare(global, values);
  std::vector<CompletedVerb> verbs = {describe("", "", global.specs())};
  OptionSpec topic;
  topic.names = {"command"};
  topic.kind = Kind::optional_positional;
  verbs.push_back(describe("help", "Describe one command, or list all of them.", {topic}));
  for (const CommandEntry& entry : command_table())
    for (const std::string& spelling : entry.spellings())
      verbs.push_back(describe(spelling, entry.summary, specs_of(entry.make())));
  for (const auto& [program, specs] : other_programs) {
    verbs.push_back(describe(program, "", specs));
    verbs.back().is_program = true;
  }
  return verbs;
}

}  // namespace barman::cli
