#include <fmt/core.h>

#include "command.h"

namespace barman::cloud::cli {

bool bucket_is_there(store::ObjectStore& store, store::Provider provider) {
  using store::Refusal;
  try {
    return store.bucket_exists();
  } catch (const store::StoreError& error) {
    if (error.refusal() == Refusal::unreachable || provider != store::Provider::aws_s3)
      throw Failure(exit_unreachable, fmt::format("Can't connect to cloud provider: {}", with_hint(error)));
    if (error.refusal() == Refusal::denied)
      throw store::StoreError(error.refusal(), error.status(), error.store_code(),
                              fmt::format("Permission denied when accessing bucket '{}'. Verify that the configured "
                                          "credentials have sufficient permissions: {}",
                                          store.bucket(), error.what()),
                              error.hint());
    if (error.refusal() == Refusal::invalid)
      throw store::StoreError(error.refusal(), error.status(), error.store_code(),
                              fmt::format("Bad request when accessing bucket '{}'. This may indicate invalid or "
                                          "misconfigured credentials: {}",
                                          store.bucket(), error.what()),
                              error.hint());
    throw;
  }
}

}  // namespace barman::cloud::cli
