#include "settings.h"

#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>

#include "barman/core/on_exit.h"
#include "recovery_configuration.h"

namespace barman::restore {

namespace {

std::string own_user_name() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry == nullptr ? std::to_string(::geteuid()) : entry->pw_name;
}

std::string canonical_name(const std::string& name, const addrinfo& found) {
  return found.ai_canonname != nullptr ? found.ai_canonname : name;
}

// The name that the address leads back to: the first with a domain among it and its aliases, else the name itself.
std::string name_of_address(const sockaddr& address) {
  const bool v4 = address.sa_family == AF_INET;
  const void* bytes = v4 ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
                         : &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  hostent entry{};
  hostent* result = nullptr;
  int error = 0;
  std::vector<char> buffer(16 * 1024);
  const socklen_t size = v4 ? sizeof(in_addr) : sizeof(in6_addr);
  if (::gethostbyaddr_r(bytes, size, address.sa_family, &entry, buffer.data(), buffer.size(), &result, &error) != 0 ||
      result == nullptr)
    return {};
  std::vector<std::string> names = {result->h_name};
  for (char** alias = result->h_aliases; alias != nullptr && *alias != nullptr; ++alias) names.emplace_back(*alias);
  const auto with_domain =
      std::ranges::find_if(names, [](const auto& each) { return each.find('.') != std::string::npos; });
  return with_domain == names.end() ? names.front() : *with_domain;
}

// The name under which other hosts know this one; never localhost, which would send them to themselves.
std::string own_host_name() {
  std::string name(256, '\0');
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  name.resize(name.find('\0'));
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME;
  addrinfo* found = nullptr;
  if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return name;
  const OnExit release([&] { ::freeaddrinfo(found); });
  const std::string known = name_of_address(*found->ai_addr);
  return known.empty() || known.starts_with("localhost") ? canonical_name(name, *found) : known;
}

}  // namespace

std::vector<std::string> settings_for(const RestoreRequest& request, const catalog::BackupInfo& backup,
                                      const RecoveryTarget& target, const std::string& wal_directory,
                                      const RestoreRun& run) {
  RecoverySettingsInput input;
  input.target = target;
  input.server_version = backup.version.value_or(0);
  input.get_wal = request.get_wal;
  input.standby_mode = request.standby_mode;
  input.remote = run.target_host.is_remote();
  input.server_name = run.server.config().name;
  input.barman_user = run.server.global().barman_user;
  input.local_user = own_user_name();
  if (request.get_wal && input.remote) input.barman_host = own_host_name();
  input.jobs = request.jobs;
  input.restore_command = request.restore_command;
  input.ssh_port = request.recovery_option_port;
  input.wal_directory = wal_directory;
  input.wal_in_store = run.server.config().keeps_wal_in_store();
  return recovery_settings(input);
}

}  // namespace barman::restore
