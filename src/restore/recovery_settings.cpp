#include "barman/restore/recovery_settings.h"

#include <fmt/core.h>

#include "barman/core/text.h"
#include "barman/exec/shell.h"

namespace barman::restore {

namespace {

// PostgreSQL reads '' as ' and takes a backslash for the start of an escape.
std::string setting(std::string_view key, std::string_view value) {
  return fmt::format("{} = '{}'", key, replace_all(replace_all(value, "\\", "\\\\"), "'", "''"));
}

// A word of a command that PostgreSQL hands to a shell, after it has replaced %f and the like; ordinary ones stay as
// the reference writes them.
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

void add_restore_command(std::vector<std::string>& lines, const RecoverySettingsInput& in) {
  if (in.get_wal && in.restore_command) {
    lines.push_back(setting("restore_command", *in.restore_command));
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

}  // namespace barman::restore
