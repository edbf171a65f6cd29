// The text of barman.conf: sections, interpolation, options, servers and models; and one option set in it, as
// config-update does.
#include "barman/config/configuration.h"

#include <fmt/core.h>

#include <memory>

#include "barman/config/change.h"
#include "barman/config/edit.h"
#include "barman/config/ini_document.h"
#include "fuzz.h"

namespace barman::fuzz {
namespace {

const std::string file = "/nonexistent/barman.conf";

void read_everything(std::string_view text) {
  config::MainFile main = config::MainFile::read(file, {{file, std::string(text)}});
  const config::GlobalConfig global = main.global();
  if (global.configuration_files_directory || global.barman_home.empty()) return;  // nothing of this machine is read
  const config::Configuration configuration(std::make_shared<const config::ConfigurationFiles>(std::move(main)));
  const auto& servers = configuration.servers();
  require(configuration.server_order().size() == servers.size(), "each server has its place");
  for (const config::Warning& warning : configuration.warnings())
    require(warning.place.starts_with(file), "a warning has its place", warning.text);
  for (const auto& [name, server] : servers) {
    require(server.name == name && configuration.find_server(name) == &server, "a server is found by its name", name);
    config::describe(server);
  }
  for (const auto& [name, model] : configuration.models()) config::describe(model, global);
}

// Every option of `before` but the changed one is as it was. ([DEFAULT] may give a new section more of them, and
// those that refer to it change with it.)
void require_unchanged(const config::IniDocument& before, const config::IniDocument& after, std::string_view section,
                       std::string_view changed) {
  for (const config::IniSection& at : before.sections())
    for (const config::IniOption& option : at.options) {
      if (at.name == section && option.name == "description") continue;
      const config::IniSection* same = after.find(at.name);
      const config::IniOption* now = same == nullptr ? nullptr : same->find(option.name);
      require(now != nullptr && now->value == option.value, "no other option changes", changed);
    }
}

void set_one(std::string_view text, const std::string& section) {
  config::IniDocument before, after;
  before.add(text, file);
  // A new section takes what [DEFAULT] gives, which may be invalid: the update refuses that, and so does this.
  if (before.find(section) == nullptr) config::IniDocument().add(fmt::format("{}\n[{}]\n", text, section), file);
  const std::string changed = config::set_option(text, section, "description", "told by a program");
  require(accepts([&] { after.add(changed, file); }), "a changed file can be read", changed);
  const config::IniSection* found = after.find(section);
  const config::IniOption* option = found == nullptr ? nullptr : found->find("description");
  require(option != nullptr && option->value == "told by a program", "an option has the value it was given", changed);
  if (text.find("%(") == std::string_view::npos) require_unchanged(before, after, section, changed);
}

}  // namespace

void one_input(std::string_view bytes) {
  try {
    read_everything(bytes);
    for (const std::string section : {"main", "new"}) accepts([&] { set_one(bytes, section); });
  } catch (const Error& error) {
    if (error.code() == Errc::config) require_place(error, file);
  }
}

}  // namespace barman::fuzz
