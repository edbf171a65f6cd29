#include "store_removal.h"

#include "barman/cloud/object_removal.h"
#include "barman/cloud/wal_key.h"
#include "barman/core/signals.h"
#include "store_files.h"

namespace barman::archive {

using catalog::WalEntryView;

void StoreRemoval::add(const WalEntryView& view) {
  signals::throw_if_pending();
  Line line{std::string(view.line), address(place_, place_.layout.wal(view.name, extension_of(view.compression))),
            false};
  if (removal_.before) removal_.before(view, line.address);
  for (std::string& key : copies_of(view.name)) {
    keys_.push_back(std::move(key));
    line.found = true;
  }
  lines_.push_back(std::move(line));
  if (keys_.size() >= batch_ || lines_.size() >= batch_) flush();
}

void StoreRemoval::flush() {
  if (!keys_.empty()) cloud::remove_objects(*place_.store, keys_, batch_);
  for (const Line& line : lines_) {
    WalEntryView view;
    if (removal_.after && parse_wal_line(line.text, view)) removal_.after(view, line.address, line.found);
  }
  keys_.clear();
  lines_.clear();
}

std::vector<std::string> StoreRemoval::copies_of(std::string_view name) {
  const std::string directory = place_.layout.wal_directory(name);
  if (directory != listed_) list(directory);
  std::vector<std::string> keys;
  const auto [first, last] = copies_.equal_range(name);
  for (auto at = first; at != last; ++at) keys.push_back(at->second);
  return keys;
}

void StoreRemoval::list(const std::string& directory) {
  copies_.clear();
  std::string next;
  do {
    const store::Page page = place_.store->list({.prefix = directory, .delimiter = "/", .start_after = {}}, next);
    for (const store::Object& object : page.objects)
      if (const auto key = cloud::parse_wal_key(object.key)) copies_.emplace(std::string(key->name), object.key);
    next = page.next;
  } while (!next.empty());
  listed_ = directory;
}

}  // namespace barman::archive
