#include "session.h"

#include <fmt/core.h>

#include <algorithm>
#include <new>

#include "barman/config/configuration.h"
#include "barman/core/did_you_mean.h"
#include "barman/core/log.h"
#include "barman/core/text.h"

namespace barman::cli {

Error internal_error(const std::exception& error) {
  if (dynamic_cast<const Interrupted*>(&error) != nullptr) return {Errc::io, error.what()};
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr)
    return {Errc::io, "not enough memory", "see what else fills it, and the limits of this user (ulimit -a)"};
  return {Errc::io, fmt::format("internal error: {}", error.what()), "please report this with the log file"};
}

Session::Session(config::MainFile main, output::Writer& writer) : main_(std::move(main)), writer_(writer) {}

void Session::load_configuration() {
  files_ = std::make_shared<const config::ConfigurationFiles>(std::move(main_));
  report_warnings(files_->warnings());
}

const config::Configuration& Session::configuration() {
  if (!configuration_) configuration_.emplace(files_);
  return *configuration_;
}

void Session::report_warnings(const std::vector<config::Warning>& warnings) {
  const Burst burst(writer_);
  for (; told_warnings_ < warnings.size(); ++told_warnings_) {
    const auto& [text, place] = warnings[told_warnings_];
    writer_.warning(text);
    // The text is part of the interface; where the option is written is for the reader of the log.
    if (!place.empty()) log::info("barman.config", "{}: {}", place, text);
  }
}

void Session::report_warnings(const config::ServerConfig& server) {
  for (const config::ServerConfig::LogLine& line : server.log_lines)
    log::write(line.error ? log::Level::error : log::Level::warning, "barman.server", line.text);
  for (const std::string& text : server.warnings) writer_.warning(text);
}

bool Session::load_servers(bool conflicts_stop) {
  if (loaded_) return true;
  loaded_ = true;
  report_warnings(configuration().warnings());
  for (const std::string& text : configuration_->errors()) writer_.error(text);
  if (!conflicts_stop || configuration_->conflicts().empty()) return true;
  for (const std::string& text : configuration_->conflicts()) writer_.error(text);
  return false;
}

std::vector<const config::ServerConfig*> Session::select(const std::vector<std::string>& names,
                                                         const ServerPolicy& policy) {
  if (!load_servers()) return {};
  const bool all = std::ranges::find(names, "all") != names.end();
  if (all) advise_when_empty();
  if (all && std::ranges::any_of(names, [](const std::string& name) { return name != "all"; }))
    writer_.error("You cannot use 'all' with other server names");

  std::vector<const config::ServerConfig*> wanted;
  if (all) {
    for (const std::string& name : configuration_->server_order()) wanted.push_back(configuration_->find_server(name));
  } else {
    std::vector<std::string> sorted = names;
    std::ranges::sort(sorted);
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    for (const std::string& name : sorted) {
      if (const config::ServerConfig* server = configuration_->find_server(name))
        wanted.push_back(server);
      else
        report_unknown(name);
    }
  }
  for (const config::ServerConfig* server : wanted) report_warnings(*server);
  std::erase_if(wanted, [&](const config::ServerConfig* server) { return !admit(*server, policy); });
  std::ranges::sort(wanted, {}, &config::ServerConfig::name);
  several_ = wanted.size() > 1;
  return wanted;
}

void Session::report_unknown(const std::string& server) {
  const std::vector<std::string>& known = configuration_->server_order();
  const auto close = did_you_mean(server, known);
  std::string hint = close ? fmt::format("did you mean '{}'?", *close) : std::string();
  if (known.empty()) hint = config::explain_no_servers(*configuration_);
  report(Error(Errc::not_found, fmt::format("Unknown server '{}'", server), hint));
}

void Session::advise_when_empty() {
  if (configuration().servers().empty()) writer_.advise(config::explain_no_servers(*configuration_));
}

const config::ServerConfig* Session::select_one(const std::string& name, const ServerPolicy& policy) {
  if (!load_servers()) return nullptr;
  if (name == "all") {
    writer_.error("You cannot use 'all' in a single server context");
    return nullptr;
  }
  const config::ServerConfig* server = configuration_->find_server(name);
  if (server == nullptr) {
    report_unknown(name);
    return nullptr;
  }
  report_warnings(*server);
  return admit(*server, policy) ? server : nullptr;
}

bool Session::admit(const config::ServerConfig& server, const ServerPolicy& policy) {
  if (!server.active && policy.inactive == Inactive::skip) {
    writer_.info(fmt::format("Skipping inactive server '{}'", server.name));
    return false;
  }
  if (!server.active && policy.inactive == Inactive::refuse) {
    writer_.error(fmt::format("Inactive server: {}", server.name));
    return false;
  }
  if (server.disabled() && policy.disabled == Disabled::refuse) {
    writer_.error(server.faults.front().text);
    return false;
  }
  if (server.passive() && policy.passive == Passive::skip) {
    writer_.info(fmt::format("Skipping passive server '{}'", server.name));
    return false;
  }
  return true;
}

void Session::for_each_server(const std::vector<std::string>& names, const ServerPolicy& policy, const Work& work) {
  for (const config::ServerConfig* server : select(names, policy)) attempt(*server, [&] { work(*server); });
}

bool Session::attempt(const config::ServerConfig& server, const std::function<void()>& work) {
  try {
    work();
    return true;
  } catch (const Error& error) {
    report(server, error);
  } catch (const Interrupted&) {
    throw;
  } catch (const std::exception& error) {
    report(server, internal_error(error));
  }
  return false;
}

// What the system or a file is to blame for was noticed where no server is known.
void Session::report(const config::ServerConfig& server, const Error& error) {
  const bool nameless = error.code() == Errc::io || error.code() == Errc::corrupt;
  if (!several_ || !nameless) return report(error);
  report(Error(error.code(), fmt::format("server '{}': {}", server.name, error.what()), error.hint()));
}

void Session::report(const Error& error) {
  if (error.is_fatal()) {
    log::write(log::Level::critical, "barman.config", error.what());
    writer_.fatal("FATAL: " + with_hint(error));
    return;
  }
  writer_.error(with_hint(error));
}

}  // namespace barman::cli
