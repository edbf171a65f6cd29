#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace barman {

// Numbers in columns of eight or sixteen upper-case hexadecimal digits, eight digits a step: a line of notes has twelve
// of them, an archive a million lines.
class HexColumns {
 public:
  explicit HexColumns(std::string_view text) : p_(text.data()), left_(text.size()) {}

  std::uint32_t number8() {
    if (left_ < 8) {
      bad_ = 1;
      return 0;
    }
    const std::uint32_t value = read();
    p_ += 8;
    left_ -= 8;
    return value;
  }
  std::uint64_t number16() {
    const std::uint64_t high = number8();
    return high << 32 | number8();
  }
  char character() {
    if (left_ == 0) {
      bad_ = 1;
      return '\0';
    }
    --left_;
    return *p_++;
  }
  void expect(char wanted) { bad_ |= static_cast<std::uint64_t>(character() != wanted); }
  std::string_view rest() const { return {p_, left_}; }
  bool good() const { return bad_ == 0; }  // of all that was read so far

 private:
  static constexpr std::uint64_t each(std::uint64_t byte) { return byte * 0x0101010101010101; }

  std::uint32_t read() {
    std::uint64_t digits;
    std::memcpy(&digits, p_, sizeof digits);
    if constexpr (std::endian::native == std::endian::big) digits = __builtin_bswap64(digits);
    // '0' to '9' are 0x30 to 0x39, 'A' to 'F' 0x41 to 0x46: the low half, and nine more for letters.
    const std::uint64_t letters = digits >> 6 & each(1);
    std::uint64_t values = (digits & each(0x0F)) + letters * 9;
    // What these values are written as has to be what was read.
    const std::uint64_t above_nine = (values + each(6)) >> 4 & each(1);
    bad_ |= (values & each(0xF0)) | ((values + each(0x30) + above_nine * 7) ^ digits);
    values = (values << 4 | values >> 8) & 0x00FF00FF00FF00FF;
    values = (values << 8 | values >> 16) & 0x0000FFFF0000FFFF;
    return static_cast<std::uint32_t>(values << 16 | values >> 32);
  }

  const char* p_;
  std::size_t left_;
  std::uint64_t bad_ = 0;
};

}  // namespace barman
