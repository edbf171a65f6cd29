#pragma once
#include <map>
#include <string>
#include <string_view>

namespace barman::postgres {

// A libpq connection string as Barman splits it: blank-separated key=value items (config.md section 7), or a
// URI. Throws Error(config) with Barman's text for anything else.
std::map<std::string, std::string> parse_conninfo(std::string_view text);
// Items sorted by key, joined with blanks, values quoted as libpq needs.
std::string to_conninfo(const std::map<std::string, std::string>& items);
// The items for a replication connection: plus dbname=replication options=-cdatestyle=iso replication=true.
std::string replication_conninfo(std::string_view text);

}  // namespace barman::postgres
