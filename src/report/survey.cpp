#include "barman/report/survey.h"

#include <algorithm>
#include <chrono>

namespace barman::report {

const SurveyedBackup* SurveyedServer::find(const std::optional<std::string>& id) const {
  const auto found = std::ranges::find_if(backups, [&](const SurveyedBackup& each) { return each.id == id; });
  return found == backups.end() ? nullptr : &*found;
}

std::optional<Timestamp> SurveyedServer::last_archived() const {
  return timelines.empty() ? std::nullopt : timelines.rbegin()->second.written;
}

bool SurveyedServer::runs(std::string_view task) const {
  return processes && std::ranges::any_of(processes->items, [&](const auto& item) { return item.task == task; });
}

std::int64_t local_day(const Timestamp& time) {
  return std::chrono::floor<std::chrono::days>(std::chrono::seconds(time.seconds() + time.offset)).count();
}

}  // namespace barman::report
