#include "barman/app/config_changes.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/app/processes.h"
#include "barman/app/server_facts.h"
#include "barman/config/change.h"
#include "barman/config/edit.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"
#include "barman/server/server_context.h"

namespace barman::app {
namespace {

std::string active_model_file(const config::ServerConfig& server) {
  return server.backup_directory + "/.active-model.auto";
}

using config::Configuration;
using config::SectionChange;

constexpr std::string_view lock_busy = "another process is updating barman configuration files";

std::string automatic_file(const config::GlobalConfig& global) { return global.barman_home + "/.barman.auto.conf"; }

Configuration load_whole(const config::GlobalConfig& global, config::FileTexts instead = {}) {
  return Configuration::read(global.file, std::move(instead));
}

// The changes that wait, on disk all the time: one is taken off when the files that it changes are durable.
class Queue {
 public:
  Queue(const Configuration& configuration, Notifier& notifier)
      : configuration_(configuration), path_(configuration.global().config_changes_queue), notifier_(notifier) {
    const auto text = fs::read_file_if_exists(path_);
    if (!text) {
      save();  // as Barman leaves it
      return;
    }
    try {
      changes_ = config::parse_change_queue(*text);
    } catch (const Error& error) {
      set_aside(*text, error);
    }
  }

  void add(std::vector<SectionChange> changes) {
    std::ranges::move(changes, std::back_inserter(changes_));
    save();
  }

  // The sections changed, in order; stops at the first change that cannot be made, which stays.
  std::vector<std::string> apply() {
    std::vector<std::string> sections;
    while (!changes_.empty()) {
      try {
        apply(changes_.front());
      } catch (const Error& error) {
        notifier_.error(fmt::format("Unable to process a set of changes. Exiting.\nDETAILS: {}", error.what()));
        break;
      }
      sections.push_back(changes_.front().section);
      changes_.erase(changes_.begin());
      save();
    }
    return sections;
  }

 private:
  void save() const { fs::replace_file(path_, config::serialize_change_queue(changes_)); }

  void set_aside(const std::string& text, const Error& error) const {
    const std::string hint =
        trim(text).empty() ? "" : fmt::format("\nHINT: {}; it is kept as {}.malformed", error.what(), path_);
    notifier_.warning(fmt::format("Malformed or empty configuration change queue: {}{}", path_, hint));
    if (!hint.empty()) fs::rename_file(path_, path_ + ".malformed");
    save();
  }

  void apply(const SectionChange& change) {
    for (const auto& [file, text] : config::edited_files({change}, automatic_file(configuration_.global())))
      config::write_configuration_file(file, text);
    for (const config::OptionChange& option : change.options) {
      const auto old = config::written_value(configuration_, change.section, option.key);
      notifier_.info(
          fmt::format("Changing value of option '{}' for section '{}' from '{}' to '{}' through config-update.",
                      option.key, change.section, old.value_or("None"), option.value));
    }
  }

  const Configuration& configuration_;
  std::string path_;
  Notifier& notifier_;
  std::vector<SectionChange> changes_;
};

// nullopt: a request is invalid, which has been reported.
std::optional<std::vector<SectionChange>> plan(const std::vector<config::ChangeRequest>& requests,
                                               const Configuration& configuration, Notifier& notifier) {
  std::vector<SectionChange> changes;
  for (const config::ChangeRequest& request : requests) {
    if (const auto problem = config::problem_of(request, configuration)) {
      notifier.error(*problem);
      notifier.error(fmt::format("Aborting config\u2010update: invalid section {}", request.shown));
      return std::nullopt;
    }
    changes.push_back(config::plan_change(request, configuration));
  }
  return changes;
}

// A change must not leave a configuration behind that no command can read any more.
void require_sound_result(const std::vector<SectionChange>& changes, const config::GlobalConfig& global) {
  try {
    const Configuration result = load_whole(global, config::edited_files(changes, automatic_file(global)));
    for (const SectionChange& change : changes) {
      if (!result.find_server(change.section) && !result.models().contains(change.section) && !change.options.empty())
        throw Error(Errc::config, fmt::format("'{}' cannot be the name of a section", change.section));
    }
  } catch (const Error& error) {
    if (error.code() != Errc::config) throw;
    throw Error(Errc::config,
                fmt::format("The configuration could not be used after this change: {}{}",
                            error.is_fatal() ? "FATAL: " : "", error.what()),
                "nothing was changed; correct the value");
  }
}

void restart_receivers(const std::vector<std::string>& sections, const Configuration& before, Notifier& notifier) {
  if (sections.empty()) return;
  const Configuration now = load_whole(before.global());
  std::vector<std::string> done;
  for (const std::string& name : sections) {
    const config::ServerConfig* config = now.find_server(name);
    if (config == nullptr || std::ranges::find(done, name) != done.end()) continue;
    done.push_back(name);
    const config::ServerConfig* old = before.find_server(name);
    if (!config->active && old != nullptr && !old->active)
      notifier.info(fmt::format("Skipping inactive server '{}'", name));
    ServerContext server(now.global(), *config, notifier);
    restart_receiver(server);
  }
}

}  // namespace

report::ModelSwitch describe_switch(const config::ServerConfig& server, const config::Model& model) {
  report::ModelSwitch result{server.name, model.name, server.active_model == model.name, {}};
  if (result.already_active) return result;
  const auto now = describe(server);
  for (const auto& [option, set] : model.values) {
    const config::OptionValue value = config::as_shown(option, set);
    const auto current = now.find(option);
    if (option == "cluster" || current == now.end() || value.value == current->second.value ||
        std::holds_alternative<std::nullptr_t>(value.value))
      continue;
    result.changes.push_back({option, to_fact(option, current->second), to_fact(option, value)});
  }
  return result;
}

report::ModelSwitch switch_model(const config::Configuration& configuration, const config::ServerConfig& server,
                                 const std::string& model) {
  const auto found = configuration.models().find(model);
  if (found == configuration.models().end()) throw Error(Errc::not_found, fmt::format("Unknown model '{}'", model));
  if (found->second.cluster != server.cluster)
    throw Error(
        Errc::refused,
        fmt::format("Model '{}' has 'cluster={}', which is not compatible with 'cluster={}' from server '{}'", model,
                    found->second.cluster, server.cluster.empty() ? "None" : server.cluster, server.name));
  report::ModelSwitch result = describe_switch(server, found->second);
  if (result.already_active) return result;
  fs::make_directories(server.backup_directory);
  fs::replace_file(active_model_file(server), model);
  return result;
}

void reset_model(const config::ServerConfig& server) { fs::remove_durably(active_model_file(server)); }

void restart_receiver_as_configured(const config::GlobalConfig& global, const std::string& name, Notifier& notifier) {
  const auto configuration = config::Configuration::read(global.file);
  const config::ServerConfig* config = configuration.find_server(name);
  if (config == nullptr) return;
  ServerContext server(configuration.global(), *config, notifier);
  restart_receiver(server);
}

void update_configuration(const Configuration& configuration, std::string_view json, Notifier& notifier) {
  const std::vector<config::ChangeRequest> requests = config::parse_change_requests(json);
  const config::GlobalConfig& global = configuration.global();
  std::vector<std::string> changed;
  {
    const auto lock = fs::LockFile::try_acquire(fs::config_update_lock(global.barman_lock_directory));
    if (!lock) throw Error(Errc::lock_busy, std::string(lock_busy), "try again when it has finished");
    const Configuration current = load_whole(global);  // as it is under the lock
    auto changes = plan(requests, current, notifier);
    if (!changes) return;
    require_sound_result(*changes, global);
    Queue queue(current, notifier);
    queue.add(std::move(*changes));
    changed = queue.apply();
  }
  restart_receivers(changed, configuration, notifier);
}

void apply_queued_changes(const Configuration& configuration, Notifier& notifier) {
  try {
    const auto lock = fs::LockFile::try_acquire(fs::config_update_lock(configuration.global().barman_lock_directory));
    if (!lock) {
      notifier.warning(lock_busy);
      return;
    }
    Queue(configuration, notifier).apply();
  } catch (const Error& error) {
    notifier.error(with_hint(error));
  }
}

}  // namespace barman::app
