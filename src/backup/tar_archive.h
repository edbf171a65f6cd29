#pragma once
#include <string>
#include <string_view>

#include "barman/codec/codec.h"
#include "barman/core/unique_fd.h"
#include "barman/tar/reader.h"

namespace barman::backup {

// A tar archive in a file, compressed or not.
class TarArchive {
 public:
  explicit TarArchive(const std::string& path);
  TarArchive(const TarArchive&) = delete;
  TarArchive& operator=(const TarArchive&) = delete;
  tar::Reader& members() { return members_; }

 private:
  UniqueFd fd_;
  codec::StreamDecoder content_;
  tar::Reader members_;
};

// The first regular file of that name in an archive, which is read no further than that. Error(corrupt) if there is
// none, if it is longer than `longest` bytes, or if what comes before it is damaged.
std::string read_member(const std::string& archive, std::string_view name, std::uint64_t longest);

}  // namespace barman::backup
