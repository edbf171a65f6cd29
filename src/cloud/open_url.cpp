#include "barman/cloud/open_url.h"

namespace barman::cloud {

OpenedStore open_url(const std::string& url, store::Provider provider, const store::Settings& settings) {
  const store::Location location = store::parse_url(url, provider);
  return {store::open_store(location, settings), location.path};
}

}  // namespace barman::cloud
