#pragma once
#include <memory>
#include <string>

#include "azure_credential.h"
#include "barman/exec/command.h"
#include "barman/store/open.h"
#include "environment.h"

namespace barman::store {

// What tokens are asked for with.
struct AzureWorld {
  http::Transport& transport;
  http::Transport& metadata;  // for addresses of this machine's own network: gives up soon
  exec::Runner& runner;
  Environment environment;
  Retry retry;
};

struct AzureAccess {
  std::string endpoint;  // of blobs, without a slash at the end
  std::unique_ptr<AzureCredential> credential;
};
// The order of docs/reference/cloud.md: --azure-credential, connection string, SAS, key, and then whatever gives a
// token. The world must outlive it.
AzureAccess azure_access(const Location& location, const Settings& settings, const AzureWorld& world);

Token azure_cli_token(const AzureWorld& world);
// Whether the service is there is certain when somebody says so; else it is looked for but once.
enum class Presence { certain, possible };
Token azure_managed_identity_token(const AzureWorld& world, Presence presence = Presence::certain);
Token azure_client_secret_token(const AzureWorld& world);
Token azure_workload_token(const AzureWorld& world);
// The first of these that is configured, and whose service is there.
Token azure_default_token(const AzureWorld& world);

}  // namespace barman::store
