#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "barman/tar/member.h"

namespace barman::tar {

// Reads an uncompressed tar stream (ustar, pax, GNU long names) once, front to back, with bounded memory. Whatever is
// not exactly as the formats say is an Error(corrupt), with Barman's words where it has some ("truncated
// header", "unexpected end of data", "empty file", "invalid header", "bad checksum").
class Reader {
 public:
  using Read = std::function<std::size_t(std::span<char>)>;  // 0: end
  explicit Reader(Read read) : read_(std::move(read)) {}

  // The next member, after skipping what is left of the current one. nullopt at the end of the archive; then the rest
  // of the stream has been read, so that the sender is not cut off.
  std::optional<Member> next();
  // Whether the archive said itself that it ends there. Without that it may have been cut off between two members.
  bool saw_end() const { return saw_end_; }
  // Content of the current member; 0 at its end.
  std::size_t read(std::span<char> buffer);
  // The last `size` bytes of it are not in the stream: the caller has them from elsewhere.
  void leave_out(std::uint64_t size);

 private:
  bool read_header(std::span<char> header);
  void read_exactly(std::span<char> bytes);
  std::string read_text(std::uint64_t size);
  void skip_rest();
  void drain();
  void apply(const std::map<std::string, std::string>& pax, Member& member) const;

  Read read_;
  bool any_header_ = false;
  bool saw_end_ = false;
  std::uint64_t left_ = 0;     // of the current member's content
  std::uint64_t padding_ = 0;  // behind it
  std::map<std::string, std::string> global_pax_;
};

}  // namespace barman::tar
