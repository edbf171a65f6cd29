#pragma once
#include "barman/report/metrics.h"
#include "barman/report/survey.h"

namespace barman::app {

// What a survey says, as metrics: those of prometheus-barman-exporter (marcinhlybin) under its names, with its labels
// and values, then our own. Pure.
report::Metrics metrics_of(const report::Survey& survey);

}  // namespace barman::app
