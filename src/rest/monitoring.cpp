#include "barman/rest/monitoring.h"

#include <memory>

#include "barman/app/repeated_survey.h"
#include "barman/app/state_report.h"
#include "barman/output/metrics.h"
#include "barman/output/state_report.h"

namespace barman::rest {

web::Response page_of(std::string html) {
  web::Response page;
  page.type = "text/html; charset=utf-8";
  page.body = std::move(html);
  page.headers.push_back({"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"});
  return page;
}

void add_monitoring(web::Routes& routes, const Watched& watched) {
  const auto source = std::make_shared<app::RepeatedSurvey>(watched.configuration_file, watched.servers, watched.check);
  routes.add(
      "GET", "/report",
      [source](const web::Request&) { return page_of(output::html_page(app::judge(*source->make()))); },
      web::Pace::slow);
  routes.add(
      "GET", "/metrics",
      [source, of = watched.metrics_of](const web::Request&) {
        web::Response response;
        response.type = output::prometheus_type;
        response.body = output::prometheus_text(app::metrics_of(*source->make(), of));
        return response;
      },
      web::Pace::slow);
}

}  // namespace barman::rest
