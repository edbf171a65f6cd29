#include "barman/output/explanation.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "barman/core/text.h"

namespace barman::report {

void write_console(const Explanation& explanation, output::Writer& writer) {
  const std::size_t count = explanation.problems.size();
  if (count == 0) {
    writer.line(fmt::format("Server {}: {}", explanation.server, writer.good("nothing is wrong")));
    return;
  }
  writer.line(fmt::format("Server {}: {}", explanation.server,
                          writer.bad(count == 1 ? "1 problem" : fmt::format("{} problems", count))));
  for (const Problem& problem : explanation.problems) {
    writer.line(fmt::format("\t{}", problem.check));
    for (const std::string& line : split_lines(problem.cause)) writer.line(fmt::format("\t\t{}", trim(line)));
    if (!problem.skipped.empty())
      writer.line(fmt::format("\t\tskipped while this is so: {}", join(problem.skipped, ", ")));
    if (!problem.command.empty()) writer.line(fmt::format("\t\ttry: {}", problem.command));
  }
}

void write_json(const Explanation& explanation, nlohmann::json& root) {
  nlohmann::json& problems = root[explanation.server]["problems"] = nlohmann::json::array();
  for (const Problem& problem : explanation.problems)
    problems.push_back(
        {{"check", problem.check}, {"cause", problem.cause}, {"skipped", problem.skipped}, {"try", problem.command}});
}

}  // namespace barman::report
