#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace barman::exec {

// What `ssh -G` says the ssh program would do for our words, as far as libssh needs to know.
struct SshSettings {
  std::string host;  // after HostName
  std::string user;
  int port = 22;
  std::string address_family = "any";   // any, inet, inet6
  std::vector<std::string> identities;  // existing private key files
  bool use_agent = true;
  std::string user_known_hosts;  // empty: none exists
  std::string global_known_hosts;
  std::string host_key_algorithms, key_exchanges, ciphers, macs, public_key_algorithms;  // comma lists
  int connect_timeout = 0;                                                               // seconds, 0: none
  int alive_interval = 0;  // seconds without a sign of life before asking, 0: never
  int alive_count = 3;
};

struct SshVerdict {
  std::optional<SshSettings> settings;  // nullopt: only the ssh program will do
  std::string reason;                   // why
};

// Pure: `output` is what ssh -G printed, `exists` answers for files, `home` replaces a leading ~. Anything that libssh
// would not do the way ssh does makes it the program's business.
SshVerdict judge_ssh_config(std::string_view output, const std::function<bool(const std::string&)>& exists,
                            const std::string& home);

}  // namespace barman::exec
