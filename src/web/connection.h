#pragma once
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "barman/web/listener.h"
#include "barman/web/message.h"

namespace barman::web {

using Deadline = std::chrono::steady_clock::time_point;

// One request of a client that is connected to `fd`, which does not block. What is wrong with it is a refusal;
// std::nullopt: there is none to be answered, for the client has gone, or a signal arrived.
struct Arrived {
  Request request;
  std::optional<Refusal> refusal{};
};
std::optional<Arrived> receive(int fd, const Limits& limits);

// False when not all of it was taken in time. A signal leaves two seconds.
bool send(int fd, std::string_view text, Deadline until);

// Reads what the client still sends, for a moment: bytes that nobody has read would reset the connection, and the
// answer with it.
void drain(int fd);

}  // namespace barman::web
