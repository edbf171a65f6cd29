#pragma once
#include <functional>
#include <memory>
#include <string>

#include "barman/store/object_store.h"
#include "barman/store/open.h"

namespace barman::cloud {

struct OpenedStore {
  std::unique_ptr<store::ObjectStore> store;
  std::string path;  // prefix of the keys, without a slash at either end
};
using OpenStore =
    std::function<OpenedStore(const std::string& url, store::Provider provider, const store::Settings& settings)>;

// The real one.
OpenedStore open_url(const std::string& url, store::Provider provider, const store::Settings& settings);

}  // namespace barman::cloud
