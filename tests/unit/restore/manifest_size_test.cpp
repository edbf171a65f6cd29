#include "manifest_size.h"

#include <gtest/gtest.h>

namespace barman::restore {
namespace {

constexpr std::string_view manifest = R"({ "PostgreSQL-Backup-Manifest-Version": 2,
"System-Identifier": 7560000000000000001,
"Files": [
{ "Path": "backup_label", "Size": 225, "Last-Modified": "2026-11-28 11:37:42 GMT" },
{ "Path": "a\"Size\": 9", "Size": 1, "Last-Modified": "2026-11-28 11:37:42 GMT" },
{ "Path": "base/1/INCREMENTAL.2619", "Size": 100000, "Last-Modified": "2026-11-28 11:37:42 GMT" }
],
"Manifest-Checksum": "00"}
)";

TEST(ManifestSize, AddsUpWhateverThePieces) {
  for (std::size_t length = 1; length <= manifest.size(); ++length) {
    ManifestSize size;
    for (std::size_t at = 0; at < manifest.size(); at += length) size.feed(manifest.substr(at, length));
    EXPECT_EQ(size.bytes(), 100226) << "in pieces of " << length;
  }
}

}  // namespace
}  // namespace barman::restore
