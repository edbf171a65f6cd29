#pragma once
#include <map>
#include <string>
#include <vector>

#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/store/object_store.h"
#include "barman/tar/reader.h"

namespace barman::cloud {

struct StoredMember {
  tar::Member header;
  std::string content;
};

inline std::string decoded_object(store::ObjectStore& store, const std::string& key,
                                  std::optional<codec::Algorithm> compression) {
  const std::string stored = store::read_object(store, key);
  std::size_t at = 0;
  codec::StreamDecoder decoder(
      [&](std::span<char> buffer) {
        const std::size_t got = stored.copy(buffer.data(), buffer.size(), at);
        at += got;
        return got;
      },
      codec::stored_as(compression), key);
  std::string bytes;
  std::vector<char> buffer(64 * 1024);
  while (const std::size_t got = decoder.read(buffer)) bytes.append(buffer.data(), got);
  return bytes;
}

// In the order of the archive.
inline std::vector<StoredMember> members_of(store::ObjectStore& store, const std::string& key,
                                            std::optional<codec::Algorithm> compression = {}) {
  const std::string bytes = decoded_object(store, key, compression);
  std::size_t at = 0;
  tar::Reader reader([&](std::span<char> buffer) {
    const std::size_t got = bytes.copy(buffer.data(), buffer.size(), at);
    at += got;
    return got;
  });
  std::vector<StoredMember> members;
  while (const auto member = reader.next()) {
    members.push_back({*member, {}});
    std::vector<char> buffer(64 * 1024);
    while (const std::size_t got = reader.read(buffer)) members.back().content.append(buffer.data(), got);
  }
  return members;
}

inline std::vector<std::string> names_of(const std::vector<StoredMember>& members) {
  std::vector<std::string> names;
  for (const StoredMember& member : members) names.push_back(member.header.name);
  return names;
}

inline std::vector<std::string> keys_in(store::ObjectStore& store, const std::string& prefix) {
  std::vector<std::string> keys;
  store::for_each_object(store, {.prefix = prefix},
                         [&](const store::Object& object) { keys.push_back(object.key.substr(prefix.size())); });
  return keys;
}

}  // namespace barman::cloud
