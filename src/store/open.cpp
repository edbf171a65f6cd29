#include "barman/store/open.h"

#include "azure_store.h"
#include "gcs_store.h"
#include "s3_open.h"

namespace barman::store {

std::string_view to_string(Provider provider) {
  switch (provider) {
    case Provider::aws_s3:
      return "aws-s3";
    case Provider::azure_blob_storage:
      return "azure-blob-storage";
    case Provider::google_cloud_storage:
      break;
  }
  return "google-cloud-storage";
}

Location parse_url(std::string_view url, Provider provider) {
  switch (provider) {
    case Provider::aws_s3:
      return parse_s3_url(url);
    case Provider::azure_blob_storage:
      return parse_azure_url(url, process_environment());
    case Provider::google_cloud_storage:
      break;
  }
  return parse_gcs_url(url);
}

std::unique_ptr<ObjectStore> open_store(const Location& location, const Settings& settings) {
  switch (location.provider) {
    case Provider::aws_s3:
      return open_s3_store(location, settings);
    case Provider::azure_blob_storage:
      return open_azure(location, settings);
    case Provider::google_cloud_storage:
      break;
  }
  return open_gcs(location, settings);
}

}  // namespace barman::store
