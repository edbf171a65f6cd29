#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/config/configuration.h"
#include "barman/fs/lock_file.h"
#include "barman/jobs/request.h"

// The operations of one server, or of the instance, as they are on disk: those of pg-backup-api under the same names.
//
//   {home}/{server}/jobs/{ID}.json     what is to be done; without {server} for the instance
//   {home}/{server}/output/{ID}.json   what has become of it
//   {home}/{server}/jobs/.{ID}.lock    ours: held by the process that does it, for as long as it lives
namespace barman::jobs {

enum class State { in_progress, done, failed };

class JobFiles {
 public:
  // `server`: empty for the instance. Touches nothing.
  JobFiles(const config::GlobalConfig& global, std::string server);

  struct Item {
    std::string id, type;
  };
  // By id. Those whose file cannot be read are left out, and logged.
  std::vector<Item> list() const;
  // std::nullopt: there is no such operation. One that nobody does any more, and that has no output, has failed; before
  // anybody has begun it has a minute.
  std::optional<State> state(const std::string& id, const Timestamp& now) const;

  // Writes a new one down, durably, and returns its id: the time, or the next second that is free.
  std::string create(std::string_view body, Type type, const Timestamp& now) const;

  // For who does it. Throws Error(not_found) where there is none, Error(refused) where it has ended or is being done.
  struct Claim {
    fs::LockFile lock;
    std::string job;  // content of its file
  };
  Claim claim(const std::string& id) const;
  void finish(const Claim& claim, const std::string& id, const Result& result) const;

  // For cron. What has failed without a word gets its output; what has ended `age` ago or earlier is removed.
  void settle(const Timestamp& now) const;
  void remove_ended(const Timestamp& now, Micros age) const;

 private:
  std::string job_path(const std::string& id) const;
  std::string output_path(const std::string& id) const;
  std::string lock_path(const std::string& id) const;
  std::vector<std::string> ids_in(const std::string& directory) const;
  bool is_over(const std::string& id, const Timestamp& now) const;
  std::string server_, jobs_, output_;
};

}  // namespace barman::jobs
