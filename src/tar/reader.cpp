#include "barman/tar/reader.h"

#include <algorithm>
#include <array>
#include <vector>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"

// POSIX.1-2017 "pax": ustar interchange format and extended headers; GNU tar manual, "Basic Tar Format".
namespace barman::tar {
namespace {

constexpr std::size_t block_size = 512;
constexpr std::uint64_t longest_text = 1024 * 1024;  // of an extended header or a long name
constexpr std::uint64_t largest_member = std::uint64_t{1} << 62;

struct Field {
  std::size_t offset, size;
};
constexpr Field name_field{0, 100}, mode_field{100, 8}, uid_field{108, 8}, gid_field{116, 8}, size_field{124, 12},
    mtime_field{136, 12}, checksum_field{148, 8}, type_field{156, 1}, link_field{157, 100}, magic_field{257, 6},
    user_field{265, 32}, group_field{297, 32}, prefix_field{345, 155};

[[noreturn]] void damaged(const char* what) { throw Error(Errc::corrupt, what); }

std::string_view raw(std::string_view header, Field field) { return header.substr(field.offset, field.size); }

std::string text(std::string_view header, Field field) {
  const std::string_view bytes = raw(header, field);
  return std::string(bytes.substr(0, bytes.find('\0')));
}

// Octal digits with blanks or NULs around, or GNU's base 256.
std::uint64_t number(std::string_view header, Field field) {
  const std::string_view bytes = raw(header, field);
  std::uint64_t value = 0;
  if (static_cast<unsigned char>(bytes[0]) & 0x80) {
    if (static_cast<unsigned char>(bytes[0]) != 0x80) damaged("invalid header");  // negative, or beyond 2^88
    for (const char c : bytes.substr(1)) {
      if (value >> 56) damaged("invalid header");
      value = value << 8 | static_cast<unsigned char>(c);
    }
    return value;
  }
  std::string digits(bytes.substr(0, bytes.find('\0')));
  for (const char c : trim(digits)) {
    if (c < '0' || c > '7' || value >> 60) damaged("invalid header");
    value = value << 3 | static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

void verify_checksum(std::string_view header) {
  std::uint64_t sum = 0;
  std::int64_t signed_sum = 0;  // as some old programs computed it
  for (std::size_t i = 0; i < header.size(); ++i) {
    const bool own = i >= checksum_field.offset && i < checksum_field.offset + checksum_field.size;
    const char c = own ? ' ' : header[i];
    sum += static_cast<unsigned char>(c);
    signed_sum += static_cast<signed char>(c);
  }
  const std::uint64_t stated = number(header, checksum_field);
  if (stated != sum && static_cast<std::int64_t>(stated) != signed_sum) damaged("bad checksum");
}

// "LENGTH KEY=VALUE\n" records.
void parse_pax(std::string_view records, std::map<std::string, std::string>& values) {
  while (!records.empty()) {
    const std::size_t blank = records.find(' ');
    const auto length = parse_decimal(records.substr(0, blank));
    if (blank == std::string_view::npos || !length || *length <= static_cast<std::int64_t>(blank) + 1 ||
        static_cast<std::size_t>(*length) > records.size())
      damaged("invalid header");
    const std::string_view record = records.substr(blank + 1, static_cast<std::size_t>(*length) - blank - 1);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos || !record.ends_with('\n')) damaged("invalid header");
    values[std::string(record.substr(0, equals))] = record.substr(equals + 1, record.size() - equals - 2);
    records.remove_prefix(static_cast<std::size_t>(*length));
  }
}

std::uint64_t pax_number(std::string_view text) {
  const auto value = parse_decimal(text);
  if (!value || *value < 0) damaged("invalid header");
  return static_cast<std::uint64_t>(*value);
}

// "1700000000.25", also negative.
std::timespec parse_time(std::string_view text) {
  constexpr std::size_t nano_digits = 9;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  const auto seconds = parse_decimal(text.substr(0, dot));
  std::string fraction = dot == std::string_view::npos ? "" : std::string(text.substr(dot + 1));
  fraction.resize(nano_digits, '0');
  const auto nanos = parse_decimal(fraction);
  if (!seconds || !nanos) damaged("invalid header");
  if (!negative) return {*seconds, *nanos};
  constexpr std::int64_t second = 1'000'000'000;
  return *nanos == 0 ? std::timespec{-*seconds, 0} : std::timespec{-*seconds - 1, second - *nanos};
}

bool is_zero(std::string_view block) {
  return std::ranges::all_of(block, [](char c) { return c == '\0'; });
}

}  // namespace

bool Reader::read_header(std::span<char> header) {
  std::size_t filled = 0;
  while (filled < header.size()) {
    const std::size_t got = read_(header.subspan(filled));
    if (got == 0) break;
    filled += got;
  }
  if (filled == 0 && !any_header_) damaged("empty file");
  if (filled == 0) return false;
  if (filled < header.size()) damaged("truncated header");
  any_header_ = true;
  return true;
}

void Reader::read_exactly(std::span<char> bytes) {
  while (!bytes.empty()) {
    const std::size_t got = read_(bytes);
    if (got == 0) damaged("unexpected end of data");
    bytes = bytes.subspan(got);
  }
}

std::string Reader::read_text(std::uint64_t size) {
  if (size > longest_text) damaged("invalid header");
  std::string bytes((size + block_size - 1) / block_size * block_size, '\0');
  read_exactly(bytes);
  bytes.resize(size);
  return bytes;
}

void Reader::skip_rest() {
  std::vector<char> buffer(64 * 1024);
  for (std::uint64_t left = left_ + padding_; left > 0;) {
    const auto now = std::span(buffer).first(static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size())));
    read_exactly(now);
    left -= now.size();
  }
  left_ = padding_ = 0;
}

void Reader::drain() {
  std::vector<char> buffer(64 * 1024);
  while (read_(buffer) > 0) {
  }
}

void Reader::apply(const std::map<std::string, std::string>& pax, Member& member) const {
  for (const auto& [key, value] : pax) {
    if (key == "path") {
      member.name = value;
    } else if (key == "linkpath") {
      member.link = value;
    } else if (key == "size") {
      member.size = pax_number(value);
    } else if (key == "uid") {
      member.uid = pax_number(value);
    } else if (key == "gid") {
      member.gid = pax_number(value);
    } else if (key == "uname") {
      member.user = value;
    } else if (key == "gname") {
      member.group = value;
    } else if (key == "mtime") {
      member.mtime = parse_time(value);
    }
  }
}

namespace {

std::string until_nul(const std::string& text) { return text.substr(0, text.find('\0')); }

void read_owner(std::string_view header, bool posix, Member& member) {
  member.mode = static_cast<std::uint32_t>(number(header, mode_field) & 07777);
  member.uid = number(header, uid_field);
  member.gid = number(header, gid_field);
  if (!posix && raw(header, magic_field).substr(0, 5) != "ustar") return;
  member.user = text(header, user_field);
  member.group = text(header, group_field);
}

}  // namespace

std::optional<Member> Reader::next() {
  skip_rest();
  std::map<std::string, std::string> pax = global_pax_;
  std::optional<std::string> long_name, long_link;
  std::array<char, block_size> block;
  for (;;) {
    if (!read_header(block)) return std::nullopt;
    const std::string_view header(block.data(), block.size());
    if (is_zero(header)) {
      saw_end_ = true;
      drain();
      return std::nullopt;
    }
    verify_checksum(header);
    Member member;
    member.type = header[type_field.offset];
    member.size = number(header, size_field);
    switch (member.type) {
      case 'x':
        parse_pax(read_text(member.size), pax);
        continue;
      case 'g':
        parse_pax(read_text(member.size), global_pax_);
        for (const auto& [key, value] : global_pax_) pax.insert_or_assign(key, value);
        continue;
      case 'L':
        long_name = until_nul(read_text(member.size));
        continue;
      case 'K':
        long_link = until_nul(read_text(member.size));
        continue;
      default:
        break;
    }
    member.mtime = {static_cast<std::time_t>(number(header, mtime_field)), 0};
    member.name = text(header, name_field);
    const bool posix = raw(header, magic_field) == std::string_view("ustar\0", magic_field.size);
    if (const std::string prefix = text(header, prefix_field); posix && !prefix.empty())
      member.name = prefix + '/' + member.name;
    if (long_name) member.name = *long_name;
    member.link = long_link.value_or(text(header, link_field));
    read_owner(header, posix, member);
    apply(pax, member);
    if (member.type == '\0') member.type = '0';
    if (member.size > largest_member) damaged("invalid header");
    left_ = member.size;
    padding_ = (block_size - member.size % block_size) % block_size;
    return member;
  }
}

std::size_t Reader::read(std::span<char> buffer) {
  if (left_ == 0) return 0;
  const std::size_t got = read_(buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer.size()))));
  if (got == 0) damaged("unexpected end of data");
  left_ -= got;
  return got;
}

void Reader::leave_out(std::uint64_t size) { left_ -= std::min(size, left_); }

}  // namespace barman::tar
