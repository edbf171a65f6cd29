#include "barman/store/object_store.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace barman::store {
namespace {

Errc errc_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::no_bucket:
    case Refusal::not_found:
      return Errc::not_found;
    case Refusal::denied:
    case Refusal::exists:
    case Refusal::locked:
      return Errc::refused;
    case Refusal::damaged:
      return Errc::corrupt;
    case Refusal::unreachable:
    case Refusal::busy:
    case Refusal::invalid:
      break;
  }
  return Errc::remote;
}

}  // namespace

StoreError::StoreError(Refusal refusal, int status, std::string code, const std::string& message, std::string hint)
    : Error(errc_of(refusal), message, std::move(hint)), refusal_(refusal), status_(status), code_(std::move(code)) {}

std::string read_object(ObjectStore& store, const std::string& key, std::size_t limit) {
  std::string content;
  store.get(key, [&](std::string_view bytes) {
    if (bytes.size() > limit - content.size())
      throw StoreError(
          Refusal::damaged, 0, {},
          fmt::format("'{}' in {} is larger than {} bytes, so it is not what it is named", key, store.name(), limit));
    content += bytes;
  });
  return content;
}

void for_each_page(ObjectStore& store, const Listing& listing, const std::function<bool(const Page&)>& take) {
  constexpr int most_in_vain = 100;  // a store may give a page with nothing in it, but not again and again
  std::string next, furthest;
  for (int in_vain = 0; in_vain < most_in_vain; ++in_vain) {
    const Page page = store.list(listing, next);
    if (!take(page) || page.next.empty()) return;
    next = page.next;
    const std::string before = furthest;
    for (const Object& object : page.objects) furthest = std::max(furthest, object.key);
    for (const std::string& prefix : page.prefixes) furthest = std::max(furthest, prefix);
    if (furthest > before) in_vain = 0;
  }
  throw StoreError(
      Refusal::damaged, 0, {},
      fmt::format("cannot list '{}' in {}: the listing does not get any further", listing.prefix, store.name()),
      "run the command again; if it stays, check proxies and the store itself");
}

void for_each_object(ObjectStore& store, const Listing& listing, const std::function<void(const Object&)>& take) {
  for_each_page(store, listing, [&](const Page& page) {
    for (const Object& object : page.objects) take(object);
    return true;
  });
}

}  // namespace barman::store
