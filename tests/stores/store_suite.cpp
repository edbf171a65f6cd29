// STORE_SUITE_PROVIDER=aws-s3|azure-blob-storage|google-cloud-storage STORE_SUITE_URL=URL [STORE_SUITE_ENDPOINT=URL]
// [STORE_SUITE_MANY=COUNT] store_suite [--gtest_...]
// Runs the suite against the bucket of that URL, which is made if it is not there, with the credentials that the
// environment gives. The bucket of the same name with "-absent" behind it must not exist.
#include <cstdlib>
#include <stdexcept>

#include "barman/store/open.h"
#include "suite.h"

namespace barman::store {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Provider provider() {
  for (const Provider each : {Provider::aws_s3, Provider::azure_blob_storage, Provider::google_cloud_storage})
    if (variable("STORE_SUITE_PROVIDER") == to_string(each)) return each;
  throw std::runtime_error("STORE_SUITE_PROVIDER is not the name of a provider");
}

std::unique_ptr<ObjectStore> open(const std::string& bucket) {
  Location location = parse_url(variable("STORE_SUITE_URL"), provider());
  location.bucket = bucket;
  Settings settings;
  settings.endpoint_url = variable("STORE_SUITE_ENDPOINT");
  return open_store(location, settings);
}

std::vector<Subject> subjects() {
  const std::string bucket = parse_url(variable("STORE_SUITE_URL"), provider()).bucket;
  const std::string many = variable("STORE_SUITE_MANY");
  return {{"named", open, bucket, bucket + "-absent", many.empty() ? 2300 : std::stoul(many),
           provider() != Provider::azure_blob_storage}};
}

INSTANTIATE_TEST_SUITE_P(Store, StoreSuite, testing::ValuesIn(subjects()), label_of);

}  // namespace
}  // namespace barman::store
