#include "barman/restore/configuration_edit.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "barman/core/text.h"

namespace barman::restore {

namespace {

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

}  // namespace

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

}  // namespace barman::restore
