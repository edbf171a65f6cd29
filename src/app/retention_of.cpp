#include "retention_of.h"

#include "barman/core/log.h"

namespace barman::app {

std::map<std::string, catalog::RetentionStatus> retention_of(Server& server) {
  const config::ServerConfig& config = server.config();
  if (!config.retention_policy) return {};
  const config::RetentionPolicy& policy = *config.retention_policy;
  if (policy.kind == config::RetentionPolicy::Kind::redundancy && policy.value < config.minimum_redundancy)
    log::warning("barman.retention_policies",
                 "Retention policy redundancy ({}) is lower than the required minimum redundancy ({}). Enforce {}.",
                 policy.value, config.minimum_redundancy, config.minimum_redundancy);
  return catalog::retention_report(
      server.backups().staying(), policy, config.minimum_redundancy,
      [&server](const std::string& id) { return server.annotations().keep(id); }, now(), server.backups().histories());
}

}  // namespace barman::app
