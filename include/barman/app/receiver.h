#pragma once
#include <string>

#include "barman/app/server.h"

// The receive-wal that runs in the background for a server with streaming_archiver.
namespace barman::app {

// Starts it, as a systemd unit where there is one, and says so. Does nothing while one runs.
void start_receiver(Server& server, bool keep_descriptors = false);

// Stops the one that runs, if any, after the announcement (if not empty).
void stop_receiver(Server& server, const std::string& announcement = {});

// After the configuration has changed: stops it, and starts it again if an active server wants one.
void restart_receiver(Server& server);

}  // namespace barman::app
