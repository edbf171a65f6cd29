#include "explain.h"

#include <algorithm>
#include <set>

#include "barman/core/text.h"
#include "checks.h"

namespace barman::check {

namespace {

using report::CheckLine;

class Explainer {
 public:
  Explainer(const config::ServerConfig& config, const report::CheckReport& report, const ConnectionErrors& errors)
      : config_(config), report_(report), errors_(errors) {}

  report::Explanation run(const std::vector<report::Stall>& stalls) {
    for (const CheckId cause : from_cause_to_consequence())
      if (failure_of(cause) != nullptr && !skipped_.contains(cause)) add(check_of(cause));
    for (const CheckLine& line : report_.lines)
      if (!line.passed && !skipped_.contains(line.id) && !explained_.contains(line.id)) add(check_of(line.id));
    for (const report::Stall& stall : stalls) add_stall(stall);
    return std::move(explanation_);
  }

 private:
  const CheckLine* failure_of(CheckId id) const {
    const auto found =
        std::ranges::find_if(report_.lines, [&](const CheckLine& line) { return line.id == id && !line.passed; });
    return found == report_.lines.end() ? nullptr : &*found;
  }
  // Neither passed nor failed, though it would have done either.
  bool not_made(const Check& check) const {
    return std::ranges::find(report_.lines, check.id, &CheckLine::id) == report_.lines.end() &&
           check.applies != nullptr && check.applies(config_);
  }

  void add(const Check& check) {
    report::Problem problem;
    problem.check = check.name;
    problem.cause = cause_of(check.id);
    problem.command = (CommandsToTry(config_).*check.command)();
    Members members{check.id};
    for (const CheckId id : check.consequences) {
      if ((failure_of(id) == nullptr && !not_made(check_of(id))) || explained_.contains(id)) continue;
      problem.skipped.push_back(name_of(id));
      skipped_.insert(id);
      members.insert(id);
    }
    explained_.insert(check.id);
    explanation_.problems.push_back(std::move(problem));
    members_.push_back(std::move(members));
  }

  // A stall is a consequence where the check of the same thing has failed.
  void add_stall(const report::Stall& stall) {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (!stall.check || !members_[i].contains(*stall.check)) continue;
      std::string& cause = explanation_.problems[i].cause;
      cause += (cause.empty() ? "" : "\n") + stall.text;
      return;
    }
    explanation_.problems.push_back({stall.kind, stall.text, {}, stall.command});
  }

  std::string cause_of(CheckId id) const {
    if (id == CheckId::configuration) return join(report_.configuration_errors, "\n");
    if (const auto words = errors_.find(id); words != errors_.end()) return words->second;
    const CheckLine* line = failure_of(id);
    return line == nullptr ? "" : line->hint;
  }

  using Members = std::set<CheckId>;  // a problem's own check and those it skips
  const config::ServerConfig& config_;
  const report::CheckReport& report_;
  const ConnectionErrors& errors_;
  report::Explanation explanation_;
  std::vector<Members> members_;  // of each problem that is a check's
  Members skipped_, explained_;
};

}  // namespace

report::Explanation explain(const config::ServerConfig& config, const report::CheckReport& report,
                            const ConnectionErrors& errors, const std::vector<report::Stall>& stalls) {
  report::Explanation explanation = Explainer(config, report, errors).run(stalls);
  explanation.server = config.name;
  return explanation;
}

}  // namespace barman::check
