#pragma once
#include <cstdint>
#include <functional>
#include <string_view>

#include "barman/tar/member.h"

namespace barman::tar {

// Writes a POSIX.1-2001 (pax) archive: ustar headers, with an extended header before a member whose time has a fraction
// or of which ustar cannot hold something.
class Writer {
 public:
  using Sink = std::function<void(std::string_view)>;
  explicit Writer(Sink sink) : sink_(std::move(sink)) {}

  void begin(const Member& member);  // followed by exactly member.size bytes of data()
  void data(std::string_view bytes);
  void end_member();  // pads to a whole block
  void finish();      // end of archive, padded to a whole record

 private:
  void put(std::string_view bytes);

  Sink sink_;
  std::uint64_t written_ = 0;
};

}  // namespace barman::tar
