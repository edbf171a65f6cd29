#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/config/ini_document.h"
#include "barman/config/server_config.h"

namespace barman::config {

struct Draft;

// The [barman] section, needed before anything else (user, log, lock directory). config.md section 5.
struct GlobalConfig {
  std::string file;  // path as given; what children get after -c
  std::string barman_home;
  std::string barman_user = "barman";
  std::string barman_lock_directory;  // default barman_home
  bool lock_directory_cleanup = true;
  std::string config_changes_queue;
  Text configuration_files_directory;
  Text log_file;  // unset: standard error
  Text log_format;
  std::string log_level = "INFO";
  std::map<std::string, std::string> options;  // every option of [barman] as written, quotes kept
  std::map<std::string, std::string> sources;  // file of each of them
};

struct Model {
  std::string name;
  std::string cluster;
  std::map<std::string, std::string> options;  // as written, without model
  std::map<std::string, OptionValue, std::less<>>
      values;  // what it sets, parsed; retention and bandwidth options stay text
};
// Hidden where the option holds a secret.
OptionValue as_shown(const std::string& option, OptionValue value);
// The options that Barman knows and a model may set, null where it does not, and "model" itself; as shown.
std::map<std::string, OptionValue> describe(const Model& model, const GlobalConfig& global);

// Search order: `explicit_path` (-c), BARMAN_CONFIG_FILE, the default places. Throws Error(config) with Barman's text
// when there is none.
std::string find_configuration_file(std::string_view explicit_path);

// What a configuration file says that is ignored, and where: FILE:LINE, or "".
struct Warning {
  std::string text;
  std::string place;
};

// A configuration is read in three steps, each of which needs the one before: the main file for [barman], which says
// where the log is; then the included files, which the log hears about; then the servers, for those who need them.
//
// Failures are Error(config): Barman's message (it may have several lines), and
// FILE:LINE with an advice as hint.

class MainFile {
 public:
  // Files named in `instead` are not read: they are taken to hold that text, to see what a change would lead to.
  static MainFile read(const std::string& path, std::map<std::string, std::string> instead = {});
  const GlobalConfig& global() const { return global_; }

 private:
  friend class ConfigurationFiles;
  MainFile() = default;
  GlobalConfig global_;
  IniDocument document_;
  std::map<std::string, std::string> instead_;
};

class ConfigurationFiles {
 public:
  // Reads configuration_files_directory and .barman.auto.conf, validates [barman].
  explicit ConfigurationFiles(MainFile main);

  const GlobalConfig& global() const { return main_.global_; }
  const IniDocument& document() const { return main_.document_; }
  const std::vector<Warning>& warnings() const { return warnings_; }  // about [barman]

 private:
  void include(const std::string& path, std::string_view shown);
  void include_directory(const std::string& directory);
  MainFile main_;
  std::map<std::string, std::string> barman_options_;  // of the main file
  std::vector<Warning> warnings_;
};

// Everything configured.
class Configuration {
 public:
  explicit Configuration(std::shared_ptr<const ConfigurationFiles> files);
  // All three steps.
  static Configuration read(const std::string& path, std::map<std::string, std::string> instead = {});

  const GlobalConfig& global() const { return files_->global(); }
  const IniDocument& document() const { return files_->document(); }

  // Servers by name, models excluded, in name order.
  const std::map<std::string, ServerConfig>& servers() const { return servers_; }
  const std::map<std::string, Model>& models() const { return models_; }
  const ServerConfig* find_server(std::string_view name) const;  // nullptr: unknown
  // Names in the order of the configuration files.
  const std::vector<std::string>& server_order() const { return order_; }

  // For WARNING lines, in Barman's order, those about [barman] first.
  const std::vector<Warning>& warnings() const { return warnings_; }
  // Clashes between servers, for ERROR lines; every command that touches a server then ends with 1.
  const std::vector<std::string>& conflicts() const { return conflicts_; }
  // Errors that make the exit code 1 without stopping (a model of another cluster).
  const std::vector<std::string>& errors() const { return errors_; }

 private:
  void apply_active_model(Draft& draft);
  std::shared_ptr<const ConfigurationFiles> files_;
  std::map<std::string, ServerConfig> servers_;
  std::map<std::string, Model> models_;
  std::vector<std::string> order_, conflicts_, errors_;
  std::vector<Warning> warnings_;
};

// Which files were read, and what they lack, when no server is configured: for a warning.
std::string explain_no_servers(const Configuration& configuration);

}  // namespace barman::config
