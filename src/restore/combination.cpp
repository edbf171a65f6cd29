#include "barman/restore/combination.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "barman/core/error.h"
#include "barman/core/text.h"

namespace barman::restore {

namespace {

using enum CombineMode;
constexpr std::array<std::pair<CombineMode, std::string_view>, 4> modes = {
    {{copy, "copy"}, {link, "link"}, {clone, "clone"}, {copy_file_range, "copy-file-range"}}};
constexpr int first_with_link = 18;
constexpr std::string_view other_file_system =
    "'link' mode is not supported with files across different file systems. Falling back to 'copy' mode.";

// An '=' would end the first half of a mapping.
std::string mapping_part(std::string_view path) { return replace_all(path, "=", "\\="); }

}  // namespace

std::string_view to_string(CombineMode mode) {
  return std::ranges::find(modes, mode, &decltype(modes)::value_type::first)->second;
}

CombineMode parse_combine_mode(std::string_view word) {
  const auto found = std::ranges::find(modes, word, &decltype(modes)::value_type::second);
  if (found == modes.end()) throw Error(Errc::config, fmt::format("'{}' is not a way to combine backups", word));
  return found->first;
}

const exec::PgTool& choose_tool(const std::vector<exec::PgTool>& found, const catalog::BackupInfo& leaf,
                                std::string_view where) {
  const int wanted = leaf.major_version();
  if (found.empty())
    throw Error(Errc::not_found, "pg_combinebackup could not be found on the target server",
                fmt::format("looked for in PATH, /usr/lib/postgresql/*/bin and /usr/pgsql-*/bin of {}: install the "
                            "client programs of PostgreSQL {} there (Debian: package postgresql-client-{}); nothing "
                            "has been written",
                            where, wanted, wanted));
  const auto fitting = std::ranges::find(found, wanted, &exec::PgTool::major);
  if (fitting == found.end())
    throw Error(Errc::refused,
                fmt::format("Postgres version mismatch: The backup '{}' was taken from Postgres version '{}', but "
                            "pg_combinebackup version is '{}'. To restore successfully is necessary to use "
                            "pg_combinebackup with the same version used when the backup was taken ({}).",
                            leaf.backup_id, wanted, found.front().major(), wanted),
                fmt::format("'{}' of {} was found; nothing has been written", found.front().path, where));
  return *fitting;
}

ModeChoice choose_mode(CombineMode asked, const ModeFacts& facts) {
  // As Barman does; to another file system no file can be linked.
  if (facts.downloaded && facts.client_major >= first_with_link && facts.one_file_system) return {link, {}};
  if (asked != link) return {asked, {}};
  if (facts.downloaded && facts.client_major >= first_with_link) return {copy, {std::string(other_file_system)}};
  if (!facts.target_is_remote)
    return {copy,
            {"'link' mode is not supported for local restore. Falling back to 'copy' mode to prevent modification of "
             "original backup files through hard-links."}};
  if (facts.client_major < first_with_link)
    return {copy, {"'link' mode is not supported on Postgres 17 or older. Falling back to 'copy' mode."}};
  if (!facts.one_file_system) return {copy, {std::string(other_file_system)}};
  if (!facts.reads_catalogue) return {link, {}};
  return {
      link,
      {"CAUTION: Using 'link' mode with a local staging area. Files in the staging path may be hard-linked to files "
       "from your Barman backup catalog. Modifying these files, by any means, can lead to permanent backup(s) "
       "corruption."}};
}

std::vector<std::string> combine_argv(const Combination& combination, const std::string& output,
                                      const std::vector<Mapping>& mappings, const std::vector<std::string>& inputs) {
  std::vector<std::string> argv = {combination.tool.path, "--output=" + output};
  for (const Mapping& mapping : mappings)
    argv.push_back(fmt::format("--tablespace-mapping={}={}", mapping_part(mapping.from), mapping_part(mapping.to)));
  argv.push_back(fmt::format("--{}", to_string(combination.mode)));
  argv.insert(argv.end(), inputs.begin(), inputs.end());
  return argv;
}

}  // namespace barman::restore
