#pragma once
#include <cstdlib>
#include <string>
#include <string_view>

namespace barman::cli {

// " (SSH host: 192.0.2.1)" when this command was started over ssh, for messages that tell who asked; else empty.
inline std::string ssh_client_note() {
  const char* connection = std::getenv("SSH_CONNECTION");
  if (connection == nullptr || *connection == '\0') return {};
  const std::string_view text(connection);
  return " (SSH host: " + std::string(text.substr(0, text.find(' '))) + ")";
}

}  // namespace barman::cli
