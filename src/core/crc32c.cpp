#include "barman/core/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>
#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace barman {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // Castagnoli, reflected
constexpr std::size_t slices = 8;
using Tables = std::array<std::array<std::uint32_t, 256>, slices>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ polynomial : crc >> 1;
    tables[0][i] = crc;
  }
  for (std::size_t slice = 1; slice < slices; ++slice)
    for (std::size_t i = 0; i < 256; ++i)
      tables[slice][i] = tables[slice - 1][i] >> 8 ^ tables[0][tables[slice - 1][i] & 0xff];
  return tables;
}

constexpr Tables tables = make_tables();

std::uint32_t little_endian(const unsigned char* p) {
  return p[0] | static_cast<std::uint32_t>(p[1]) << 8 | static_cast<std::uint32_t>(p[2]) << 16 |
         static_cast<std::uint32_t>(p[3]) << 24;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::string_view bytes, std::uint32_t before) {
  std::uint64_t crc = ~before;
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, p += 8) {
    std::uint64_t word;
    std::memcpy(&word, p, sizeof word);
    crc = _mm_crc32_u64(crc, word);
  }
  auto narrow = static_cast<std::uint32_t>(crc);
  for (; left > 0; --left, ++p) narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(*p));
  return ~narrow;
}

const bool has_instruction = [] {
  __builtin_cpu_init();
  return __builtin_cpu_supports("sse4.2") != 0;
}();
#endif

// Polynomials over GF(2) modulo the CRC's own; the highest bit is the coefficient of x^0.
std::uint32_t product(std::uint32_t a, std::uint32_t b) {
  std::uint32_t result = 0;
  for (std::uint32_t bit = 0x80000000; bit != 0; bit >>= 1) {
    if (a & bit) result ^= b;
    b = b & 1 ? b >> 1 ^ polynomial : b >> 1;
  }
  return result;
}

}  // namespace

// Eight bytes a step ("slicing by 8").
std::uint32_t detail::crc32c_by_tables(std::string_view bytes, std::uint32_t before) {
  std::uint32_t crc = ~before;
  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, p += 8) {
    const std::uint32_t low = crc ^ little_endian(p);
    const std::uint32_t high = little_endian(p + 4);
    crc = tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^ tables[5][low >> 16 & 0xff] ^ tables[4][low >> 24] ^
          tables[3][high & 0xff] ^ tables[2][high >> 8 & 0xff] ^ tables[1][high >> 16 & 0xff] ^ tables[0][high >> 24];
  }
  for (; left > 0; --left, ++p) crc = crc >> 8 ^ tables[0][(crc ^ *p) & 0xff];
  return ~crc;
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
#if defined(__x86_64__)
  if (has_instruction) return by_instruction(bytes, before);
#endif
  return detail::crc32c_by_tables(bytes, before);
}

// Each byte behind the first text multiplies its remainder by x^8.
std::uint32_t crc32c_joined(std::uint32_t first, std::uint32_t second, std::uint64_t size) {
  std::uint32_t factor = 0x80000000, power = 0x00800000;  // x^0, x^8
  for (; size != 0; size >>= 1, power = product(power, power))
    if (size & 1) factor = product(factor, power);
  return product(factor, first) ^ second;
}

}  // namespace barman
