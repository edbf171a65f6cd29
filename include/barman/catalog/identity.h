#pragma once
#include <optional>
#include <string>

namespace barman::catalog {

// identity.json: which cluster this server directory belongs to (formats.md section 11). Written once, never rewritten.
struct Identity {
  std::string systemid;
  std::string major_version;  // "15", "9.6"
};

std::optional<Identity> read_identity(const std::string& backup_directory);
void write_identity_if_absent(const std::string& backup_directory, const Identity& identity);

}  // namespace barman::catalog
