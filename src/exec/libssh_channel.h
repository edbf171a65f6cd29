#pragma once
#include <libssh/libssh.h>
// After libssh.h, which it needs.
#include <libssh/callbacks.h>

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "barman/exec/command.h"
#include "stream_sink.h"

namespace barman::exec {

// The functions of libssh that we call, found in the shared library when the first connection is wanted. Names without
// the ssh_ prefix.
struct LibsshApi {
// clang-format off
#define BARMAN_LIBSSH_FUNCTIONS(X)                                                                      \
  X(new) X(free) X(options_set) X(connect) X(disconnect) X(is_connected) X(set_blocking) X(get_error)   \
  X(get_poll_flags) X(session_is_known_server) X(userauth_none) X(userauth_agent) X(userauth_publickey) \
  X(pki_import_privkey_file) X(key_free) X(channel_new) X(channel_free) X(channel_open_session)         \
  X(channel_request_exec) X(channel_request_send_signal) X(channel_write) X(channel_send_eof)           \
  X(channel_close) X(channel_is_closed) X(event_new) X(event_add_session) X(event_remove_session)       \
  X(event_dopoll) X(event_free) X(set_channel_callbacks) X(remove_channel_callbacks)
// clang-format on
#define BARMAN_LIBSSH_MEMBER(name) decltype(&::ssh_##name) name##_ = nullptr;
  BARMAN_LIBSSH_FUNCTIONS(BARMAN_LIBSSH_MEMBER)
#undef BARMAN_LIBSSH_MEMBER
};

// nullptr when the library is missing or too old.
const LibsshApi* libssh_api();

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
