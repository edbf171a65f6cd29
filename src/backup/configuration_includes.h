#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace barman::backup {

enum class ConfigurationKind { settings, authentication };  // postgresql.conf; pg_hba.conf and pg_ident.conf

// What a configuration file of PostgreSQL takes in, as absolute paths. The server tells of those only that say
// something; one that holds nothing but comments, or further includes, is needed as well: without it nothing starts.
struct ConfigurationIncludes {
  std::vector<std::string> files;        // include, include_if_exists; @file in pg_hba.conf
  std::vector<std::string> directories;  // include_dir
};

// `path`: of the file, where relative names begin. What PostgreSQL would not understand is passed over.
ConfigurationIncludes includes_of(std::string_view text, std::string_view path, ConfigurationKind kind);

}  // namespace barman::backup
