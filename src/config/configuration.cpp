#include "barman/config/configuration.h"

#include <fmt/core.h>

#include <algorithm>
#include <deque>

#include "barman/config/ini_document.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "global_config.h"
#include "path_conflicts.h"
#include "section_name.h"
#include "server_builder.h"

namespace barman::config {
namespace {

constexpr std::string_view logger = "barman.config";
constexpr std::string_view global_section = "barman";
constexpr std::string_view reserved_name = "all";

std::map<std::string, std::string> values_of(const IniSection& section) {
  std::map<std::string, std::string> values;
  for (const IniOption& option : section.options) values.emplace(option.name, option.value);
  return values;
}

// A model says "model = true"; a server may say that it is none.
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

}  // namespace

struct Configuration::State {
  GlobalConfig global;
  IniDocument document;
  std::map<std::string, std::string> instead;      // texts of files that are not read
  std::map<std::string, std::string> main_values;  // [barman] of the main file
  std::map<std::string, ServerConfig> servers;
  std::map<std::string, Model> models;
  std::vector<std::string> order;
  std::vector<std::string> warnings, warning_places, conflicts, errors;
  bool parsed = false;

  const IniSection& barman() const { return *document.find(global_section); }
  std::string read(const std::string& path) const;
  void include(const std::string& path, std::string_view shown);
  void include_directory(const std::string& directory);
  void parse();
  void parse_sections(std::vector<Warning>& found);
  void apply_active_model(Draft& draft);
  void tell(const std::vector<Warning>& list);
};

Configuration::Configuration() : state_(std::make_unique<State>()) {}
Configuration::Configuration(Configuration&&) noexcept = default;
Configuration::~Configuration() = default;

Configuration Configuration::load(const std::string& path, std::map<std::string, std::string> instead) {
  Configuration configuration;
  State& state = *configuration.state_;
  state.instead = std::move(instead);
  const std::string file = fs::expand_home(path);
  state.document.add(state.read(file), file);
  if (state.document.find(global_section) == nullptr)
    throw Error(Errc::config, "No section: 'barman'", fmt::format("{} must begin with a [barman] section", file));
  state.main_values = values_of(state.barman());
  state.global = read_global(state.barman(), path);
  return configuration;
}

void Configuration::load_includes() {
  State& state = *state_;
  if (const Text& directory = state.global.configuration_files_directory)
    state.include_directory(fs::expand_home(*directory));
  if (!state.global.barman_home.empty()) {
    const std::string automatic = state.global.barman_home + "/.barman.auto.conf";
    if (state.instead.contains(automatic) || fs::exists(automatic)) state.include(automatic, base_name(automatic));
  }
  std::vector<Warning> found;
  validate_global(state.barman(), found);
  state.tell(found);
}

void Configuration::State::include_directory(const std::string& directory) {
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

std::string Configuration::State::read(const std::string& path) const {
  const auto found = instead.find(path);
  return found == instead.end() ? fs::read_file(path) : found->second;
}

void Configuration::State::include(const std::string& path, std::string_view shown) {
  log::debug(logger, "Including configuration file: {}", shown);
  const std::vector<std::string> sections = document.add(read(path), path);
  if (std::ranges::find(sections, global_section) != sections.end() && values_of(barman()) != main_values)
    throw Error(Errc::config,
                fmt::format("FATAL: the configuration file {} contains a not empty [barman] section", shown),
                fmt::format("options of [barman] belong into {}", global.file));
}

void Configuration::State::tell(const std::vector<Warning>& list) {
  for (const Warning& warning : list) {
    warnings.push_back(warning.text);
    warning_places.push_back(warning.place);
  }
}

void Configuration::State::parse() {
  if (parsed) return;
  parsed = true;
  std::vector<Warning> found;
  try {
    parse_sections(found);
  } catch (const Error&) {
    tell(found);
    throw;
  }
  tell(found);
}

void Configuration::State::parse_sections(std::vector<Warning>& found) {
  std::deque<Draft> drafts;
  const SectionOptions barman_options(barman());
  for (const IniSection& section : document.sections()) {
    if (section.name == global_section) continue;
    if (section.name == reserved_name)
      throw Error(Errc::config, "FATAL: the reserved word 'all' is not allowed as server name.Please rename it.",
                  fmt::format("rename the section: {}", section.place.text()));
    if (const auto problem = section_name_problem(section.name))
      throw Error(Errc::config,
                  fmt::format("FATAL: the section name {} {}, and is not allowed as server name.",
                              python_repr(section.name), *problem),
                  fmt::format("rename the section: {}", section.place.text()));
    const SectionOptions own(section);
    if (is_model(section)) {
      models.emplace(section.name, read_model(own, found));
      continue;
    }
    ServerConfig& server = servers[section.name];
    server.name = section.name;
    order.push_back(section.name);
    read_server(drafts.emplace_back(server), own, barman_options, global.barman_home, found);
  }
  conflicts = find_path_conflicts(servers);
  for (Draft& draft : drafts) {
    apply_active_model(draft);
    finish_server(draft);
  }
}

void Configuration::State::apply_active_model(Draft& draft) {
  ServerConfig& server = draft.server;
  std::optional<std::string> content;
  try {
    content = fs::read_file_if_exists(server.backup_directory + "/.active-model.auto");
  } catch (const Error& error) {  // which model it is cannot be known: nothing is done with this server
    server.errors.emplace_back(error.what());
    return;
  }
  const std::string name(content ? trim(*content) : std::string_view());
  if (name.empty()) return;
  const auto model = models.find(name);
  if (model == models.end()) {
    server.errors.push_back(fmt::format(
        "Model '{}' is set as the active model for the server '{}' but the model does not exist.", name, server.name));
  } else if (model->second.cluster != server.cluster) {
    errors.push_back(
        fmt::format("Model '{}' has 'cluster={}', which is not compatible with 'cluster={}' from server '{}'", name,
                    model->second.cluster, server.cluster.empty() ? "None" : server.cluster, server.name));
  } else {
    log::debug(logger, "Applying model '{}' to server '{}'", name, server.name);
    apply_model(draft, model->second);
  }
}

const GlobalConfig& Configuration::global() const { return state_->global; }
const IniDocument& Configuration::document() const { return state_->document; }
const std::vector<std::string>& Configuration::warnings() const { return state_->warnings; }
const std::vector<std::string>& Configuration::warning_places() const { return state_->warning_places; }

const std::map<std::string, ServerConfig>& Configuration::servers() const {
  state_->parse();
  return state_->servers;
}

const std::map<std::string, Model>& Configuration::models() const {
  state_->parse();
  return state_->models;
}

const std::vector<std::string>& Configuration::server_order() const {
  state_->parse();
  return state_->order;
}

const std::vector<std::string>& Configuration::conflicts() const {
  state_->parse();
  return state_->conflicts;
}

const std::vector<std::string>& Configuration::errors() const {
  state_->parse();
  return state_->errors;
}

const ServerConfig* Configuration::find_server(std::string_view name) const {
  const auto found = servers().find(std::string(name));
  return found == servers().end() ? nullptr : &found->second;
}

}  // namespace barman::config
