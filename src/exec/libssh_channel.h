#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

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
class ChannelPump {
 public:
  ChannelPump(const LibsshApi& api, ssh_session session, int socket, ssh_channel channel, const Command& command);
  ChannelPump(const ChannelPump&) = delete;
  ChannelPump& operator=(const ChannelPump&) = delete;
  ~ChannelPump();
  Outcome run();

 private:
  using Clock = std::chrono::steady_clock;

  bool enforce_limits();
  void stop_remote(const char* signal_name, std::chrono::milliseconds grace);
  bool drain(bool error_stream);
  bool deliver(std::string_view bytes);
  bool feed();
  void fill_from_input_fd();
  void wait();
  Outcome finish();

  const LibsshApi& api_;
  ssh_session session_;
  int socket_;
  ssh_channel channel_;
  const Command& command_;
  StreamSink out_, err_;
  std::vector<char> buffer_;
  ssh_channel_callbacks_struct callbacks_{};
  std::string exit_signal_;
  std::string input_;  // not yet sent
  std::size_t sent_ = 0;
  bool input_ended_ = false;
  bool input_closed_ = false;
  bool lost_ = false;
  std::string local_failure_;
  Outcome outcome_;
  int passed_on_ = 0;
  std::optional<Clock::time_point> deadline_, give_up_at_;
};

}  // namespace barman::exec
