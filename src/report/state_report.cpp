#include "barman/report/state_report.h"

#include <algorithm>

namespace barman::report {

const char* word_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::good:
      return "good";
    case Verdict::attention:
      return "attention";
    case Verdict::risk:
      return "risk";
    case Verdict::unused:
      return "unused";
  }
  return "";
}

int StateReport::count(Verdict verdict) const {
  return static_cast<int>(std::ranges::count(states, verdict, &ServerState::verdict));
}

}  // namespace barman::report
