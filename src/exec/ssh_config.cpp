#include "ssh_config.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "barman/core/numbers.h"
#include "barman/core/text.h"

namespace barman::exec {
namespace {

// Settings that libssh has no equal for: the program takes over unless the value is one of these (or absent).
struct Requirement {
  std::string_view key;
  std::vector<std::string_view> values;
};

const std::vector<Requirement>& requirements() {
  static const std::vector<Requirement> table = {
      {"proxycommand", {"none"}},
      {"proxyjump", {"none"}},
      {"proxyusefdpass", {"no", "false"}},
      {"controlmaster", {"no", "false"}},
      {"controlpath", {"none"}},
      {"hostkeyalias", {}},
      {"knownhostscommand", {"none"}},
      {"revokedhostkeys", {"none"}},
      {"certificatefile", {}},
      {"pkcs11provider", {"none"}},
      {"identityagent", {"none", "SSH_AUTH_SOCK"}},
      {"bindaddress", {}},
      {"bindinterface", {}},
      {"addressfamily", {"any", "inet", "inet6"}},
      {"canonicalizehostname", {"no", "false"}},
      {"checkhostip", {"no", "false"}},
      {"compression", {"no", "false"}},
      {"forwardagent", {"no", "false"}},
      {"forwardx11", {"no", "false"}},
      {"localforward", {}},
      {"remoteforward", {}},
      {"dynamicforward", {}},
      {"localcommand", {"none"}},
      {"remotecommand", {"none"}},
      {"requesttty", {"no", "false", "auto"}},
      {"sessiontype", {"default"}},
      {"stdinnull", {"no", "false"}},
      {"forkafterauthentication", {"no", "false"}},
      {"setenv", {}},
      {"tunnel", {"no", "false"}},
      {"pubkeyauthentication", {"yes", "true", "unbound", "host-bound"}},
  };
  return table;
}

class Judge {
 public:
  Judge(std::string_view output, const std::function<bool(const std::string&)>& exists, const std::string& home)
      : exists_(exists), home_(home) {
    for (const std::string& line : split_lines(output)) {
      const std::size_t blank = line.find(' ');
      if (blank != std::string::npos)
        values_[to_lower(line.substr(0, blank))].emplace_back(trim(std::string_view(line).substr(blank)));
    }
  }

  SshVerdict verdict() {
    check_requirements();
    fill_in_target();
    fill_in_identities();
    settings_.user_known_hosts = known_hosts("userknownhostsfile");
    settings_.global_known_hosts = known_hosts("globalknownhostsfile");
    settings_.host_key_algorithms = one("hostkeyalgorithms");
    settings_.key_exchanges = one("kexalgorithms");
    settings_.ciphers = one("ciphers");
    settings_.macs = one("macs");
    settings_.public_key_algorithms = one("pubkeyacceptedalgorithms", one("pubkeyacceptedkeytypes"));
    if (reason_.empty()) return {std::move(settings_), {}};
    return {std::nullopt, std::move(reason_)};
  }

 private:
  void object(const std::string& why) {
    if (reason_.empty()) reason_ = why;
  }

  std::string one(const std::string& key, const std::string& fallback = {}) const {
    const auto found = values_.find(key);
    return found == values_.end() ? fallback : found->second.front();
  }

  int number(const std::string& key, int fallback) const {
    const auto value = parse_decimal(one(key));
    return value && *value <= 1'000'000 ? static_cast<int>(*value) : fallback;
  }

  void check_requirements() {
    for (const Requirement& row : requirements()) {
      const auto found = values_.find(std::string(row.key));
      if (found == values_.end()) continue;
      for (const std::string& value : found->second)
        if (std::find(row.values.begin(), row.values.end(), value) == row.values.end())
          object(fmt::format("{} {}", row.key, value));
    }
    const std::string methods = one("preferredauthentications", "publickey");
    if (methods.find("publickey") == std::string::npos) object("preferredauthentications " + methods);
  }

  void fill_in_target() {
    settings_.host = one("hostname");
    settings_.user = one("user");
    settings_.port = number("port", 0);
    if (settings_.host.empty() || settings_.user.empty() || settings_.port < 1 || settings_.port > 65535)
      object("host, user or port unknown");
    settings_.address_family = one("addressfamily", "any");
    settings_.connect_timeout = number("connecttimeout", 0);
    settings_.alive_interval = number("serveraliveinterval", 0);
    settings_.alive_count = number("serveralivecountmax", 3);
  }

  void fill_in_identities() {
    const std::string only = one("identitiesonly", "no");
    settings_.use_agent = one("identityagent") != "none" && (only == "no" || only == "false");
    const auto found = values_.find("identityfile");
    if (found == values_.end()) return;
    for (const std::string& value : found->second) {
      const std::string path = expanded(value);
      if (value == "none" || !exists_(path)) continue;
      if (exists_(path + "-cert.pub")) object("certificate " + path + "-cert.pub");
      settings_.identities.push_back(path);
    }
  }

  // libssh reads one file of each kind.
  std::string known_hosts(const std::string& key) {
    std::vector<std::string> files;
    for (const std::string& word : split_whitespace(one(key))) {
      const std::string path = expanded(word);
      if (word != "none" && exists_(path)) files.push_back(path);
    }
    if (files.size() > 1) object(key + " names several files");
    return files.empty() ? "" : files.front();
  }

  std::string expanded(const std::string& path) {
    if (path.find_first_of("%$\"\\") != std::string::npos) object("expansion in " + path);
    return path.starts_with("~/") ? home_ + path.substr(1) : path;
  }

  const std::function<bool(const std::string&)>& exists_;
  const std::string& home_;
  std::map<std::string, std::vector<std::string>> values_;
  SshSettings settings_;
  std::string reason_;
};

}  // namespace

SshVerdict judge_ssh_config(std::string_view output, const std::function<bool(const std::string&)>& exists,
                            const std::string& home) {
  return Judge(output, exists, home).verdict();
}

}  // namespace barman::exec
