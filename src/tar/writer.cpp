#include "barman/tar/writer.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace barman::tar {

namespace {

constexpr std::size_t block_size = 512;
constexpr std::size_t record_size = 20 * block_size;
constexpr std::size_t longest_name = 100;
constexpr std::size_t longest_owner = 31;
constexpr std::uint64_t largest_size = 077777777777;  // eleven octal digits
constexpr std::uint64_t largest_id = 07777777;        // seven

using Block = std::array<char, block_size>;

void put_text(Block& block, std::size_t at, std::string_view text) {
  std::ranges::copy(text, block.begin() + static_cast<std::ptrdiff_t>(at));
}

// Octal digits filling a field but for its final NUL.
void put_octal(Block& block, std::size_t at, std::size_t field, std::uint64_t value) {
  put_text(block, at, fmt::format("{:0{}o}", value, field - 1));
}

// The ustar header of POSIX.1-1988: name 0, mode 100, uid 108, gid 116, size 124, mtime 136, checksum 148, type 156,
// link 157, magic 257, version 263, user 265, group 297. What does not fit is in the extended header before it.
Block header(const Member& member) {
  Block block{};
  put_text(block, 0, std::string_view(member.name).substr(0, longest_name));
  put_octal(block, 100, 8, member.mode & 07777);
  put_octal(block, 108, 8, member.uid > largest_id ? 0 : member.uid);
  put_octal(block, 116, 8, member.gid > largest_id ? 0 : member.gid);
  put_octal(block, 124, 12, member.size > largest_size ? 0 : member.size);
  put_octal(block, 136, 12, static_cast<std::uint64_t>(member.mtime.tv_sec));
  put_text(block, 148, "        ");
  block[156] = member.type;
  put_text(block, 157, std::string_view(member.link).substr(0, longest_name));
  put_text(block, 257,
           std::string_view("ustar\0"
                            "00",
                            8));
  put_text(block, 265, std::string_view(member.user).substr(0, longest_owner));
  put_text(block, 297, std::string_view(member.group).substr(0, longest_owner));
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

bool fits(std::string_view text, std::size_t longest) { return text.size() <= longest && is_ascii(text); }

// The extended header's content; empty when ustar says it all.
std::string extension(const Member& member) {
  std::string records;
  if (!fits(member.name, longest_name)) records += pax_record("path", member.name);
  if (!fits(member.link, longest_name)) records += pax_record("linkpath", member.link);
  if (!fits(member.user, longest_owner)) records += pax_record("uname", member.user);
  if (!fits(member.group, longest_owner)) records += pax_record("gname", member.group);
  if (member.uid > largest_id) records += pax_record("uid", std::to_string(member.uid));
  if (member.gid > largest_id) records += pax_record("gid", std::to_string(member.gid));
  if (member.size > largest_size) records += pax_record("size", std::to_string(member.size));
  if (member.mtime.tv_nsec != 0) {
    std::string text = fmt::format("{}.{:09}", member.mtime.tv_sec, member.mtime.tv_nsec);
    text.erase(text.find_last_not_of('0') + 1);
    records += pax_record("mtime", text);
  }
  return records;
}

std::string_view view(const Block& block) { return {block.data(), block.size()}; }

}  // namespace

void Writer::put(std::string_view bytes) {
  sink_(bytes);
  written_ += bytes.size();
}

void Writer::data(std::string_view bytes) { put(bytes); }

void Writer::begin(const Member& member) {
  Member known = member;
  if (known.mtime.tv_sec < 0) known.mtime = {};  // before 1970
  if (const std::string records = extension(known); !records.empty()) {
    Member extended;
    extended.name = "././@PaxHeader";
    extended.type = 'x';
    extended.size = records.size();
    put(view(header(extended)));
    put(records);
    end_member();
  }
  put(view(header(known)));
}

void Writer::end_member() {
  const std::size_t excess = written_ % block_size;
  if (excess != 0) put(std::string(block_size - excess, '\0'));
}

void Writer::finish() {
  put(std::string(2 * block_size, '\0'));
  const std::size_t excess = written_ % record_size;
  if (excess != 0) put(std::string(record_size - excess, '\0'));
}

}  // namespace barman::tar
