#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/web/message.h"

namespace barman::web {

// Several threads may call it at once. An Error becomes an answer of status 500 with its text, which is logged.
using Handler = std::function<Response(const Request&)>;

// Whether an answer may take long. Those that may never occupy all threads: what is answered at once is, always.
enum class Pace { quick, slow };

// How a failure is put to the client.
using Failure = std::function<Response(int status, std::string_view text)>;

// Which handler answers what. HEAD is answered as GET.
class Routes {
 public:
  Routes() : Routes(plain) {}
  explicit Routes(Failure failure) : failure_(std::move(failure)) {}
  // `pattern`: a path, in which a segment in braces stands for any one: "/servers/{server}/backups/{id}". The first
  // that fits counts.
  void add(std::string method, std::string_view pattern, Handler handler, Pace pace = Pace::quick);
  // 404 where no pattern fits, 405 with Allow where none does with that method.
  Response answer(Request request) const;
  Pace pace_of(const Request& request) const;
  Response failure(int status, std::string_view text) const { return failure_(status, text); }

 private:
  struct Route {
    std::string method;
    std::vector<std::string> pattern;
    Handler handler;
    Pace pace;
  };
  Response guarded(const Handler& handler, const Request& request) const;
  Failure failure_;
  std::vector<Route> routes_;
};

}  // namespace barman::web
