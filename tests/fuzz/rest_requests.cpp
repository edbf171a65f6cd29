// What clients of the REST service send, and the files that are made of it: whoever does the job reads what was
// understood.
#include <algorithm>

#include "barman/jobs/request.h"
#include "fuzz.h"

namespace barman::fuzz {
namespace {

void follow(std::string_view body, const std::string& server) {
  const jobs::Request request = jobs::read_request(body, server);
  const jobs::Command command = jobs::command_of(request, server);
  require(std::ranges::none_of(command.words, [](const std::string& word) { return word.find('\0') != word.npos; }),
          "a word of a command has no zero byte", body);
  const std::string job = jobs::job_text(body, request.type, {});
  require(jobs::type_in(job) == jobs::word_of(request.type), "the job says its type", job);
  require(jobs::command_of(jobs::read_request(job, server), server).words == command.words,
          "the job is what was asked for", job);
  const std::string output = jobs::output_text(job, {true, {}, std::string(body)});
  require(jobs::success_in(output) == true, "the output says how it ended", output);
}

}  // namespace

void one_input(std::string_view bytes) {
  for (const char* server : {"main", ""}) accepts([&] { follow(bytes, server); });
  static_cast<void>(jobs::type_in(bytes));
  static_cast<void>(jobs::success_in(bytes));
}

}  // namespace barman::fuzz
