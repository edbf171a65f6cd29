#pragma once
#include <future>
#include <mutex>
#include <string>
#include <string_view>

#include "barman/config/configuration.h"
#include "barman/report/notifier.h"
#include "barman/report/operations.h"

// Operations that clients of the REST service ask for: written down, done by a process of their own, asked about later
// (jobs/job_files.h). `server` is the name of one, or empty for the instance.
//
// What is wrong with a request is an Error whose code says who is to blame: usage (the request), not_found (what it
// names), refused.
namespace barman::app {

report::OperationList list_operations(const config::Configuration& configuration, const std::string& server);
report::OperationStatus operation_status(const config::Configuration& configuration, const std::string& server,
                                         const std::string& id);

// Writes it down and starts the process that does it, which lives on when this one ends. Returns its id.
std::string start_operation(const config::Configuration& configuration, const std::string& server,
                            std::string_view body);

// That process. Does what was written down with commands of this program, and writes down what became of it. False: it
// has failed. Throws Error where there is nothing to do.
bool run_operation(const config::GlobalConfig& global, const std::string& server, const std::string& id);

// The part of cron: operations whose process has died are failures, and those that ended a month ago go.
void tend_operations(const config::Configuration& configuration, Notifier& notifier);

// What `barman diagnose` prints, for a process that stays. It asks every server, so that it may take minutes where one
// is silent: several threads that ask while it is made get the same.
class SharedDiagnosis {
 public:
  // The configuration is read again each time.
  explicit SharedDiagnosis(std::string configuration_file) : configuration_file_(std::move(configuration_file)) {}
  // Throws Error where it prints nothing.
  std::string make();

 private:
  const std::string configuration_file_;
  std::mutex mutex_;
  std::shared_future<std::string> being_made_;
};

}  // namespace barman::app
