// Configuration files of a PostgreSQL server, which may hold anything: what they include has an absolute path, and
// comes from their text.
#include "configuration_includes.h"

#include "fuzz.h"

namespace barman::fuzz {

void one_input(std::string_view bytes) {
  for (const auto kind : {backup::ConfigurationKind::settings, backup::ConfigurationKind::authentication}) {
    const backup::ConfigurationIncludes includes = backup::includes_of(bytes, "/etc/pg/main.conf", kind);
    std::size_t size = 0;
    for (const auto& paths : {includes.files, includes.directories})
      for (const std::string& path : paths) {
        require(path.starts_with('/'), "a path is absolute", path);
        require(path.size() <= bytes.size() + std::string_view("/etc/pg/").size(), "a path comes from the text", path);
        require(path.find('\n') == std::string::npos, "a path is in one line", path);
        ++size;
      }
    require(size <= bytes.size(), "nothing is included that is not there");
  }
}

}  // namespace barman::fuzz
