#include "barman/store/object_store.h"

#include <fmt/core.h>

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

void for_each_object(ObjectStore& store, const Listing& listing, const std::function<void(const Object&)>& take) {
  std::string next;
  do {
    const Page page = store.list(listing, next);
    for (const Object& object : page.objects) take(object);
    next = page.next;
  } while (!next.empty());
}

}  // namespace barman::store
