#include "barman/config/configuration.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>

#include "barman/config/ini_document.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "server_builder.h"

namespace barman::config {
namespace {

constexpr std::string_view logger = "barman.config";
constexpr std::string_view global_section = "barman";
constexpr std::string_view reserved_name = "all";

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

// The values of [barman].
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

std::vector<Warning> validate_global(const IniSection& section) {
  std::vector<Warning> warnings;
  if (!read_text(section, "barman_home"))
    throw Error(Errc::config,
                "Parameter \"barman_home\" is required in [barman] section.\n"
                "Your configuration is missing required parameters. Exiting.",
                fmt::format("set barman_home: {}", section.place.text()));
  const auto& known = global_options();
  for (const IniOption& option : section.options) {
    // Barman obeys log_format, and yet warns.
    const bool global =
        option.name != "log_format" && std::ranges::find(known, option.name, &OptionInfo::name) != known.end();
    if (!global && option_index(option.name) == option_rows().size())
      warnings.push_back(unknown_option(option, section.name));
  }
  return warnings;
}

// Why a section cannot be called so: its name becomes part of paths, of lock files and of lines. nullopt: it can.
std::optional<std::string> section_name_problem(std::string_view name) {
  constexpr std::size_t longest = 200;  // lock files add to it, and a name in a directory has at most 255 bytes
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (name.find_first_not_of(' ') == std::string_view::npos) return "is empty";
  if (name == "." || name == "..") return "means a directory";
  if (name.find('/') != std::string_view::npos) return "contains a '/'";
  if (std::ranges::any_of(name, is_control)) return "contains a control character";
  if (name.size() > longest) return "is longer than 200 bytes";
  return std::nullopt;
}

void require_usable_name(const IniSection& section) {
  const auto refuse = [&](const std::string& why) {
    throw Error::fatal(Errc::config, why, fmt::format("rename the section: {}", section.place.text()));
  };
  if (section.name == reserved_name) refuse("the reserved word 'all' is not allowed as server name.Please rename it.");
  if (const auto problem = section_name_problem(section.name))
    refuse(
        fmt::format("the section name {} {}, and is not allowed as server name.", python_repr(section.name), *problem));
}

std::map<std::string, std::string> values_of(const IniSection& section) {
  std::map<std::string, std::string> values;
  for (const IniOption& option : section.options) values.emplace(option.name, option.value);
  return values;
}

// A model says "model = true"; a server may say "model = false".
bool is_model(const IniSection& section) {
  const IniOption* option = section.find("model");
  if (option == nullptr) return false;
  try {
    return std::get<bool>(parse_boolean(unquote(IniDocument::get(section, *option)), {"model", section.name}));
  } catch (const InvalidValue& invalid) {
    throw Error(Errc::config, invalid.reason,
                fmt::format("correct model in [{}]: {}", section.name, option->place.text()));
  }
}

std::string text_of(const std::string& path, const std::map<std::string, std::string>& instead) {
  const auto found = instead.find(path);
  return found == instead.end() ? fs::read_file(path) : found->second;
}

std::string state_of(const std::string& directory) {
  if (!fs::exists(directory)) return "does not exist";
  if (!fs::is_directory(directory)) return "is not a directory";
  const auto names = fs::list_directory(directory);
  const bool any = std::ranges::any_of(
      names, [](const std::string& name) { return !name.starts_with('.') && name.ends_with(".conf"); });
  return any ? "has no section of a server in its files *.conf" : "has no file whose name ends in .conf";
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

MainFile MainFile::read(const std::string& path, std::map<std::string, std::string> instead) {
  MainFile main;
  main.instead_ = std::move(instead);
  const std::string file = fs::expand_home(path);
  main.document_.add(text_of(file, main.instead_), file);
  const IniSection* section = main.document_.find(global_section);
  if (section == nullptr)
    throw Error(Errc::config, "No section: 'barman'", fmt::format("{} must begin with a [barman] section", file));
  main.global_ = read_global(*section, path);
  return main;
}

ConfigurationFiles::ConfigurationFiles(MainFile main)
    : main_(std::move(main)), barman_options_(values_of(*document().find(global_section))) {
  if (const Text& directory = global().configuration_files_directory) include_directory(fs::expand_home(*directory));
  if (!global().barman_home.empty()) {
    const std::string automatic = global().barman_home + "/.barman.auto.conf";
    if (main_.instead_.contains(automatic) || fs::exists(automatic)) include(automatic, base_name(automatic));
  }
  warnings_ = validate_global(*document().find(global_section));
}

void ConfigurationFiles::include_directory(const std::string& directory) {
  if (!fs::is_directory(directory)) {
    log::warning(logger, "Ignoring the \"configuration_files_directory\" option as \"{}\" is not a directory",
                 directory);
    return;
  }
  for (const std::string& name : fs::list_directory(directory)) {
    if (name.starts_with('.') || !name.ends_with(".conf")) continue;
    const std::string path = directory + (directory.ends_with('/') ? "" : "/") + name;
    if (fs::is_regular_file(path))
      include(path, name);
    else
      log::warning(logger, "Discarding configuration file: {} ({})", name,
                   fs::exists(path) ? "not a file" : "not found");
  }
}

void ConfigurationFiles::include(const std::string& path, std::string_view shown) {
  log::debug(logger, "Including configuration file: {}", shown);
  const std::vector<std::string> sections = main_.document_.add(text_of(path, main_.instead_), path);
  if (std::ranges::find(sections, global_section) != sections.end() &&
      values_of(*document().find(global_section)) != barman_options_)
    throw Error::fatal(Errc::config,
                       fmt::format("the configuration file {} contains a not empty [barman] section", shown),
                       fmt::format("options of [barman] belong into {}", global().file));
}

Configuration::Configuration(std::shared_ptr<const ConfigurationFiles> files)
    : files_(std::move(files)), warnings_(files_->warnings()) {
  std::deque<Draft> drafts;
  const SectionOptions barman_options(*document().find(global_section));
  for (const IniSection& section : document().sections()) {
    if (section.name == global_section) continue;
    require_usable_name(section);
    const SectionOptions own(section);
    if (is_model(section)) {
      models_.emplace(section.name, read_model(own, warnings_));
      continue;
    }
    ServerConfig& server = servers_[section.name];
    server.name = section.name;
    order_.push_back(section.name);
    read_server(drafts.emplace_back(server), own, barman_options, global().barman_home, warnings_);
  }
  conflicts_ = find_path_conflicts(servers_);
  for (Draft& draft : drafts) {
    apply_active_model(draft);
    finish_server(draft);
  }
}

Configuration Configuration::read(const std::string& path, std::map<std::string, std::string> instead) {
  return Configuration(std::make_shared<const ConfigurationFiles>(MainFile::read(path, std::move(instead))));
}

void Configuration::apply_active_model(Draft& draft) {
  ServerConfig& server = draft.server;
  std::optional<std::string> content;
  try {
    content = fs::read_file_if_exists(server.backup_directory + "/.active-model.auto");
  } catch (const Error& error) {  // which model it is cannot be known: nothing is done with this server
    server.faults.push_back({error.what()});
    return;
  }
  const std::string name(content ? trim(*content) : std::string_view());
  if (name.empty()) return;
  const auto model = models_.find(name);
  if (model == models_.end()) {
    server.faults.push_back({fmt::format(
        "Model '{}' is set as the active model for the server '{}' but the model does not exist.", name, server.name)});
  } else if (model->second.cluster != server.cluster) {
    errors_.push_back(
        fmt::format("Model '{}' has 'cluster={}', which is not compatible with 'cluster={}' from server '{}'", name,
                    model->second.cluster, server.cluster.empty() ? "None" : server.cluster, server.name));
  } else {
    log::debug(logger, "Applying model '{}' to server '{}'", name, server.name);
    apply_model(draft, model->second);
  }
}

const ServerConfig* Configuration::find_server(std::string_view name) const {
  const auto found = servers_.find(std::string(name));
  return found == servers_.end() ? nullptr : &found->second;
}

std::string explain_no_servers(const Configuration& configuration) {
  const GlobalConfig& global = configuration.global();
  std::string text = fmt::format("no server is configured: {} has no section of a server", global.file);
  if (!configuration.models().empty()) text += ", only of models";
  const Text& directory = global.configuration_files_directory;
  if (!directory) return text + ", and configuration_files_directory is not set";
  return fmt::format("{}, and the configuration_files_directory '{}' {}", text, *directory,
                     state_of(fs::expand_home(*directory)));
}

}  // namespace barman::config
