#pragma once
#include "barman/report/state_report.h"

namespace barman::app {

// What a survey comes to. Pure.
report::StateReport judge(report::Survey survey);

}  // namespace barman::app
