#pragma once
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "barman/report/survey.h"

namespace barman::app {

// Surveys for a process that stays, and answers whoever asks: several threads may ask at once. Those who ask in the
// same moment get the same survey; where servers are asked, too, those of the same minute.
class RepeatedSurvey {
 public:
  // The configuration is read again each time. `servers`: without names all that it has.
  RepeatedSurvey(std::string configuration_file, std::vector<std::string> servers, bool check);
  // Throws Error where the configuration cannot be read, or does not have one of the servers any more.
  std::shared_ptr<const report::Survey> make();

 private:
  report::Survey make_anew() const;
  std::string configuration_file_;
  std::vector<std::string> servers_;
  bool check_;
  std::mutex mutex_;
  std::shared_ptr<const report::Survey> last_;
  std::chrono::steady_clock::time_point last_begun_{};
};

}  // namespace barman::app
