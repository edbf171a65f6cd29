#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace barman::clients {

// What one key in authorized_keys may do.
struct GateRules {
  std::vector<std::string> servers;  // at least one
  std::string config;                // configuration file of every command; empty: barman's own choice
  std::string only;                  // "put-wal" or "get-wal"; empty: both
};

// Arguments of barman for a command that came through ssh, put together anew from what was understood of it: the words
// of barman-wal-archive and barman-wal-restore, ours and Barman's, for a server of `rules`. Nothing is expanded and no
// shell will see it. Throws Error(refused), with the reason, for everything else.
std::vector<std::string> admit(const GateRules& rules, std::string_view command);

// A foreign text as one line of bounded length, for messages.
std::string shown(std::string_view text);

}  // namespace barman::clients
