#include "tar_member.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"

namespace barman::backup {
namespace {

constexpr std::size_t block_size = 512;
constexpr std::size_t largest_content = 1024 * 1024;

std::string_view text_field(std::string_view block, std::size_t offset, std::size_t size) {
  const std::string_view field = block.substr(offset, size);
  return field.substr(0, field.find('\0'));
}

// Octal digits, or a big-endian number after a byte 0x80 (members of 8 GB and more).
unsigned long long number_field(std::string_view block, std::size_t offset, std::size_t size) {
  const std::string_view field = block.substr(offset, size);
  unsigned long long value = 0;
  if (static_cast<unsigned char>(field[0]) == 0x80) {
    for (const char c : field.substr(1)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  for (const char c : field) {
    if (c < '0' || c > '7') break;
    value = value * 8 + static_cast<unsigned>(c - '0');
  }
  return value;
}

void drain(int fd, const std::string& archive, TarMember& member) {
  std::vector<char> buffer(64 * 1024);
  while (const std::size_t got = fs::read_some(fd, buffer, archive))
    if (!member.feed({buffer.data(), got})) return;
}

// The decompressor writes into a pipe until we have seen enough.
void drain_compressed(int input, codec::Algorithm algorithm, const std::string& archive, TarMember& member) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("create", "pipe");
  UniqueFd reader(ends[0]), writer(ends[1]);
  std::exception_ptr failure;
  std::jthread decompressor([&] {
    try {
      codec::decompress_stream(input, writer.get(), algorithm, {}, archive);
    } catch (...) {
      failure = std::current_exception();
    }
    writer.reset();
  });
  try {
    drain(reader.get(), archive, member);
  } catch (...) {
    reader.reset();
    decompressor.join();
    throw;
  }
  reader.reset();
  decompressor.join();
  // Once found, the failure is only that nobody reads any more.
  if (failure && !member.content()) std::rethrow_exception(failure);
}

}  // namespace

bool TarMember::header(std::string_view block) {
  if (std::ranges::all_of(block, [](char c) { return c == '\0'; })) return false;
  if (text_field(block, 257, 5) != "ustar") throw Error(Errc::corrupt, "not a tar archive");
  const std::string_view name = text_field(block, 0, 100);
  const char type = block[156];
  const unsigned long long size = number_field(block, 124, 12);
  if (name == name_ && (type == '0' || type == '\0')) {
    if (size > largest_content) throw Error(Errc::corrupt, fmt::format("'{}' has {} bytes", name_, size));
    wanted_ = static_cast<std::size_t>(size);
  } else {
    const bool has_content = type == '0' || type == '\0';
    skip_ = has_content ? (size + block_size - 1) / block_size * block_size : 0;
  }
  return true;
}

bool TarMember::feed(std::string_view bytes) {
  while (!bytes.empty() || (wanted_ && pending_.size() >= *wanted_)) {
    if (skip_ > 0) {
      const std::size_t skipped = static_cast<std::size_t>(std::min<unsigned long long>(skip_, bytes.size()));
      skip_ -= skipped;
      bytes.remove_prefix(skipped);
      continue;
    }
    const std::size_t needed = wanted_.value_or(block_size);
    const std::size_t taken = std::min(needed - std::min(needed, pending_.size()), bytes.size());
    pending_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (pending_.size() < needed) return true;
    if (wanted_) {
      content_ = std::move(pending_);
      return false;
    }
    const std::string block = std::exchange(pending_, {});
    if (!header(block)) return false;
  }
  return true;
}

std::string backup_label_in(const std::string& archive) {
  TarMember member("backup_label");
  const UniqueFd input = fs::open_file(archive, O_RDONLY);
  if (const auto algorithm = codec::detect_file(archive))
    drain_compressed(input.get(), *algorithm, archive, member);
  else
    drain(input.get(), archive, member);
  if (!member.content()) throw Error(Errc::corrupt, fmt::format("no backup_label in '{}'", archive));
  return *member.content();
}

}  // namespace barman::backup
