#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/config/configuration.h"
#include "barman/core/error.h"
#include "barman/output/writer.h"
#include "barman/server/server_context.h"

namespace barman::cli {

// An exception that nobody foresaw, as it is reported.
Error internal_error(const std::exception& error);

enum class Inactive { accept, skip, refuse };
enum class Disabled { accept, refuse };
enum class Passive { accept, skip };

// Which servers a verb works on (the table of commands.md 1.7).
struct ServerPolicy {
  Inactive inactive = Inactive::accept;
  Disabled disabled = Disabled::accept;
  Passive passive = Passive::accept;
};

// One run of the program: configuration read, writer chosen.
class Session {
 public:
  Session(config::MainFile main, output::Writer& writer);

  // Parses the servers when it is first called, and reports nothing. Throws Error(config).
  const config::Configuration& configuration();
  const config::GlobalConfig& global() const { return files_->global(); }
  output::Writer& writer() { return writer_; }

  // Reads the included files and reports their warnings. Throws Error(config).
  void load_configuration();
  // Parses the servers, reports configuration warnings and global conflicts (once). False: conflicts or fatal, stop
  // with 1. `diagnose` passes conflicts_stop = false.
  bool load_servers(bool conflicts_stop = true);

  // Healthy-looking silence about no servers is what a misspelt configuration_files_directory leads to: a warning.
  void advise_when_empty();

  // Servers named on the command line, in byte order without doubles; "all" is every one. Unknown, skipped and refused
  // ones are reported to the writer and left out.
  std::vector<const config::ServerConfig*> select(const std::vector<std::string>& names, const ServerPolicy& policy);
  // One server, "all" refused. nullptr: reported to the writer, the command ends with the writer's verdict.
  const config::ServerConfig* select_one(const std::string& name, const ServerPolicy& policy);

  ServerContext server(const config::ServerConfig& config) { return {global(), config, writer_}; }

  // Works on each of the servers that select() gives: what goes wrong with one is reported and keeps no other from its
  // turn; only an interruption ends it all.
  using Work = std::function<void(const config::ServerConfig&)>;
  void for_each_server(const std::vector<std::string>& names, const ServerPolicy& policy, const Work& work);
  // One part of the work on one server: false when it has failed, which has been reported with the server's name.
  // Throws what ends it all.
  bool attempt(const config::ServerConfig& server, const std::function<void()>& work);

  // A failure that does not stop the rest: reported as ERROR (with its hint).
  void report(const Error& error);
  // The same of one server, which is named when several are worked on and the message does not do it by itself.
  void report(const config::ServerConfig& server, const Error& error);

 private:
  void report_unknown(const std::string& server);
  void report_warnings(const std::vector<config::Warning>& warnings);  // those not reported yet
  void report_warnings(const config::ServerConfig& server);
  bool admit(const config::ServerConfig& server, const ServerPolicy& policy);
  config::MainFile main_;
  std::shared_ptr<const config::ConfigurationFiles> files_;
  std::optional<config::Configuration> configuration_;
  output::Writer& writer_;
  bool loaded_ = false;
  bool several_ = false;  // servers are worked on
  std::size_t told_warnings_ = 0;
};

}  // namespace barman::cli
