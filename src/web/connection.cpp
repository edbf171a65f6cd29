#include "connection.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "barman/core/signals.h"

namespace barman::web {
namespace {

using Clock = std::chrono::steady_clock;

enum class Ready { yes, late, stopped };

// For reading or writing; `heed`: a signal ends the wait.
Ready wait_for(int fd, short events, Deadline until, bool heed) {
  while (true) {
    if (heed && signals::pending() != 0) return Ready::stopped;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return Ready::late;
    std::array<pollfd, 2> polled = {{{fd, events, 0}, {signals::wake_fd(), POLLIN, 0}}};
    const int ready = ::poll(polled.data(), heed ? 2 : 1, static_cast<int>(left));
    if (ready > 0 && polled[0].revents != 0) return Ready::yes;
  }
}

// What arrives, piece by piece, until a deadline.
class Input {
 public:
  Input(int fd, Deadline until) : fd_(fd), until_(until) {}

  enum class End { none, late, gone };
  // Adds a piece to the text.
  End more() {
    const Ready ready = wait_for(fd_, POLLIN, until_, true);
    if (ready == Ready::late) return End::late;
    if (ready == Ready::stopped) return End::gone;
    std::array<char, 8192> piece{};
    const ssize_t got = ::recv(fd_, piece.data(), piece.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return End::none;
    if (got <= 0) return End::gone;
    text.append(piece.data(), static_cast<std::size_t>(got));
    return End::none;
  }

  std::string text;

 private:
  int fd_;
  Deadline until_;
};

// Where the empty line begins, and where it ends.
std::optional<std::pair<std::size_t, std::size_t>> end_of_head(std::string_view text) {
  const std::size_t crlf = text.find("\r\n\r\n"), lf = text.find("\n\n");
  if (crlf == std::string_view::npos && lf == std::string_view::npos) return std::nullopt;
  return crlf < lf ? std::pair(crlf, crlf + 4) : std::pair(lf, lf + 2);
}

std::optional<Arrived> refused(Arrived& arrived, Refusal refusal) {
  arrived.refusal = std::move(refusal);
  return std::move(arrived);
}

}  // namespace

std::optional<Arrived> receive(int fd, const Limits& limits) {
  Input input(fd, Clock::now() + limits.request);
  Arrived arrived;
  auto head = end_of_head(input.text);
  while (!head) {
    if (input.text.size() > limits.head) return refused(arrived, {431, fmt::format("more than {} bytes", limits.head)});
    const Input::End end = input.more();
    if (end == Input::End::gone) return std::nullopt;
    if (end == Input::End::late) {
      if (input.text.empty()) return std::nullopt;
      return refused(arrived, {408, "the request did not arrive in time"});
    }
    head = end_of_head(input.text);
  }
  if (head->first > limits.head) return refused(arrived, {431, fmt::format("more than {} bytes", limits.head)});
  if (auto refusal = parse_head(std::string_view(input.text).substr(0, head->first), arrived.request))
    return refused(arrived, std::move(*refusal));
  std::size_t length = 0;
  if (auto refusal = length_of_body(arrived.request, limits.body, length)) return refused(arrived, std::move(*refusal));
  while (input.text.size() < head->second + length) {
    const Input::End end = input.more();
    if (end == Input::End::gone) return std::nullopt;
    if (end == Input::End::late) return refused(arrived, {408, "the body did not arrive in time"});
  }
  arrived.request.body = input.text.substr(head->second, length);
  return arrived;
}

bool send(int fd, std::string_view text, Deadline until) {
  constexpr std::chrono::seconds last_moment{2};
  bool stopping = false;
  while (!text.empty()) {
    const Ready ready = wait_for(fd, POLLOUT, until, !stopping);
    if (ready == Ready::late) return false;
    if (ready == Ready::stopped) {
      stopping = true;
      until = std::min(until, Clock::now() + last_moment);
      continue;
    }
    const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void drain(int fd) {
  constexpr std::chrono::seconds moment{1};
  constexpr std::size_t most = 1024 * 1024;
  ::shutdown(fd, SHUT_WR);
  Input input(fd, Clock::now() + moment);
  while (input.text.size() < most && input.more() == Input::End::none) continue;
}

}  // namespace barman::web
