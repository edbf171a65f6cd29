#include "barman/catalog/manifest_head.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "barman/core/numbers.h"
#include "barman/fs/file.h"

namespace barman::catalog {
namespace {

// The digits that follow a key in JSON; empty: none do.
std::string_view number_after(std::string_view key, std::string_view text) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + key.size());
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text.substr(0, text.find_first_not_of("0123456789"));
}

}  // namespace

std::optional<ManifestHead> read_manifest_head(const std::string& path) {
  std::array<char, 512> buffer{};
  const UniqueFd fd = fs::open_file(path, O_RDONLY);
  const std::string_view head(buffer.data(), fs::read_some(fd.get(), buffer, path));
  const auto version = parse_decimal(number_after("\"PostgreSQL-Backup-Manifest-Version\":", head));
  if (!head.starts_with('{') || !version) return std::nullopt;
  const std::string_view identifier = number_after("\"System-Identifier\":", head);
  return ManifestHead{*version, identifier.empty() ? std::nullopt : std::optional<std::string>(identifier)};
}

}  // namespace barman::catalog
