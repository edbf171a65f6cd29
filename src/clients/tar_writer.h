#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace barman::clients {

// One member of the stream: a regular file.
struct TarMember {
  std::string name;
  std::uint64_t size = 0;
  std::uint32_t mode = 0644;
  std::int64_t mtime_ns = 0;  // since 1970 UTC
};

// Writes a POSIX.1-2001 (pax) archive: ustar headers, with an extended header before a member whose time has a fraction
// or whose name ustar cannot hold.
class TarWriter {
 public:
  using Sink = std::function<void(std::string_view)>;
  explicit TarWriter(Sink sink) : sink_(std::move(sink)) {}

  void begin(const TarMember& member);  // followed by exactly member.size bytes of data()
  void data(std::string_view bytes);
  void end_member();  // pads to a whole block
  void finish();      // end of archive, padded to a whole record

 private:
  void put(std::string_view bytes);

  Sink sink_;
  std::uint64_t written_ = 0;
};

}  // namespace barman::clients
