#pragma once
#include <fmt/core.h>

#include <cstring>
#include <string>
#include <string_view>

// Tar streams made by hand.
namespace barman::tar::samples {

inline std::string padded(std::string bytes) {
  bytes.resize((bytes.size() + 511) / 512 * 512, '\0');
  return bytes;
}

struct Header {
  std::string name;
  std::string size_field;  // 12 bytes or less; empty: octal of the content's size
  char type = '0';
  std::string prefix{};
  std::string magic = std::string("ustar\00000", 8);
  std::string mtime = "15750000000";  // octal seconds
};

inline std::string header(const Header& from, std::size_t size) {
  std::string block(512, '\0');
  const auto set = [&](std::size_t at, std::string_view text) { block.replace(at, text.size(), text); };
  set(0, from.name.substr(0, 100));
  set(100, "0000644");
  set(108, "0000000");
  set(116, "0000000");
  set(124, from.size_field.empty() ? fmt::format("{:011o}", size) : from.size_field);
  set(136, from.mtime);
  block[156] = from.type;
  set(257, from.magic);
  set(345, from.prefix);
  set(148, "        ");
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  set(148, fmt::format("{:06o}", sum));
  block[154] = '\0';
  return block;
}

inline std::string member(const Header& from, const std::string& content) {
  return header(from, content.size()) + padded(content);
}
inline std::string file(const std::string& name, const std::string& content) {
  return member({.name = name, .size_field = {}}, content);
}

inline std::string pax_record(const std::string& key, const std::string& value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t size = rest + 1;
  while (std::to_string(size).size() + rest != size) size = std::to_string(size).size() + rest;
  return fmt::format("{} {}={}\n", size, key, value);
}
inline std::string pax(const std::string& records, char type = 'x') {
  return member({.name = "PaxHeader", .size_field = {}, .type = type}, records);
}
inline const std::string end(1024, '\0');

}  // namespace barman::tar::samples
