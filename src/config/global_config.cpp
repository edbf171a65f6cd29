#include "global_config.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::config {
namespace {

Text read_text(const IniSection& section, std::string_view name) {
  const IniOption* option = section.find(name);
  if (option == nullptr) return std::nullopt;
  std::string text(unquote(IniDocument::get(section, *option)));
  if (text.empty() || text == "None") return std::nullopt;
  return text;
}

bool read_boolean(const IniSection& section, std::string_view name, bool fallback) {
  const Text text = read_text(section, name);
  if (!text) return fallback;
  try {
    return std::get<bool>(parse_boolean(*text, {name, section.name}));
  } catch (const InvalidValue& invalid) {
    throw Error(Errc::config, invalid.reason, fmt::format("correct {}: {}", name, section.find(name)->place.text()));
  }
}

}  // namespace

std::string find_configuration_file(std::string_view explicit_path) {
  const char* variable = std::getenv("BARMAN_CONFIG_FILE");
  const std::string wanted(!explicit_path.empty() ? explicit_path
                                                  : std::string_view(variable != nullptr ? variable : ""));
  if (!wanted.empty()) {
    if (fs::exists(wanted)) return wanted;
    throw Error(Errc::config, fmt::format("Configuration file '{}' does not exist", wanted));
  }
  for (const char* place : {"~/.barman.conf", "/etc/barman.conf", "/etc/barman/barman.conf"}) {
    std::string path = fs::expand_home(place);
    if (fs::exists(path)) return path;
  }
  throw Error(
      Errc::config,
      "Could not find any configuration file at default locations.\nCheck Barman's documentation for more help.");
}

GlobalConfig read_global(const IniSection& section, const std::string& file) {
  GlobalConfig global;
  global.file = file;
  for (const IniOption& option : section.options) {
    global.options.emplace(option.name, IniDocument::get(section, option));
    global.sources.emplace(option.name, *option.place.file);
  }
  global.barman_home = read_text(section, "barman_home").value_or("");
  global.barman_user = read_text(section, "barman_user").value_or(global.barman_user);
  global.barman_lock_directory = read_text(section, "barman_lock_directory").value_or(global.barman_home);
  global.lock_directory_cleanup = read_boolean(section, "lock_directory_cleanup", true);
  global.config_changes_queue =
      read_text(section, "config_changes_queue").value_or(global.barman_home + "/cfg_changes.queue");
  global.configuration_files_directory = read_text(section, "configuration_files_directory");
  global.log_file = read_text(section, "log_file");
  global.log_format = read_text(section, "log_format");
  global.log_level = read_text(section, "log_level").value_or(global.log_level);
  return global;
}

void validate_global(const IniSection& section, std::vector<Warning>& warnings) {
  if (!read_text(section, "barman_home"))
    throw Error(Errc::config,
                "Parameter \"barman_home\" is required in [barman] section.\n"
                "Your configuration is missing required parameters. Exiting.",
                fmt::format("set barman_home: {}", section.place.text()));
  const auto& known = global_options();
  for (const IniOption& option : section.options) {
    // The reference obeys log_format, and yet warns.
    const bool global =
        option.name != "log_format" && std::ranges::find(known, option.name, &OptionInfo::name) != known.end();
    if (!global && option_index(option.name) == option_rows().size())
      warnings.push_back(unknown_option(option, section.name));
  }
}

}  // namespace barman::config
