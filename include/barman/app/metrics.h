#pragma once
#include "barman/report/metrics.h"
#include "barman/report/survey.h"

namespace barman::app {

enum class MetricsOf { servers, servers_and_backups };

// What a survey says, as metrics: those of prometheus-barman-exporter (marcinhlybin) under its names, with its labels
// and values, then our own. Of `servers`: without samples of each backup, of which there may be thousands. Pure.
report::Metrics metrics_of(const report::Survey& survey, MetricsOf what = MetricsOf::servers_and_backups);

}  // namespace barman::app
