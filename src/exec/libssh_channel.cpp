#include "libssh_channel.h"

#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "barman/core/error.h"
#include "barman/core/shared_library.h"
#include "barman/core/signals.h"
#include "barman/exec/command.h"

namespace barman::exec {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds deadline_grace{2'000};
constexpr milliseconds interruption_grace{5'000};
constexpr std::size_t chunk = 32 * 1024;
constexpr int ssh_failed = 255;

int signal_number(const std::string& name) {
  for (int number = 1; number < 32; ++number) {
    const char* known = ::sigabbrev_np(number);
    if (known != nullptr && name == known) return number;
  }
  return 0;
}

std::optional<LibsshApi> load() {
  try {
    const SharedLibrary library("libssh.so.4");
    LibsshApi api;
#define BARMAN_LIBSSH_BIND(name) library.bind("ssh_" #name, api.name##_);
    BARMAN_LIBSSH_FUNCTIONS(BARMAN_LIBSSH_BIND)
#undef BARMAN_LIBSSH_BIND
    return api;
  } catch (const Error&) {  // the ssh program does without it
    return std::nullopt;
  }
}

}  // namespace

ChannelPump::ChannelPump(const LibsshApi& api, ssh_session session, int socket, ssh_channel channel,
                         const Command& command)
    : api_(api),
      session_(session),
      socket_(socket),
      channel_(channel),
      event_(api.event_new_()),
      command_(command),
      out_(StreamSink::for_output(command)),
      err_(StreamSink::for_error(command)) {
  if (command.input) input_ = *command.input;
  input_ended_ = command.input.has_value() || command.input_fd < 0;
  if (command.limits.deadline().count() > 0) deadline_ = Clock::now() + command.limits.deadline();
  heard_something();
  register_callbacks();
}

ChannelPump::~ChannelPump() {
  api_.remove_channel_callbacks_(channel_, &callbacks_);
  if (event_ == nullptr) return;
  api_.event_remove_session_(event_, session_);
  api_.event_free_(event_);
}

// Data are taken as they arrive: reading the channel by turns would handle packets of one stream while waiting for the
// other, and then sleep on them.
void ChannelPump::register_callbacks() {
  ssh_callbacks_init(&callbacks_);
  callbacks_.userdata = this;
  callbacks_.channel_data_function = [](ssh_session, ssh_channel, void* data, std::uint32_t size, int is_error,
                                        void* self) {
    return static_cast<ChannelPump*>(self)->take({static_cast<const char*>(data), size}, is_error != 0);
  };
  callbacks_.channel_exit_status_function = [](ssh_session, ssh_channel, int status, void* self) {
    static_cast<ChannelPump*>(self)->exit_status_ = status;
  };
  callbacks_.channel_exit_signal_function = [](ssh_session, ssh_channel, const char* name, int, const char*,
                                               const char*, void* self) {
    static_cast<ChannelPump*>(self)->exit_signal_ = name == nullptr ? "" : name;
  };
  callbacks_.channel_close_function = [](ssh_session, ssh_channel, void* self) {
    static_cast<ChannelPump*>(self)->closed_ = true;
  };
  api_.set_channel_callbacks_(channel_, &callbacks_);
}

void ChannelPump::heard_something() {
  if (command_.limits.silence().count() > 0 && !outcome_.timed_out)
    silent_at_ = Clock::now() + command_.limits.silence();
}

int ChannelPump::take(std::string_view bytes, bool error_stream) {
  heard_something();
  try {
    if (thrown_ || !local_failure_.empty()) return static_cast<int>(bytes.size());
    if (error_stream)
      err_.feed(bytes);
    else
      deliver(bytes);
  } catch (...) {
    thrown_ = std::current_exception();
  }
  return static_cast<int>(bytes.size());
}

void ChannelPump::deliver(std::string_view bytes) {
  if (command_.output_fd < 0) {
    out_.feed(bytes);
    return;
  }
  while (!bytes.empty()) {
    const ssize_t written = ::write(command_.output_fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR && signals::pending() == 0) continue;
    if (written < 0) {
      local_failure_ = fmt::format("cannot write the output of the remote command: {}", std::strerror(errno));
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

Outcome ChannelPump::run() {
  if (event_ == nullptr || api_.event_add_session_(event_, session_) != SSH_OK) lost_ = true;
  while (!closed_ && !lost_ && enforce_limits()) {
    handle_packets();
    if (thrown_) std::rethrow_exception(thrown_);
    if (closed_ || lost_ || !local_failure_.empty()) break;
    if (!feed()) wait();
  }
  return finish();
}

void ChannelPump::handle_packets() {
  while (!closed_ && !thrown_) {
    const int result = api_.event_dopoll_(event_, 0);
    if (result == SSH_ERROR || api_.is_connected_(session_) == 0) lost_ = !closed_;
    if (result != SSH_OK) return;
  }
}

// false: enough waited, the channel is given up.
bool ChannelPump::enforce_limits() {
  const auto now = Clock::now();
  if (const int number = signals::pending(); number != 0 && passed_on_ == 0) {
    passed_on_ = number;
    stop_remote(number == SIGINT ? "INT" : "TERM", interruption_grace);
  }
  if (deadline_ && now >= *deadline_) {
    deadline_.reset();
    outcome_.timed_out = true;
    stop_remote("TERM", deadline_grace);
  }
  if (silent_at_ && now >= *silent_at_) {
    silent_at_.reset();
    outcome_.timed_out = outcome_.inactive = true;
    stop_remote("TERM", deadline_grace);
  }
  if (command_.cancellation != nullptr && command_.cancellation->cancelled() && !outcome_.cancelled) {
    outcome_.cancelled = true;
    stop_remote("TERM", deadline_grace);
  }
  return !give_up_at_ || now < *give_up_at_;
}

void ChannelPump::stop_remote(const char* signal_name, milliseconds grace) {
  api_.channel_request_send_signal_(channel_, signal_name);
  give_up_at_ = Clock::now() + grace;
}

bool ChannelPump::feed() {
  if (input_closed_) return false;
  if (sent_ == input_.size() && !input_ended_) fill_from_input_fd();
  if (sent_ < input_.size()) {
    // What is on its way already is enough: the rest waits for the socket.
    if ((api_.get_poll_flags_(session_) & SSH_WRITE_PENDING) != 0) return false;
    const auto size = static_cast<std::uint32_t>(std::min(chunk, input_.size() - sent_));
    const int written = api_.channel_write_(channel_, input_.data() + sent_, size);
    // A command that has ended does not want the rest; its exit status says whether that was right.
    if (written < 0) input_closed_ = true;
    if (written <= 0) return false;
    sent_ += static_cast<std::size_t>(written);
    return true;
  }
  if (!input_ended_) return false;
  input_closed_ = true;
  api_.channel_send_eof_(channel_);
  return true;
}

void ChannelPump::fill_from_input_fd() {
  pollfd ready{command_.input_fd, POLLIN, 0};
  if (::poll(&ready, 1, 0) <= 0) return;
  input_.resize(chunk);
  const ssize_t got = ::read(command_.input_fd, input_.data(), input_.size());
  input_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  sent_ = 0;
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got < 0) local_failure_ = fmt::format("cannot read the input of the remote command: {}", std::strerror(errno));
  if (got <= 0) input_ended_ = true;
}

void ChannelPump::wait() {
  const bool wants_input = !input_closed_ && !input_ended_ && sent_ == input_.size();
  const bool writing = (api_.get_poll_flags_(session_) & SSH_WRITE_PENDING) != 0;
  const bool may_cancel = command_.cancellation != nullptr && !outcome_.cancelled;
  std::array<pollfd, 4> watched{{{socket_, static_cast<short>(writing ? POLLIN | POLLOUT : POLLIN), 0},
                                 {wants_input ? command_.input_fd : -1, POLLIN, 0},
                                 {passed_on_ == 0 ? signals::wake_fd() : -1, POLLIN, 0},
                                 {may_cancel ? command_.cancellation->fd() : -1, POLLIN, 0}}};
  const auto now = Clock::now();
  auto limit = milliseconds(60'000);
  for (const auto& moment : {deadline_, silent_at_, give_up_at_})
    if (moment) limit = std::min(limit, std::max(milliseconds(0), std::chrono::ceil<milliseconds>(*moment - now)));
  if (::poll(watched.data(), watched.size(), static_cast<int>(limit.count())) < 0 && errno != EINTR)
    throw_errno("poll", "ssh connection");
}

void ChannelPump::complain(const std::string& text) {
  if (!outcome_.err.empty() && !outcome_.err.ends_with('\n')) outcome_.err += '\n';
  outcome_.err += text;
  outcome_.status = ssh_failed;
}

Outcome ChannelPump::finish() {
  out_.finish();
  err_.finish();
  outcome_.out = out_.take();
  outcome_.err = err_.take();
  if (!local_failure_.empty()) {
    complain(local_failure_);
  } else if (exit_status_) {
    outcome_.status = *exit_status_;
  } else if (const int number = signal_number(exit_signal_); number != 0) {
    outcome_.status = 128 + number;
  } else if (passed_on_ != 0 || outcome_.timed_out || outcome_.cancelled) {
    outcome_.status = 128 + (passed_on_ != 0 ? passed_on_ : SIGTERM);
  } else {
    complain(lost_ ? fmt::format("ssh connection lost: {}", api_.get_error_(session_))
                   : "the remote command ended without an exit status");
  }
  return std::move(outcome_);
}

const LibsshApi* libssh_api() {
  static const std::optional<LibsshApi> api = load();
  return api ? &*api : nullptr;
}

}  // namespace barman::exec
