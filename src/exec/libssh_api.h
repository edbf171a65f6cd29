#pragma once
#include <libssh/libssh.h>
// After libssh.h, which it needs.
#include <libssh/callbacks.h>

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

}  // namespace barman::exec
