#pragma once
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "barman/http/transport.h"

namespace barman::test {

// Answers as a test has written down, one for each request, and keeps what was sent.
class FakeTransport : public http::Transport {
 public:
  struct Sent {
    std::string method, url, body;
    std::vector<http::Header> headers;
    std::string header(std::string_view name) const {
      return http::Response{0, headers, {}}.header(name).value_or("(none)");
    }
  };
  // May throw.
  using Answer = std::function<http::Response(const http::Request&, const http::Take&)>;

  void answer(Answer next) { answers_.push_back(std::move(next)); }
  void answer(int status, std::string body = {}, std::vector<http::Header> headers = {}) {
    answers_.push_back([=](const http::Request&, const http::Take& take) {
      http::Response response{status, headers, body};
      if (take && response.ok()) {
        take(response, body);
        response.body.clear();
      }
      return response;
    });
  }
  // The first bytes of a body, then the end of the connection.
  void cut(std::string part = {}, int status = 200, std::vector<http::Header> headers = {}) {
    answers_.push_back([=](const http::Request&, const http::Take& take) -> http::Response {
      if (take && !part.empty()) take(http::Response{status, headers, {}}, part);
      throw http::TransferError(http::TransferError::Kind::cut, "the connection was cut");
    });
  }
  void fail(http::TransferError::Kind kind) {
    answers_.push_back([kind](const http::Request&, const http::Take&) -> http::Response {
      throw http::TransferError(kind, "no answer");
    });
  }

  http::Response send(const http::Request& request, const http::Take& take) override {
    Answer next;
    {
      const std::lock_guard lock(mutex_);
      Sent one{request.method, request.url, {}, request.headers};
      if (request.body) request.body->each_block([&](std::string_view block) { one.body += block; });
      sent_.push_back(std::move(one));
      if (answers_.empty()) throw std::logic_error("the test has no answer for " + request.method + " " + request.url);
      next = std::move(answers_.front());
      answers_.pop_front();
    }
    return next(request, take);
  }
  const std::vector<Sent>& sent() const { return sent_; }

 private:
  std::mutex mutex_;
  std::deque<Answer> answers_;
  std::vector<Sent> sent_;
};

}  // namespace barman::test
