#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "server_builder.h"

namespace barman::config {

// What follows from the options of one server: late values, forced settings, messages that disable it (config.md 8.8).

namespace {

void log_warning(ServerConfig& server, std::string text) { server.log_lines.push_back({false, std::move(text)}); }

void set_bandwidth(Draft& draft) {
  ServerConfig& server = draft.server;
  if (!draft.bandwidth_limit) return;
  server.bandwidth_limit = parse_python_int(*draft.bandwidth_limit);
  if (!server.bandwidth_limit)
    log_warning(server, fmt::format("Invalid bandwidth_limit \"{}\" for server \"{}\" (fallback to \"0\")",
                                    *draft.bandwidth_limit, server.name));
}

void set_tablespace_bandwidth(Draft& draft) {
  ServerConfig& server = draft.server;
  if (!draft.tablespace_bandwidth_limit) return;
  for (const std::string& rule : split_whitespace(*draft.tablespace_bandwidth_limit)) {
    const std::size_t colon = rule.find(':');
    const auto limit = colon == std::string::npos ? std::nullopt : parse_python_int(rule.substr(colon + 1));
    if (!limit)
      log_warning(server, fmt::format("Invalid tablespace_bandwidth_limit rule '{}'", rule));
    else if (limit != server.bandwidth_limit)
      server.tablespace_bandwidth_limit.insert_or_assign(rule.substr(0, colon), *limit);
  }
}

void set_minimum_redundancy(Draft& draft) {
  ServerConfig& server = draft.server;
  if (!draft.minimum_redundancy) return;
  const auto count = parse_python_int(*draft.minimum_redundancy);
  if (count && *count >= 0) {
    server.minimum_redundancy = *count;
    return;
  }
  log_warning(server, fmt::format("{} minimum_redundancy \"{}\" for server \"{}\" (fallback to \"0\")",
                                  count ? "Negative value of" : "Invalid", *draft.minimum_redundancy, server.name));
}

void set_retention(Draft& draft) {
  ServerConfig& server = draft.server;
  if (draft.retention_policy_mode != "auto")
    log_warning(server, fmt::format("Unsupported retention_policy_mode \"{}\" for server \"{}\" (fallback to \"auto\")",
                                    draft.retention_policy_mode.value_or("None"), server.name));
  server.retention_policy_text = draft.retention_policy;
  server.wal_retention_policy = draft.wal_retention_policy.value_or("");
  if (!draft.retention_policy) return;
  if (server.wal_retention_policy != "main") {
    log_warning(server,
                fmt::format("Unsupported wal_retention_policy value \"{}\" for server \"{}\" (fallback to \"main\")",
                            draft.wal_retention_policy.value_or("None"), server.name));
    server.wal_retention_policy = "main";
  }
  server.retention_policy = parse_retention_policy(*draft.retention_policy);
  if (server.retention_policy)
    server.wal_retention_policy = "MAIN";
  else
    server.log_lines.push_back({true, fmt::format("Invalid retention_policy setting \"{}\" for server \"{}\"",
                                                  *draft.retention_policy, server.name)});
}

void set_retention_calendar(Draft& draft) {
  ServerConfig& server = draft.server;
  server.retention_calendar_text = draft.retention_calendar;
  if (!draft.retention_calendar) return;
  server.retention_calendar = parse_retention_calendar(*draft.retention_calendar);
  if (!server.retention_calendar)
    server.log_lines.push_back(
        {true, fmt::format("Invalid retention_calendar setting \"{}\" for server \"{}\": no backup is removed by the "
                           "retention policy (write it as 7 days, 4 weeks, 12 months, 3 years)",
                           *draft.retention_calendar, server.name)});
  else if (!server.retention_policy)
    log_warning(server, fmt::format("retention_calendar of server \"{}\" keeps nothing without a retention_policy, "
                                    "which removes backups",
                                    server.name));
}

void set_copy_retention(Draft& draft) {
  ServerConfig& server = draft.server;
  server.cloud_copy_retention_policy_text =
      draft.cloud_copy_retention_policy ? *draft.cloud_copy_retention_policy : server.retention_policy_text;
  if (server.cloud_copy_retention_policy_text)
    server.cloud_copy_retention_policy = parse_retention_policy(*server.cloud_copy_retention_policy_text);
}

// Barman splits at blanks and wants a '=' in every item; libpq accepts a URI, so we do, too.
bool is_connection_string(std::string_view text) {
  if (text.starts_with("postgresql://") || text.starts_with("postgres://")) return true;
  const auto items = split_whitespace(text);
  return std::ranges::all_of(items, [](const std::string& item) { return item.find('=') != std::string::npos; });
}

std::optional<std::string> connection_fault(const Text& conninfo, std::string_view option, const std::string& server) {
  if (!conninfo) return fmt::format("Missing '{}' parameter for server '{}'", option, server);
  if (is_connection_string(*conninfo)) return std::nullopt;
  return fmt::format("Cannot connect to postgres: \"{}\" is not a valid connection string", *conninfo);
}

void check_connections(ServerConfig& server) {
  auto fault = connection_fault(server.conninfo, "conninfo", server.name);
  if (!fault && server.primary_conninfo)
    fault = connection_fault(server.primary_conninfo, "primary_conninfo", server.name);
  if (fault) server.faults.push_back({"PostgreSQL connection: " + *fault, Fault::Kind::connection});
  if (!server.streams()) return;
  fault = connection_fault(server.streaming_conninfo, "streaming_conninfo", server.name);
  if (fault) server.faults.push_back({"Streaming connection: " + *fault, Fault::Kind::streaming_connection});
}

bool is_command(const Text& command) { return command && !split_whitespace(*command).empty(); }

std::vector<std::string_view> options_not_supported(const Draft& draft) {
  const ServerConfig& server = draft.server;
  const bool snapshot = server.backup_method == BackupMethod::snapshot;
  std::vector<std::string_view> names;
  if (server.by_rsync() || snapshot)
    if (server.backup_compression) names.push_back("backup_compression");
  if (snapshot && draft.bandwidth_limit) names.push_back("bandwidth_limit");
  if (snapshot && server.network_compression) names.push_back("network_compression");
  if (snapshot || server.by_pg_basebackup()) {
    if (draft.tablespace_bandwidth_limit) names.push_back("tablespace_bandwidth_limit");
    if (server.reuse_backup && *server.reuse_backup != ReuseBackup::off) names.push_back("reuse_backup");
  }
  if (server.by_pg_basebackup() && server.network_compression) names.push_back("network_compression");
  return names;
}

// A method that does not come to life says so and nothing else.
bool has_usable_ssh_command(ServerConfig& server) {
  const BackupMethod method = server.backup_method;
  if (method == BackupMethod::local_rsync && server.ssh_command)
    server.faults.push_back({fmt::format(
        "Local copy requires ssh_command in barman configuration to be empty for server {}", server.name)});
  else if ((method == BackupMethod::rsync || method == BackupMethod::snapshot) && !is_command(server.ssh_command))
    server.faults.push_back(
        {fmt::format("Missing or invalid ssh_command in barman configuration for server {}", server.name)});
  else
    return true;
  return false;
}

void check_method(const Draft& draft, ServerConfig& server) {
  // Both rsync methods call themselves rsync here.
  const std::string_view shown =
      server.backup_method == BackupMethod::local_rsync ? "rsync" : to_string(server.backup_method);
  for (const std::string_view option : options_not_supported(draft))
    server.faults.push_back({fmt::format("{} option is not supported by {} backup_method", option, shown)});
  if (server.backup_method != BackupMethod::snapshot) return;
  for (const char* option : {"snapshot_disks", "snapshot_instance", "snapshot_provider"})
    if (!server.unsupported.contains(option))
      server.faults.push_back({fmt::format("{} option is required by snapshot backup_method", option)});
}

// Nothing here may take a bucket for a directory.
void refuse_unsupported(ServerConfig& server) {
  if (server.backup_method == BackupMethod::snapshot)
    server.faults.push_back({fmt::format(
        "backup_method '{}' is not supported by this version (use rsync, local-rsync, postgres or local-to-cloud), "
        "server {}",
        to_string(server.backup_method), server.name)});
  if (server.passive() && server.keeps_backups_in_store())
    server.faults.push_back({fmt::format(
        "basebackups_directory={}: a passive node copies backups to its own disk, and not to cloud storage, server {}",
        server.basebackups_directory, server.name)});
  if (server.keeps_wal_in_store() && server.passive())
    server.faults.push_back(
        {fmt::format("wals_directory={}: a passive node cannot keep its WAL in cloud storage, server {}",
                     server.wals_directory, server.name)});
}

void choose_backup_strategy(ServerConfig& server) {
  std::set<std::string>& options = server.backup_options;
  if (server.by_pg_basebackup()) {
    if (options.erase("exclusive_backup") > 0)
      server.warnings.emplace_back(
          "'exclusive_backup' is not a valid backup_option using postgres backup_method. "
          "Overriding with 'concurrent_backup'.");
  } else if (server.backup_method == BackupMethod::local_to_cloud || options.contains("exclusive_backup") ||
             options.contains("concurrent_backup")) {
    return;
  } else {
    server.warnings.push_back(
        fmt::format("No backup strategy set for server '{}' (using default 'concurrent_backup').", server.name));
  }
  options.insert("concurrent_backup");
}

void choose_archivers(ServerConfig& server) {
  if (!server.archiver && !server.streaming_archiver) {
    server.warnings.push_back(fmt::format(
        "No archiver enabled for server '{}'. Please turn on 'archiver', 'streaming_archiver' or both", server.name));
    server.warnings.emplace_back("Forcing 'archiver = on'");
    server.archiver = true;
  }
  if (server.streaming_archiver && !server.archiver && (!server.streaming_conninfo || !server.slot_name))
    server.faults.push_back(
        {"Streaming-only archiver requires 'streaming_conninfo' and 'slot_name' options to be properly configured"});
}

}  // namespace

void finish_server(Draft& draft) {
  ServerConfig& server = draft.server;
  set_bandwidth(draft);
  set_tablespace_bandwidth(draft);
  set_minimum_redundancy(draft);
  set_retention(draft);
  set_retention_calendar(draft);
  set_copy_retention(draft);
  if (draft.disabled_by_model)
    server.faults.push_back(
        {fmt::format("Model '{}' disables the server '{}'.", server.active_model.value_or(""), server.name)});
  if (server.passive()) {
    if (!is_command(server.primary_ssh_command))
      server.faults.push_back(
          {fmt::format("Invalid primary_ssh_command in barman configuration for server {}", server.name)});
  } else if (server.active) {
    check_connections(server);
    if (has_usable_ssh_command(server)) {
      check_method(draft, server);
      choose_backup_strategy(server);
    }
    choose_archivers(server);
  }
  refuse_unsupported(server);
  if (server.encryption && server.encryption != "gpg")
    server.faults.push_back(
        {fmt::format("Invalid encryption value '{}' for server '{}'. Allowed values are: none, gpg.",
                     *server.encryption, server.name)});
}

namespace {

struct Label {
  const char* name;
  std::string ServerConfig::*path;
};
constexpr auto labels = std::to_array<Label>({{"backup_directory", &ServerConfig::backup_directory},
                                              {"basebackups_directory", &ServerConfig::basebackups_directory},
                                              {"errors_directory", &ServerConfig::errors_directory},
                                              {"incoming_wals_directory", &ServerConfig::incoming_wals_directory},
                                              {"streaming_wals_directory", &ServerConfig::streaming_wals_directory},
                                              {"wals_directory", &ServerConfig::wals_directory}});

// real_path() that looks at every parent directory once, however many paths share it, and at nothing below a missing
// one.
class PathResolver {
 public:
  std::string resolve(const std::string& path) { return find(path).real; }

 private:
  struct Found {
    std::string real;
    bool exists = true;
  };

  const Found& directory(const std::string& path) {
    const auto known = directories_.find(path);
    if (known != directories_.end()) return known->second;
    Found found = find(path);  // fills directories_ on its way
    return directories_.emplace(path, std::move(found)).first->second;
  }

  Found find(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string_view name = std::string_view(path).substr(slash + 1);  // npos + 1 is 0
    if (!path.starts_with('/') || slash == 0 || name.empty() || name == "." || name == "..")
      return {fs::real_path(path), true};
    const Found& parent = directory(path.substr(0, slash));
    std::string real = parent.real;
    if (!real.ends_with('/')) real += '/';
    real += name;
    struct ::stat info {};
    if (!parent.exists || ::lstat(real.c_str(), &info) != 0) return {std::move(real), false};
    if (S_ISLNK(info.st_mode)) return {fs::real_path(path), true};
    return {std::move(real), true};
  }

  std::unordered_map<std::string, Found> directories_;
};

struct Owner {
  const ServerConfig* server;
  const char* label;
};

}  // namespace

std::vector<std::string> find_path_conflicts(std::map<std::string, ServerConfig>& servers) {
  std::vector<std::string> conflicts;
  std::unordered_map<std::string, Owner> owners;
  PathResolver resolver;
  for (auto& [name, server] : servers) {
    for (const Label& label : labels) {
      const std::string& path = server.*label.path;
      if (is_store_url(path)) continue;
      const std::string real = resolver.resolve(path);
      const auto [owner, free] = owners.try_emplace(real, Owner{&server, label.name});
      if (free) continue;
      const std::string link = path == real ? "" : fmt::format(" (symlink to: {})", real);
      const auto& [other, other_label] = owner->second;
      if (other == &server)
        server.faults.push_back({fmt::format("Conflicting path: {}={}{} conflicts with '{}' for server '{}'",
                                             label.name, path, link, other_label, name)});
      else
        conflicts.push_back(fmt::format("Conflicting path: {}={}{} for server '{}' conflicts with '{}' for server '{}'",
                                        label.name, path, link, name, other_label, other->name));
    }
  }
  return conflicts;
}

}  // namespace barman::config
