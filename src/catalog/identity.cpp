#include "barman/catalog/identity.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "barman/core/error.h"
#include "barman/core/json_depth.h"
#include "barman/fs/file.h"

namespace barman::catalog {
namespace {

std::string path_of(const std::string& backup_directory) { return backup_directory + "/identity.json"; }

// Barman writes both as strings; a number is read too.
std::string text_of(const nlohmann::json& document, const char* key) {
  const auto found = document.find(key);
  if (found == document.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

}  // namespace

std::optional<Identity> read_identity(const std::string& backup_directory) {
  const std::string path = path_of(backup_directory);
  const auto text = fs::read_file_if_exists(path, 64 * 1024);
  if (!text) return std::nullopt;
  const nlohmann::json document = nlohmann::json::parse(*text, nullptr, false);
  if (!document.is_object() || json_depth(*text) > deepest_json)
    throw Error(Errc::corrupt, fmt::format("{} is not a JSON object", path),
                "move the file away; the next backup writes a new one");
  return Identity{text_of(document, "systemid"), text_of(document, "version")};
}

void write_identity_if_absent(const std::string& backup_directory, const Identity& identity) {
  const std::string path = path_of(backup_directory);
  if (fs::exists(path)) return;
  const auto quoted = [](const std::string& text) { return nlohmann::json(text).dump(); };
  fs::make_directories(backup_directory);
  fs::replace_file(path, fmt::format("{{\n    \"systemid\": {},\n    \"version\": {}\n}}\n", quoted(identity.systemid),
                                     quoted(identity.major_version)));
}

}  // namespace barman::catalog
