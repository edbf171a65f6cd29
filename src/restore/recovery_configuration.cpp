#include "recovery_configuration.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "barman/core/text.h"
#include "barman/exec/shell.h"

namespace barman::restore {

namespace {

// PostgreSQL reads '' as ' and takes a backslash for the start of an escape.
std::string setting(std::string_view key, std::string_view value) {
  return fmt::format("{} = '{}'", key, replace_all(replace_all(value, "\\", "\\\\"), "'", "''"));
}

// A word of a command that PostgreSQL hands to a shell, after it has replaced %f and the like; ordinary ones stay as
// Barman writes them.
std::string for_shell(const std::string& word) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@,=";
  const bool safe = !word.empty() && word.find_first_not_of(plain) == std::string::npos;
  return safe ? word : replace_all(exec::shell_quote(word), "%", "%%");
}

std::string remote_command(const RecoverySettingsInput& in) {
  std::vector<std::string> words = {"barman-wal-restore"};
  if (!in.standby_mode) words.emplace_back("-P");
  words.insert(words.end(), {"-U", for_shell(in.barman_user)});
  if (in.ssh_port) words.insert(words.end(), {"--port", for_shell(*in.ssh_port)});
  const bool like_an_option = in.server_name.starts_with('-');
  std::vector<std::string> jobs;
  if (in.jobs > 1) jobs = {"-p", std::to_string(in.jobs)};
  if (like_an_option) {
    words.insert(words.end(), jobs.begin(), jobs.end());
    words.emplace_back("--");
  }
  words.insert(words.end(), {for_shell(in.barman_host), for_shell(in.server_name), "%f", "%p"});
  if (!like_an_option) words.insert(words.end(), jobs.begin(), jobs.end());
  return join(words, " ");
}

std::string local_command(const RecoverySettingsInput& in) {
  return fmt::format("barman get-wal {} {}{} %f > %p", in.standby_mode ? "" : "-P",
                     in.server_name.starts_with('-') ? "-- " : "", for_shell(in.server_name));
}

// Where PostgreSQL runs, barman has to be, with the configuration of this server.
std::string store_command(const RecoverySettingsInput& in) {
  return fmt::format("barman cloud-wal-restore {}{} %f %p", in.server_name.starts_with('-') ? "-- " : "",
                     for_shell(in.server_name));
}

void add_restore_command(std::vector<std::string>& lines, const RecoverySettingsInput& in) {
  if (in.get_wal && in.restore_command) {
    lines.push_back(setting("restore_command", *in.restore_command));
  } else if (in.get_wal && in.wal_in_store) {
    lines.push_back(setting("restore_command", store_command(in)));
  } else if (in.get_wal && in.remote) {
    lines.emplace_back("# The 'barman-wal-restore' command is provided in the 'barman-cli' package");
    lines.push_back(setting("restore_command", remote_command(in)));
  } else if (in.get_wal) {
    lines.push_back(fmt::format("# The 'barman get-wal' command must run as '{}' user", in.local_user));
    lines.push_back(setting("restore_command", local_command(in)));
  } else if (!in.standby_mode) {
    lines.push_back(setting("restore_command", fmt::format("cp {}/%f %p", for_shell(in.wal_directory))));
    lines.push_back(setting("recovery_end_command", fmt::format("rm -fr {}", for_shell(in.wal_directory))));
  }
}

constexpr std::array<std::string_view, 9> neutralised = {
    "archive_command",           "recovery_target",          "recovery_target_name",
    "recovery_target_time",      "recovery_target_xid",      "recovery_target_lsn",
    "recovery_target_inclusive", "recovery_target_timeline", "recovery_target_action"};

constexpr std::array<std::string_view, 14> dangerous = {
    "data_directory",          "config_file",  "hba_file",    "ident_file",       "external_pid_file",
    "ssl_cert_file",           "ssl_key_file", "ssl_ca_file", "ssl_crl_file",     "unix_socket_directory",
    "unix_socket_directories", "include",      "include_dir", "include_if_exists"};

struct SettingLine {
  std::string_view key;
  std::string_view value;
};

bool blank(char c) { return c == ' ' || c == '\t'; }

// "key = value", "key value": what PostgreSQL's own reader takes, comments aside.
std::optional<SettingLine> parse_setting(std::string_view line) {
  line = trim(line);
  if (line.empty() || line.front() == '#') return std::nullopt;
  std::size_t end = 0;
  while (end < line.size() && !blank(line[end]) && line[end] != '=') ++end;
  const std::string_view key = line.substr(0, end);
  std::string_view value = trim(line.substr(end));
  if (value.starts_with('=')) value = trim(value.substr(1));
  if (key.empty()) return std::nullopt;
  return SettingLine{key, value};
}

// Without quotes, and what follows: a comment.
std::string value_of(std::string_view text) {
  if (!text.starts_with('\'')) return std::string(trim(text.substr(0, text.find_first_of("# \t"))));
  std::string value;
  for (std::size_t at = 1; at < text.size(); ++at) {
    const bool doubled = text[at] == '\'' && at + 1 < text.size() && text[at + 1] == '\'';
    if (text[at] == '\'' && !doubled) break;
    if ((doubled || text[at] == '\\') && at + 1 < text.size()) ++at;
    value += text[at];
  }
  return value;
}

template <std::size_t Size>
bool is_one_of(std::string_view key, const std::array<std::string_view, Size>& names) {
  return std::ranges::find(names, to_lower(key)) != names.end();
}

// Calls visit(line without its end, 0-based number).
template <typename Visit>
void each_line(std::string_view text, Visit visit) {
  std::int64_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    visit(text.substr(0, end), number++);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

constexpr mode_t private_file = 0600;
constexpr mode_t public_file = 0644;

// The files to make safe, in the order in which they are reported.
std::vector<std::string> files_to_edit(std::int64_t version, const std::string& recovery_file) {
  std::vector<std::string> files = {"postgresql.conf"};
  if (version >= 90400) files.emplace_back("postgresql.auto.conf");
  if (version >= 120000 && std::ranges::find(files, recovery_file) == files.end()) files.push_back(recovery_file);
  return files;
}

template <typename Items>
void append(Items& to, Items&& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// `carries_settings`: this is the file for recovery settings, made when there is none.
void edit_file(const std::string& directory, const std::string& file, bool carries_settings,
               const std::vector<std::string>& settings, fs::Host& host, report::RestoreReport& report) {
  const std::string path = fmt::format("{}/{}", directory, file);
  auto text = host.read_file_if_exists(path);
  if (!text) {
    if (!carries_settings || file == "postgresql.auto.conf") report.missing_files.push_back(file);
    if (!carries_settings) return;
    // It begins empty, and that stays behind as any other original does.
    text.emplace();
    host.write_file(path, *text, public_file);
  }
  EditedConfiguration edited = make_safe(file, *text, settings);
  const mode_t mode = host.mode(path).value_or(private_file);
  host.rename(path, path + ".origin");
  host.write_file(path, edited.text, mode);
  append(report.warnings, dangerous_settings(file, edited.text));
  append(report.changes, std::move(edited.changes));
}

}  // namespace

std::vector<std::string> recovery_settings(const RecoverySettingsInput& in) {
  std::vector<std::string> lines;
  add_restore_command(lines, in);
  const RecoveryTarget& target = in.target;
  if (target.time) lines.push_back(setting("recovery_target_time", to_python(*target.time)));
  if (target.xid) lines.push_back(setting("recovery_target_xid", *target.xid));
  if (target.lsn) lines.push_back(setting("recovery_target_lsn", *target.lsn_text));
  if (target.name) lines.push_back(setting("recovery_target_name", *target.name));
  if (target.immediate) lines.push_back(setting("recovery_target", "immediate"));
  if (target.exclusive && (target.xid || target.time || target.lsn))
    lines.push_back(setting("recovery_target_inclusive", "False"));
  if (target.timeline) lines.push_back(fmt::format("recovery_target_timeline = {}", *target.timeline));
  if (target.action) {
    if (in.server_version < 90500)
      lines.push_back(setting("pause_at_recovery_target", "on"));
    else
      lines.push_back(setting("recovery_target_action", to_string(*target.action)));
  }
  if (in.standby_mode && in.server_version < 120000) lines.push_back(setting("standby_mode", "on"));
  return lines;
}

RecoveryFile recovery_file(std::int64_t server_version) {
  return server_version < 120000 ? RecoveryFile::recovery_conf : RecoveryFile::automatic_conf;
}

EditedConfiguration make_safe(std::string_view file, std::string_view text, const std::vector<std::string>& settings) {
  EditedConfiguration result;
  bool keeps_a_line = false;
  each_line(text, [&](std::string_view line, std::int64_t number) {
    const auto found = parse_setting(line);
    if (!found || !is_one_of(found->key, neutralised)) {
      result.text.append(line) += '\n';
      keeps_a_line = true;
      return;
    }
    result.text += fmt::format("#BARMAN#{}\n", line);
    std::optional<std::string> replacement;
    if (to_lower(found->key) == "archive_command") {
      replacement = "false";
      result.text += "archive_command = false\n";
    }
    result.changes.push_back({std::string(file), number, std::string(found->key), replacement});
  });
  const bool complete = text.empty() || text.ends_with('\n');
  if (!complete && settings.empty() && result.text.ends_with('\n')) result.text.pop_back();
  if (!settings.empty()) result.text += (keeps_a_line ? "\n" : "") + join(settings, "\n") + '\n';
  return result;
}

std::vector<ReportedSetting> dangerous_settings(std::string_view file, std::string_view text) {
  std::vector<ReportedSetting> found;
  each_line(text, [&](std::string_view line, std::int64_t number) {
    const auto setting = parse_setting(line);
    if (setting && is_one_of(setting->key, dangerous))
      found.push_back({std::string(file), number, std::string(setting->key), std::string(setting->value)});
  });
  return found;
}

std::optional<std::string> setting_in(std::string_view text, std::string_view key) {
  std::optional<std::string> value;
  each_line(text, [&](std::string_view line, std::int64_t) {
    const auto setting = parse_setting(line);
    if (setting && to_lower(setting->key) == key) value = value_of(setting->value);
  });
  return value;
}

namespace {

// pg_basebackup copies the signal files of a standby, too: the restored cluster would follow that standby's primary,
// whatever was asked for.
void remove_signals_of_the_source(const std::string& destination, fs::Host& host, Notifier& notifier) {
  for (const char* signal : {"standby.signal", "recovery.signal"}) {
    const std::string path = fmt::format("{}/{}", destination, signal);
    if (!host.exists(path)) continue;
    host.remove_file(path);
    notifier.info(fmt::format("Removed '{}' of the server that was backed up from the destination directory.", signal));
  }
}

}  // namespace

void configure_cluster(const RestoreRequest& request, const catalog::BackupInfo& backup,
                       const std::vector<std::string>& settings, bool wants_recovery, const RestoreRun& run,
                       report::RestoreReport& report) {
  const std::int64_t version = backup.version.value_or(0);
  fs::Host& host = run.target_host;
  const bool separate = recovery_file(version) == RecoveryFile::recovery_conf;
  report.recovery_file = separate ? "recovery.conf" : request.recovery_conf_filename.value_or("postgresql.auto.conf");
  if (!separate) remove_signals_of_the_source(request.destination, host, run.server.notifier());
  if (separate && wants_recovery) {
    host.write_file(request.destination + "/recovery.conf", join(settings, "\n") + "\n", private_file);
  } else if (wants_recovery) {
    const std::string signal = request.standby_mode ? "standby.signal" : "recovery.signal";
    host.write_file(fmt::format("{}/{}", request.destination, signal), "", public_file);
  }

  run.server.notifier().info("Identify dangerous settings in destination directory.");
  for (const std::string& file : files_to_edit(version, report.recovery_file)) {
    const bool carries_settings = !separate && file == report.recovery_file;
    edit_file(request.destination, file, carries_settings, carries_settings ? settings : std::vector<std::string>(),
              host, report);
  }
  for (const char* file : {"pg_hba.conf", "pg_ident.conf"})
    if (!host.exists(fmt::format("{}/{}", request.destination, file))) report.missing_files.emplace_back(file);
}

}  // namespace barman::restore
