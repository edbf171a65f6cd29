#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/config/server_config.h"

namespace barman::config {

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
// All options a model may set, null where it does not, and "model" itself.
std::map<std::string, OptionValue> describe(const Model& model, const GlobalConfig& global);

// Search order: `explicit_path` (-c), BARMAN_CONFIG_FILE, the default places. Throws Error(config) with the reference's
// text when there is none.
std::string find_configuration_file(std::string_view explicit_path);

// The configuration files as text: sections and options with the file and line they came from.
class IniDocument;

// Everything configured. Loading the global part reads one file; servers() parses the rest on first use (by one
// thread).
//
// Failures are Error(config): the reference's message (it may begin with "FATAL: " and have several lines), and
// FILE:LINE with an advice as hint.
class Configuration {
 public:
  // Reads the main file only. Throws Error(config), message with file and line. Files named in `instead` are not read:
  // they are taken to hold that text, to see what a change would lead to.
  static Configuration load(const std::string& path, std::map<std::string, std::string> instead = {});
  Configuration(Configuration&&) noexcept;
  ~Configuration();

  const GlobalConfig& global() const;
  // Reads configuration_files_directory and .barman.auto.conf, validates [barman]. Call once, after the log is open.
  void load_includes();

  // Servers by name, models excluded, in name order. The first call parses every section.
  const std::map<std::string, ServerConfig>& servers() const;
  const std::map<std::string, Model>& models() const;
  const ServerConfig* find_server(std::string_view name) const;  // nullptr: unknown
  // Names in the order of the configuration files.
  const std::vector<std::string>& server_order() const;

  // Filled by load_includes() and servers(): texts for WARNING lines, in the reference's order, and global conflicts
  // (ERROR lines; every command that touches a server then ends with 1).
  const std::vector<std::string>& warnings() const;
  // FILE:LINE of each of them, "" where there is none.
  const std::vector<std::string>& warning_places() const;
  const std::vector<std::string>& conflicts() const;
  // Errors that make the exit code 1 without stopping (a model of another cluster).
  const std::vector<std::string>& errors() const;

  const IniDocument& document() const;

 private:
  Configuration();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace barman::config
