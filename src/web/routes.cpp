#include "barman/web/routes.h"

#include <algorithm>
#include <set>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/text.h"

namespace barman::web {
namespace {

constexpr std::string_view logger = "barman.web";

bool is_name(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

// What the segments of a path stand for; nullopt: they are others.
std::optional<std::map<std::string, std::string>> match(const std::vector<std::string>& pattern,
                                                        const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  std::map<std::string, std::string> parameters;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_name(pattern[i]))
      parameters[pattern[i].substr(1, pattern[i].size() - 2)] = segments[i];
    else if (pattern[i] != segments[i])
      return std::nullopt;
  }
  return parameters;
}

// HEAD is GET, and sends no body.
std::string method_of(const Request& request) { return request.method == "HEAD" ? "GET" : request.method; }

}  // namespace

void Routes::add(std::string method, std::string_view pattern, Handler handler, Pace pace) {
  routes_.push_back({std::move(method), split(pattern.substr(1), '/'), std::move(handler), pace});
}

Pace Routes::pace_of(const Request& request) const {
  const auto found = std::ranges::find_if(routes_, [&](const Route& route) {
    return route.method == method_of(request) && match(route.pattern, request.segments).has_value();
  });
  return found == routes_.end() ? Pace::quick : found->pace;
}

Response Routes::guarded(const Handler& handler, const Request& request) const {
  try {
    return handler(request);
  } catch (const Error& error) {
    log::error(logger, "{} {}: {}", request.method, request.path, error.what());
    return failure_(500, error.what());
  } catch (const Interrupted&) {
    return failure_(503, "this is being stopped");
  } catch (const std::exception& error) {
    log::error(logger, "{} {}: internal error: {}", request.method, request.path, error.what());
    return failure_(500, "internal error: see the log");
  }
}

Response Routes::answer(Request request) const {
  const std::string method = method_of(request);
  std::vector<std::string> allowed;
  for (const Route& route : routes_) {
    auto parameters = match(route.pattern, request.segments);
    if (!parameters) continue;
    if (route.method == method) {
      request.parameters = std::move(*parameters);
      return guarded(route.handler, request);
    }
    if (std::ranges::find(allowed, route.method) == allowed.end()) allowed.push_back(route.method);
  }
  if (allowed.empty()) return failure_(404, "there is nothing here");
  Response response = failure_(405, "this takes " + join(allowed, ", "));
  response.headers.push_back({"Allow", join(allowed, ", ")});
  return response;
}

}  // namespace barman::web
