#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/time.h"

// What the REST service is asked to have done in the background (rest-service.md). Pure.
namespace barman::jobs {

enum class Type { recovery, config_switch, config_update };
std::string_view word_of(Type type);  // "config_switch"

// A request that can be carried out.
struct Request {
  Type type = Type::recovery;
  std::string backup_id{}, destination_directory{}, remote_ssh_command{};  // of a recovery
  std::optional<std::string> model{};  // of a config_switch; unset: none from now on
  std::string changes{};               // of a config_update: JSON
};

// What a client has sent. `server`: empty for an operation of the instance. Throws Error(usage) with words for the
// client. What else is in it is kept in the job's file, and ignored.
Request read_request(std::string_view body, std::string_view server);

// What is run for it: the words behind `barman -c FILE`, of which none can be taken for an option, and what is given to
// its standard input, where other users of the machine do not see it.
struct Command {
  std::vector<std::string> words;
  std::optional<std::string> input{};
};
Command command_of(const Request& request, const std::string& server);

// The file of a job: the request, its type and when it came.
std::string job_text(std::string_view body, Type type, const Timestamp& start);
// The file of one that has ended: that of the job with what has become of it. A job that cannot be read is left out.
struct Result {
  bool success = false;
  Timestamp end;
  std::string output;  // of the command, both streams
};
std::string output_text(std::string_view job, const Result& result);

// What such files say; std::nullopt where they do not.
std::optional<std::string> type_in(std::string_view job);
std::optional<bool> success_in(std::string_view output);

// Whether a text has the form of an id: 20261121T072640.
bool is_id(std::string_view text);
// Local time with microseconds and without offset: 2026-11-21T07:26:40.000000.
std::string to_stamp(const Timestamp& time);

}  // namespace barman::jobs
