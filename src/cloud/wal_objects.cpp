#include "barman/cloud/wal_objects.h"

#include "barman/cloud/wal_key.h"

namespace barman::cloud {

std::vector<WalObject> find_wal(store::ObjectStore& store, const Layout& layout, const std::string& name) {
  std::vector<WalObject> found;
  const store::Listing listing{.prefix = layout.wal(name), .delimiter = {}, .start_after = {}};
  store::for_each_object(store, listing, [&](const store::Object& object) {
    const auto key = parse_wal_key(object.key);
    if (key && (key->name == name || key->name == name + ".partial"))
      found.push_back({std::string(key->name), std::string(key->extension), object});
  });
  return found;
}

}  // namespace barman::cloud
