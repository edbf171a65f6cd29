#include "cluster_configuration.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/text.h"
#include "barman/restore/configuration_edit.h"
#include "barman/restore/recovery_settings.h"

namespace barman::restore {

namespace {

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

void configure_cluster(const RestoreRequest& request, const catalog::BackupInfo& backup,
                       const std::vector<std::string>& settings, bool wants_recovery, const Collaborators& with,
                       report::RestoreReport& report) {
  const std::int64_t version = backup.version.value_or(0);
  fs::Host& host = with.target_host;
  const bool separate = recovery_file(version) == RecoveryFile::recovery_conf;
  report.recovery_file = separate ? "recovery.conf" : request.recovery_conf_filename.value_or("postgresql.auto.conf");
  if (separate && wants_recovery) {
    host.write_file(request.destination + "/recovery.conf", join(settings, "\n") + "\n", private_file);
  } else if (wants_recovery) {
    const std::string signal = request.standby_mode ? "standby.signal" : "recovery.signal";
    host.write_file(fmt::format("{}/{}", request.destination, signal), "", public_file);
  }

  with.notifier.info("Identify dangerous settings in destination directory.");
  for (const std::string& file : files_to_edit(version, report.recovery_file)) {
    const bool carries_settings = !separate && file == report.recovery_file;
    edit_file(request.destination, file, carries_settings, carries_settings ? settings : std::vector<std::string>(),
              host, report);
  }
  for (const char* file : {"pg_hba.conf", "pg_ident.conf"})
    if (!host.exists(fmt::format("{}/{}", request.destination, file))) report.missing_files.emplace_back(file);
}

}  // namespace barman::restore
