#pragma once
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "barman/exec/command.h"
#include "libssh_api.h"
#include "stream_sink.h"

namespace barman::exec {

class ChannelOwner {
 public:
  ChannelOwner(const LibsshApi& api, ssh_session session) : api_(api), channel_(api.channel_new_(session)) {}
  ChannelOwner(const ChannelOwner&) = delete;
  ChannelOwner& operator=(const ChannelOwner&) = delete;
  ~ChannelOwner() {
    if (channel_ != nullptr) api_.channel_free_(channel_);
  }
  explicit operator bool() const { return channel_ != nullptr; }
  ssh_channel get() const { return channel_; }

 private:
  const LibsshApi& api_;
  ssh_channel channel_;
};

// Feeds, drains and watches one remote command until its channel is closed: the counterpart of the local runner's pump.
// To be made before the command is requested, so that nothing that arrives is missed.
class ChannelPump {
 public:
  ChannelPump(const LibsshApi& api, ssh_session session, int socket, ssh_channel channel, const Command& command);
  ChannelPump(const ChannelPump&) = delete;
  ChannelPump& operator=(const ChannelPump&) = delete;
  ~ChannelPump();
  Outcome run();

 private:
  using Clock = std::chrono::steady_clock;

  void register_callbacks();
  int take(std::string_view bytes, bool error_stream);
  void heard_something();
  void deliver(std::string_view bytes);
  bool enforce_limits();
  void stop_remote(const char* signal_name, std::chrono::milliseconds grace);
  bool feed();
  void fill_from_input_fd();
  void handle_packets();
  void wait();
  Outcome finish();
  void complain(const std::string& text);

  const LibsshApi& api_;
  ssh_session session_;
  int socket_;
  ssh_channel channel_;
  ssh_event event_;
  const Command& command_;
  StreamSink out_, err_;
  ssh_channel_callbacks_struct callbacks_{};
  std::exception_ptr thrown_;  // by a callback of the command: must not pass through libssh
  std::optional<int> exit_status_;
  std::string exit_signal_;
  bool closed_ = false;
  bool lost_ = false;
  std::string local_failure_;
  std::string input_;  // not yet sent
  std::size_t sent_ = 0;
  bool input_ended_ = false;
  bool input_closed_ = false;
  Outcome outcome_;
  int passed_on_ = 0;
  std::optional<Clock::time_point> deadline_, silent_at_, give_up_at_;
};

}  // namespace barman::exec
