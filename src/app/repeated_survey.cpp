#include "barman/app/repeated_survey.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/app/survey.h"
#include "barman/config/configuration.h"
#include "barman/core/error.h"

namespace barman::app {
namespace {

constexpr std::chrono::seconds same_moment{1};
constexpr std::chrono::seconds same_minute{60};  // for what costs each server a connection

}  // namespace

RepeatedSurvey::RepeatedSurvey(std::string configuration_file, std::vector<std::string> servers, bool check)
    : configuration_file_(std::move(configuration_file)), servers_(std::move(servers)), check_(check) {}

std::shared_ptr<const report::Survey> RepeatedSurvey::make() {
  const std::lock_guard lock(mutex_);
  const auto begun = std::chrono::steady_clock::now();
  if (last_ && begun - last_begun_ < (check_ ? same_minute : same_moment)) return last_;
  last_ = std::make_shared<const report::Survey>(make_anew());
  last_begun_ = begun;
  return last_;
}

report::Survey RepeatedSurvey::make_anew() const {
  const config::Configuration configuration = config::Configuration::read(configuration_file_);
  SurveyRequest request{.servers = {}, .check = check_};
  for (const std::string& name : servers_)
    if (configuration.find_server(name) == nullptr)
      throw Error(Errc::not_found, fmt::format("Unknown server '{}'", name),
                  "it is not configured any more: start this again without it");
  for (const auto& [name, server] : configuration.servers())
    if (servers_.empty() || std::ranges::find(servers_, name) != servers_.end()) request.servers.push_back(&server);
  return survey(configuration.global(), request);
}

}  // namespace barman::app
