#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/store/object_store.h"

// What words on the command line of barman-cloud-backup mean (docs/reference/cloud.md, section 3).
namespace barman::cloud::cli {

// "100GB": letters without an i are powers of 1024, with one of 1000, as the reference has them. nullopt: no size.
std::optional<std::uint64_t> parse_size(std::string_view text);

// "K,V"; nullopt: not one that all stores take.
std::optional<std::pair<std::string, std::string>> parse_tag(std::string_view text);
// A row of CSV with two fields, as --tags has them. Throws Failure(usage) "Invalid tag format: TEXT".
std::pair<std::string, std::string> parse_csv_tag(const std::string& text);
// Throws Error(usage) for more than ten, or for two of one key.
void require_distinct(const store::Tags& tags);

// The text of a usage error; nullopt: a backup may have that name.
std::optional<std::string> problem_of_name(const std::string& name);

// How PostgreSQL is to be reached: `dbname` may be a whole connection string, then the others do not count.
struct ConnectionWords {
  std::string host, port, user, dbname = "postgres";
};
std::string conninfo_of(const ConnectionWords& words);

// "NAME:LOCATION"; nullopt: no rule.
std::optional<std::pair<std::string, std::string>> parse_relocation(std::string_view text);

}  // namespace barman::cloud::cli
