#include "literal.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/python_repr.h"

namespace barman::catalog {
namespace {

constexpr int max_depth = 64;  // real files nest four deep; this only bounds the stack

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Literal whole() {
    Literal result = value(0);
    skip_blanks();
    if (at_ < text_.size()) fail("the end of the value");
    return result;
  }

 private:
  [[noreturn]] void fail(std::string_view expected) const {
    throw Error(Errc::corrupt, fmt::format("not a Python literal: expected {} at offset {}", expected, at_));
  }
  bool done() const { return at_ >= text_.size(); }
  char peek() const { return done() ? '\0' : text_[at_]; }
  bool starts_with(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  void skip_blanks() {
    while (!done() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r' || peek() == '\f')) ++at_;
  }
  bool accept(char c) {
    skip_blanks();
    if (peek() != c || done()) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(fmt::format("'{}'", c));
  }

  Literal value(int depth) {
    if (depth > max_depth) fail("less nesting");
    skip_blanks();
    if (string_starts()) return {adjacent_strings()};
    switch (peek()) {
      case '[':
        ++at_;
        return {items(']', depth).first};
      case '(':
        return parenthesised(depth);
      case '{':
        return dictionary(depth);
      default:
        break;
    }
    if (is_digit(peek()) || peek() == '.' || peek() == '-' || peek() == '+') return number();
    return word();
  }

  // Items up to `close`; second: whether there was any comma.
  std::pair<Literal::List, bool> items(char close, int depth) {
    std::pair<Literal::List, bool> result;
    while (!accept(close)) {
      result.first.push_back(value(depth + 1));
      if (accept(',')) {
        result.second = true;
      } else {
        expect(close);
        break;
      }
    }
    return result;
  }

  Literal parenthesised(int depth) {
    ++at_;
    auto [list, comma] = items(')', depth);
    if (list.size() == 1 && !comma) return std::move(list.front());
    return {Literal::Tuple{std::move(list)}};
  }

  Literal dictionary(int depth) {
    ++at_;
    Literal::Dict result;
    while (!accept('}')) {
      Literal key = value(depth + 1);
      expect(':');
      result.emplace_back(std::move(key), value(depth + 1));
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    return {std::move(result)};
  }

  Literal word() {
    const std::size_t begin = at_;
    while (!done() && is_word(peek())) ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    if (name == "None") return {};
    if (name == "True") return {true};
    if (name == "False") return {false};
    at_ = begin;
    fail("a value");
  }

  Literal number() {
    bool negative = false;
    while (peek() == '-' || peek() == '+') {
      negative ^= peek() == '-';
      ++at_;
      skip_blanks();
    }
    const std::size_t begin = at_;
    const std::string_view next = text_.substr(std::min(at_ + 1, text_.size()), 1);
    const bool based =
        peek() == '0' && !next.empty() && std::string_view("xXoObB").find(next[0]) != std::string_view::npos;
    std::string digits;
    bool real = false;
    while (!done()) {
      const char c = peek();
      const bool exponent = !based && (c == 'e' || c == 'E');
      const bool exponent_sign =
          (c == '-' || c == '+') && !digits.empty() && !based && (digits.back() == 'e' || digits.back() == 'E');
      if (!is_word(c) && c != '.' && !exponent_sign) break;
      real |= c == '.' || exponent;
      if (c != '_') digits.push_back(c);
      ++at_;
    }
    if (real) return {real_number(digits, begin, negative)};
    return {integer(digits, begin, negative)};
  }

  double real_number(const std::string& digits, std::size_t begin, bool negative) {
    double result = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      at_ = begin;
      fail("a number");
    }
    return negative ? -result : result;
  }

  std::int64_t integer(std::string_view digits, std::size_t begin, bool negative) {
    int base = 10;
    if (digits.size() > 2 && digits[0] == '0' && !is_digit(digits[1])) {
      base = digits[1] == 'x' || digits[1] == 'X' ? 16 : digits[1] == 'o' || digits[1] == 'O' ? 8 : 2;
      digits.remove_prefix(2);
    }
    const std::string signed_digits = (negative ? "-" : "") + std::string(digits);
    std::int64_t result = 0;
    const char* last = signed_digits.data() + signed_digits.size();
    const auto [end, error] = std::from_chars(signed_digits.data(), last, result, base);
    if (error != std::errc() || end != last) {
      at_ = begin;
      fail("a number of at most 64 bits");
    }
    return result;
  }

  bool string_starts() const {
    std::size_t at = at_;
    if (at < text_.size() && std::string_view("uUrR").find(text_[at]) != std::string_view::npos) ++at;
    return at < text_.size() && (text_[at] == '\'' || text_[at] == '"');
  }

  std::string adjacent_strings() {
    std::string result;
    do {
      one_string(result);
      skip_blanks();
    } while (string_starts());
    return result;
  }

  void one_string(std::string& out) {
    const bool raw = peek() == 'r' || peek() == 'R';
    if (is_word(peek())) ++at_;
    const char quote = peek();
    const std::string triple(3, quote);
    const std::string close = starts_with(triple) ? triple : std::string(1, quote);
    at_ += close.size();
    while (!starts_with(close)) {
      if (done()) fail("the closing quote");
      const char c = text_[at_++];
      if (c != '\\') {
        out.push_back(c);
      } else if (raw) {
        out.push_back(c);
        if (!done()) out.push_back(text_[at_++]);
      } else {
        escape(out);
      }
    }
    at_ += close.size();
  }

  void escape(std::string& out) {
    if (done()) fail("an escaped character");
    const char c = text_[at_++];
    switch (c) {
      case '\n':
        return;
      case '\\':
      case '\'':
      case '"':
        out.push_back(c);
        return;
      case 'a':
        out.push_back('\a');
        return;
      case 'b':
        out.push_back('\b');
        return;
      case 'f':
        out.push_back('\f');
        return;
      case 'n':
        out.push_back('\n');
        return;
      case 'r':
        out.push_back('\r');
        return;
      case 't':
        out.push_back('\t');
        return;
      case 'v':
        out.push_back('\v');
        return;
      case 'x':
        append_utf8(out, hex_digits(2));
        return;
      case 'u':
        append_character(out, 4);
        return;
      case 'U':
        append_character(out, 8);
        return;
      default:
        break;
    }
    if (c >= '0' && c <= '7') {
      --at_;
      append_utf8(out, octal_digits());
    } else {
      out.push_back('\\');
      out.push_back(c);
    }
  }

  // A byte that is not UTF-8 is written as the surrogate that Python reads it as.
  void append_character(std::string& out, std::size_t digits) {
    constexpr std::uint32_t first_byte = 0xDC80, last_byte = 0xDCFF;
    const std::uint32_t code = hex_digits(digits);
    if (code >= first_byte && code <= last_byte)
      out.push_back(static_cast<char>(code & 0xFF));
    else
      append_utf8(out, code);
  }

  std::uint32_t hex_digits(std::size_t count) {
    const auto code = parse_hex(text_.substr(at_, count));
    const bool surrogate = code && *code >= 0xD800 && *code < 0xE000, byte = code && *code >= 0xDC80 && *code < 0xDD00;
    if (!code || text_.size() - at_ < count || *code > 0x10FFFF || (surrogate && !byte))
      fail(fmt::format("{} hexadecimal digits of a character", count));
    at_ += count;
    return static_cast<std::uint32_t>(*code);
  }

  std::uint32_t octal_digits() {
    std::uint32_t code = 0;
    for (int digit = 0; digit < 3 && peek() >= '0' && peek() <= '7'; ++digit)
      code = code * 8 + static_cast<std::uint32_t>(text_[at_++] - '0');
    return code;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

struct Printer {
  std::string operator()(std::nullptr_t) const { return "None"; }
  std::string operator()(bool value) const { return value ? "True" : "False"; }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return barman::python_repr(value); }
  std::string operator()(const std::string& value) const { return barman::python_repr(std::string_view(value)); }
  std::string operator()(const Literal::List& list) const { return '[' + comma_joined(list) + ']'; }
  std::string operator()(const Literal::Tuple& tuple) const {
    return '(' + comma_joined(tuple.items) + (tuple.items.size() == 1 ? ",)" : ")");
  }
  std::string operator()(const Literal::Dict& dict) const {
    std::string out = "{";
    for (const auto& [key, value] : dict) {
      if (out.size() > 1) out += ", ";
      out += python_repr(key) + ": " + python_repr(value);
    }
    return out + '}';
  }
  static std::string comma_joined(const Literal::List& list) {
    std::string out;
    for (const Literal& item : list) {
      if (&item != &list.front()) out += ", ";
      out += python_repr(item);
    }
    return out;
  }
};

struct Truth {
  bool operator()(std::nullptr_t) const { return false; }
  bool operator()(bool value) const { return value; }
  bool operator()(std::int64_t value) const { return value != 0; }
  bool operator()(double value) const { return std::fpclassify(value) != FP_ZERO; }
  bool operator()(const Literal::Tuple& value) const { return !value.items.empty(); }
  template <typename Container>
  bool operator()(const Container& value) const {
    return !value.empty();
  }
};

}  // namespace

bool Literal::truthy() const { return std::visit(Truth{}, value); }

const Literal::List* Literal::items() const {
  if (const Tuple* tuple = std::get_if<Tuple>(&value)) return &tuple->items;
  return std::get_if<List>(&value);
}

Literal parse_literal(std::string_view text) { return Parser(text).whole(); }

std::string python_repr(const Literal& literal) { return std::visit(Printer{}, literal.value); }

}  // namespace barman::catalog
