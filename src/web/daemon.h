#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "barman/core/unique_fd.h"
#include "barman/web/listener.h"
#include "libmicrohttpd.h"
#include "workers.h"

namespace barman::web {

using Deadline = std::chrono::steady_clock::time_point;

// One request on its way through libmicrohttpd.
struct Exchange {
  std::string target;  // as it came
  Request request{};
  Response response{};
  MHD_Connection* connection = nullptr;
  enum class Stage {
    arriving,   // nothing is known but the target
    body,       // the headers have been judged
    answering,  // with the workers; its connection is suspended
    answered,   // the response is there
    sending
  } stage = Stage::arriving;
};

// libmicrohttpd on one listening socket. All of it is driven by the thread that calls run(); what takes time is done by
// workers, while its connection is suspended.
class Daemon {
 public:
  Daemon(UniqueFd socket, Routes routes, const Limits& limits, const std::optional<Tls>& tls);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();
  void run();

 private:
  struct Callbacks;  // what the library calls
  friend struct Callbacks;

  void start(const std::optional<Tls>& tls);
  void turn(Deadline until, bool until_signal);
  void stop();
  void cut_off_late();
  std::optional<Deadline> next_deadline() const;

  // What the callbacks do. False: the connection is to be closed.
  bool take(Exchange& exchange, const char* method, std::string_view body);
  bool begin(Exchange& exchange, const char* method);
  void hand_over(Exchange& exchange);
  bool send(Exchange& exchange);
  void watch(MHD_Connection* connection, std::optional<Deadline> until);
  std::optional<Refusal> judge_client(MHD_Connection* connection) const;

  const Libmicrohttpd& library_;
  UniqueFd socket_;
  Routes routes_;
  Limits limits_;
  bool certified_clients_ = false;
  std::string problem_;  // what the library has said while it started
  MHD_Daemon* daemon_ = nullptr;
  int epoll_ = -1;
  Workers* workers_ = nullptr;  // while run() is at work

  // Until when a connection has time for what it is doing; unset: as long as it takes.
  struct Watch {
    int fd = -1;
    std::optional<Deadline> until{};
    bool asks = true;  // its request has not arrived yet
  };
  std::map<MHD_Connection*, Watch> watches_;
};

}  // namespace barman::web
