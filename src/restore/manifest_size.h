#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace barman::restore {

// Adds up the sizes of the files in the text of a backup manifest, which comes in pieces of any length. It is as large
// as its backup has files, so it is not parsed: PostgreSQL writes `"Size": N`, and every quote in a name has a
// backslash.
class ManifestSize {
 public:
  void feed(std::string_view piece);
  std::int64_t bytes() const { return bytes_; }

 private:
  std::string rest_;
  std::int64_t bytes_ = 0;
};

std::int64_t size_in_manifest(const std::string& path);

}  // namespace barman::restore
