#include "tar_writer.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "barman/core/error.h"

namespace barman::clients {

namespace {

constexpr std::size_t block_size = 512;
constexpr std::size_t record_size = 20 * block_size;
constexpr std::size_t longest_name = 100;
constexpr std::uint64_t largest_size = 077777777777;  // eleven octal digits
constexpr std::int64_t ns_per_second = 1'000'000'000;

using Block = std::array<char, block_size>;

void put_text(Block& block, std::size_t at, std::string_view text) {
  std::ranges::copy(text, block.begin() + static_cast<std::ptrdiff_t>(at));
}

// Octal digits filling a field but for its final NUL.
void put_octal(Block& block, std::size_t at, std::size_t field, std::uint64_t value) {
  put_text(block, at, fmt::format("{:0{}o}", value, field - 1));
}

// The ustar header of POSIX.1-1988: name 0, mode 100, uid 108, gid 116, size 124, mtime 136, checksum 148, type 156,
// magic 257, version 263.
Block header(std::string_view name, char type, std::uint32_t mode, std::uint64_t size, std::uint64_t mtime) {
  Block block{};
  put_text(block, 0, name.substr(0, longest_name));
  put_octal(block, 100, 8, mode & 07777);
  put_octal(block, 108, 8, 0);
  put_octal(block, 116, 8, 0);
  put_octal(block, 124, 12, size);
  put_octal(block, 136, 12, mtime);
  put_text(block, 148, "        ");
  block[156] = type;
  put_text(block, 257,
           std::string_view("ustar\0"
                            "00",
                            8));
  const unsigned sum = std::accumulate(block.begin(), block.end(), 0U,
                                       [](unsigned total, char c) { return total + static_cast<unsigned char>(c); });
  put_text(block, 148, fmt::format("{:06o}", sum));
  block[154] = '\0';
  return block;
}

// "{length} {key}={value}\n", where the length counts itself.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) ++length;
  return fmt::format("{} {}={}\n", length, key, value);
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The extended header's content; empty when ustar says it all.
std::string extension(const TarMember& member) {
  std::string records;
  if (member.name.size() > longest_name || !is_ascii(member.name)) records += pax_record("path", member.name);
  if (const std::int64_t fraction = member.mtime_ns % ns_per_second; fraction != 0) {
    std::string text = fmt::format("{}.{:09}", member.mtime_ns / ns_per_second, fraction);
    text.erase(text.find_last_not_of('0') + 1);
    records += pax_record("mtime", text);
  }
  return records;
}

std::string_view view(const Block& block) { return {block.data(), block.size()}; }

}  // namespace

void TarWriter::put(std::string_view bytes) {
  sink_(bytes);
  written_ += bytes.size();
}

void TarWriter::data(std::string_view bytes) { put(bytes); }

void TarWriter::begin(const TarMember& member) {
  if (member.size > largest_size)
    throw Error(Errc::unsupported,
                fmt::format("'{}' is too large for a tar stream: {} bytes", member.name, member.size));
  TarMember known = member;
  known.mtime_ns = std::max<std::int64_t>(member.mtime_ns, 0);
  if (const std::string records = extension(known); !records.empty()) {
    put(view(header("././@PaxHeader", 'x', 0644, records.size(), 0)));
    put(records);
    end_member();
  }
  const auto seconds = static_cast<std::uint64_t>(known.mtime_ns / ns_per_second);
  put(view(header(known.name, '0', known.mode, known.size, seconds)));
}

void TarWriter::end_member() {
  const std::size_t excess = written_ % block_size;
  if (excess != 0) put(std::string(block_size - excess, '\0'));
}

void TarWriter::finish() {
  put(std::string(2 * block_size, '\0'));
  const std::size_t excess = written_ % record_size;
  if (excess != 0) put(std::string(record_size - excess, '\0'));
}

}  // namespace barman::clients
