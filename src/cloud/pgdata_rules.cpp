#include "pgdata_rules.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "barman/basebackup/facts.h"
#include "barman/core/text.h"

namespace barman::cloud {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What PostgreSQL makes anew, or what would harm a restored cluster; wherever it is.
constexpr std::array<std::string_view, 8> transient_names = {
    "postgresql.auto.conf.tmp", "current_logfiles.tmp", "pg_internal.init", "postmaster.pid",
    "postmaster.opts",          "recovery.conf",        "standby.signal",   "global/pg_control",
};
constexpr std::string_view temporary_files = "pgsql_tmp";

// At the top of PGDATA.
constexpr std::array<std::string_view, 11> emptied_directories = {
    "log",         "pg_log",    "pg_wal",      "pg_xlog",      "pg_dynshmem", "pg_notify",
    "pg_replslot", "pg_serial", "pg_stat_tmp", "pg_snapshots", "pg_subtrans"};

std::size_t digits(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

// "t3_16384", with the suffix of a fork and of a further file; PostgreSQL looks at names in the same way.
bool is_temporary_relation(std::string_view name) {
  if (!name.starts_with('t')) return false;
  name.remove_prefix(1);
  const std::size_t backend = digits(name);
  if (backend == 0 || backend == name.size() || name[backend] != '_') return false;
  name.remove_prefix(backend + 1);
  const std::size_t relation = digits(name);
  if (relation == 0) return false;
  name.remove_prefix(relation);
  for (const std::string_view fork : {"_fsm", "_vm", "_init", "_main"})
    if (name.starts_with(fork)) name.remove_prefix(fork.size());
  return name.empty() || (name.starts_with('.') && name.size() > 1 && digits(name.substr(1)) == name.size() - 1);
}

// Relations lie in a directory that is named by the number of their database.
bool is_in_database(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view parent = base_name(path.substr(0, slash));
  return !parent.empty() && is_digit(parent.front());
}

}  // namespace

TreeRules data_rules(const catalog::BackupInfo& info) {
  TreeRules rules;
  if (!info.tablespaces) return rules;
  for (const catalog::Tablespace& tablespace : *info.tablespaces) {
    rules.left_out.insert(fmt::format("pg_tblspc/{}", tablespace.oid));
    const std::string inside = info.pgdata.value_or("") + "/";
    if (tablespace.location.starts_with(inside)) rules.left_out.insert(tablespace.location.substr(inside.size()));
  }
  return rules;
}

TreeRules tablespace_rules(const catalog::BackupInfo& info) {
  return {.version_directory = fmt::format("PG_{}_", basebackup::major_version_text(info)), .left_out = {}};
}

Keep judge(const TreeRules& rules, std::string_view path, bool is_directory) {
  const bool at_top = path.find('/') == std::string_view::npos;
  const std::string_view name = base_name(path);
  if (!rules.version_directory.empty() && at_top && !path.starts_with(rules.version_directory)) return Keep::nothing;
  if (rules.left_out.contains(path)) return Keep::nothing;
  if (name.starts_with(temporary_files)) return Keep::nothing;
  if (is_temporary_relation(name) && is_in_database(path)) return Keep::nothing;
  for (const std::string_view transient : transient_names)
    if (name == transient || path == transient) return Keep::nothing;
  const bool emptied = is_directory && at_top && rules.version_directory.empty() &&
                       std::ranges::find(emptied_directories, path) != emptied_directories.end();
  return emptied ? Keep::empty : Keep::whole;
}

}  // namespace barman::cloud
