#include "barman/report/restore_plan.h"

#include <algorithm>
#include <cmath>

namespace barman::report {

std::int64_t RestorePlan::Estimate::total_seconds() const {
  return std::max<std::int64_t>(1, std::llround(std::ceil(copy_seconds + recovery_seconds.value_or(0))));
}

}  // namespace barman::report
