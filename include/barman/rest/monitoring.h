#pragma once
#include <string>
#include <vector>

#include "barman/app/metrics.h"
#include "barman/web/routes.h"

namespace barman::rest {

// What monitoring systems and people read over HTTP.
struct Watched {
  std::string configuration_file;      // read anew by every request
  std::vector<std::string> servers{};  // empty: all that it has
  bool check = false;                  // servers are asked, too
  app::MetricsOf metrics_of = app::MetricsOf::servers_and_backups;
};

// GET /metrics, in Prometheus' text format, and GET /report, a page.
void add_monitoring(web::Routes& routes, const Watched& watched);

// A page for a browser, which is to run and to fetch nothing, whatever somebody has got into a name.
web::Response page_of(std::string html);

}  // namespace barman::rest
