#pragma once
#include <chrono>
#include <optional>

#include "barman/app/server.h"

namespace barman::app {

struct SwitchRequest {
  bool force = false;
  bool archive = false;
  std::chrono::seconds archive_timeout{30};  // 0: none
};

// `switch-wal` of one server: closes the segment and, on request, waits until it is archived.
void switch_wal(Server& server, const SwitchRequest& request);

struct ReceiveRequest {
  enum class Action { stream, create_slot, drop_slot, reset } action = Action::stream;
  bool if_not_exists = false;
};

// `receive-wal`: the signal that ended the streaming, or 0.
int receive_wal(Server& server, const ReceiveRequest& request);

}  // namespace barman::app
