#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/xlogdb.h"
#include "barman/config/server_config.h"
#include "barman/core/error.h"
#include "barman/exec/command.h"

// Hook scripts (formats.md section 13): shell text from the configuration, run by /bin/sh before and after an operation
// with BARMAN_* variables. Four per operation: pre_X_script, pre_X_retry_script, post_X_retry_script, post_X_script.
namespace barman::hooks {

enum class Operation { backup, archive, remove, recovery, wal_delete };
std::string_view to_string(Operation operation);  // as in option names: "backup", "archive", "delete", ...

// Name and value, without those that every hook gets (BARMAN_VERSION, _SERVER, _CONFIGURATION, _HOOK, _PHASE, _RETRY).
using Variables = std::vector<std::pair<std::string, std::string>>;

// backup and delete. `info` may already be gone from the catalogue (post_delete).
Variables backup_variables(const catalog::BackupCatalog& catalog, const catalog::BackupInfo& info);

// archive and wal_delete. `path`: the file the hook is about. `error`: why the operation failed; the plain post
// archive script never gets it.
Variables wal_variables(const std::string& path, const catalog::WalEntry& entry, const std::string& error = {});

// recovery: those of backup_variables and the request. Options that are false, 0 or empty are left out.
using RecoveryOption = std::variant<bool, std::int64_t, std::string>;
struct RecoveryFacts {
  std::string destination_directory;
  std::map<std::string, std::string> tablespaces{};  // name to new location
  std::optional<std::string> remote_command{};
  std::map<std::string, RecoveryOption> options{};
};
Variables recovery_variables(const catalog::BackupCatalog& catalog, const catalog::BackupInfo& info,
                             const RecoveryFacts& facts);

// A pre_X_retry_script asked to stop (exit status 63): "Abort 'pre_X_retry_script' retry hook script (TEXT, exit code:
// 63)".
class Aborted : public Error {
 public:
  Aborted(const std::string& option, const std::string& script);
  const std::string& option() const { return option_; }  // "pre_archive_retry_script"

 private:
  std::string option_;
};

class Hooks {
 public:
  // `configuration_file`: for BARMAN_CONFIGURATION. `sleep`: waits that many seconds between two attempts of a retry
  // script (3; 60 after every sixth failure) and throws when a signal arrives; the default does.
  Hooks(const config::ServerConfig& config, std::string configuration_file, exec::Runner& runner,
        std::function<void(int)> sleep = {});

  bool configured(Operation operation) const;  // any of its four scripts

  // The plain script's failure is logged and changes nothing. The retry script runs until it exits with 0, 62
  // (continue) or 63 (throws Aborted).
  void run_pre(Operation operation, const Variables& variables) const;
  // Nothing a post script does stops anything: 63 is logged and ignored.
  void run_post(Operation operation, const Variables& variables) const;

 private:
  struct Call;
  const std::string* script(const std::string& option) const;
  int run_once(const Call& call) const;
  int run_until_answered(const Call& call) const;

  const config::ServerConfig& config_;
  std::string configuration_file_;
  exec::Runner& runner_;
  std::function<void(int)> sleep_;
};

}  // namespace barman::hooks
