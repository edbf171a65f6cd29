#include "ini_parser.h"

#include <fmt/core.h>
#include <ini.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <exception>
#include <optional>
#include <unordered_map>

#include "barman/core/error.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"

namespace barman::config {

namespace {

constexpr bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f'); }

// U+0085, U+00A0, U+1680, U+2000-U+200A, U+2028, U+2029, U+202F, U+205F, U+3000.
constexpr auto wide_spaces = std::to_array<std::string_view>(
    {"\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83",
     "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a",
     "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"});

// Bytes of the white space character that `text` starts or ends with; 0: none.
std::size_t leading_space(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii_space(text.front())) return 1;
  if (static_cast<unsigned char>(text.front()) < 0x80) return 0;
  for (const std::string_view space : wide_spaces)
    if (text.starts_with(space)) return space.size();
  return 0;
}

std::size_t trailing_space(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii_space(text.back())) return 1;
  if (static_cast<unsigned char>(text.back()) < 0x80) return 0;
  for (const std::string_view space : wide_spaces)
    if (text.ends_with(space)) return space.size();
  return 0;
}

struct Sequence {
  std::size_t length = 0;       // of a well-formed character
  const char* fault = nullptr;  // why it is not one
  std::size_t extent = 0;       // bytes the codec blames
};

Sequence decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  std::size_t length = 0;
  unsigned low = 0x80, high = 0xbf;  // allowed second byte
  if (first >= 0xc2 && first <= 0xdf)
    length = 2;
  else if (first >= 0xe0 && first <= 0xef)
    length = 3;
  else if (first >= 0xf0 && first <= 0xf4)
    length = 4;
  else
    return {0, "invalid start byte", 1};
  if (first == 0xe0) low = 0xa0;
  if (first == 0xed) high = 0x9f;
  if (first == 0xf0) low = 0x90;
  if (first == 0xf4) high = 0x8f;
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size()) return {0, "unexpected end of data", i};
    if (byte(i) < low || byte(i) > high) return {0, "invalid continuation byte", i};
    low = 0x80;
    high = 0xbf;
  }
  return {length, nullptr, 0};
}

[[noreturn]] void not_utf8(std::string_view text, std::size_t position, const Sequence& bad, const std::string& file) {
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(position), '\n');
  const std::string where = bad.extent > 1 ? fmt::format("bytes in position {}-{}", position, position + bad.extent - 1)
                                           : fmt::format("byte 0x{:02x} in position {}",
                                                         static_cast<unsigned char>(text[position]), position);
  throw Error(Errc::config, fmt::format("'utf-8' codec can't decode {}: {}", where, bad.fault),
              fmt::format("configuration files are UTF-8: {}:{}", file, line));
}

}  // namespace

std::string_view strip_right(std::string_view text) {
  while (const std::size_t length = trailing_space(text)) text.remove_suffix(length);
  return text;
}

std::string_view strip_left(std::string_view text) {
  while (const std::size_t length = leading_space(text)) text.remove_prefix(length);
  return text;
}

std::string_view strip(std::string_view text) { return strip_right(strip_left(text)); }

std::size_t indentation(std::string_view line) {
  std::size_t count = 0;
  for (; const std::size_t length = leading_space(line); ++count) line.remove_prefix(length);
  return count;
}

std::size_t character_count(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void require_utf8(std::string_view text, const std::string& file) {
  for (std::size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      ++i;
      continue;
    }
    const Sequence sequence = decode(text.substr(i));
    if (sequence.fault != nullptr) not_utf8(text, i, sequence, file);
    i += sequence.length;
  }
}

namespace {

struct PhysicalLine {
  std::string_view text;  // without its end
  int number = 0;
  bool ended = false;  // by a line end, not by the end of the file
  std::string repr() const { return python_repr(std::string(text) + (ended ? "\n" : "")); }
};

std::size_t find_delimiter(std::string_view text, std::size_t from) {
  while (from < text.size() && text[from] != '=' && text[from] != ':') ++from;
  return from < text.size() ? from : std::string_view::npos;
}

// Lines end with LF, CRLF or CR.
class PhysicalLines {
 public:
  explicit PhysicalLines(std::string_view text) : rest_(text) {}
  std::optional<PhysicalLine> next() {
    if (rest_.empty()) return std::nullopt;
    const std::size_t end = rest_.find_first_of("\r\n");
    PhysicalLine line{rest_.substr(0, end), ++number_, end != std::string_view::npos};
    rest_.remove_prefix(line.ended ? end : rest_.size());
    if (line.ended) rest_.remove_prefix(rest_.starts_with("\r\n") ? 2 : 1);
    return line;
  }

 private:
  std::string_view rest_;
  int number_ = 0;
};

// The name between the first '[' and the last ']'; ConfigParser wants at least one character.
std::optional<std::string_view> header_name(std::string_view line) {
  if (!line.starts_with('[')) return std::nullopt;
  const std::size_t end = line.rfind(']');
  if (end == std::string_view::npos || end < 2) return std::nullopt;
  return line.substr(1, end - 1);
}

// Feeds inih one line per section header and option. A header goes as the number of its section, an option as the start
// of its line, masked where inih sees a comment or a header and ConfigParser does not; both stay below inih's limits.
// Name and value are then cut from the real line at the place inih found.
class Reader {
 public:
  Reader(std::string_view text, const std::string& file) : lines_(text), file_(file) {}

  std::vector<RawSection> run() {
    ini_parse_stream(&Reader::give_line, this, &Reader::take_option, this);
    if (failure_) std::rethrow_exception(failure_);
    finish_pending();
    finish_value();
    if (!faults_.empty())
      throw Error(Errc::config, fmt::format("Source contains parsing errors: {}{}", python_repr(file_), faults_),
                  fmt::format("every line of a section must be 'option = value': {}:{}", file_, first_fault_));
    return std::move(sections_);
  }

 private:
  static char* give_line(char* buffer, int size, void* self) {
    auto* reader = static_cast<Reader*>(self);
    try {
      const std::optional<std::string> line = reader->next_line(static_cast<std::size_t>(size) - 3);
      if (!line) return nullptr;
      std::memcpy(buffer, line->c_str(), line->size() + 1);
      return buffer;
    } catch (...) {
      reader->failure_ = std::current_exception();  // inih is C: nothing may be thrown through it
      return nullptr;
    }
  }

  static int take_option(void* self, const char* section, const char* name, const char* /*value*/) {
    auto* reader = static_cast<Reader*>(self);
    try {
      std::size_t number = 0;
      std::from_chars(section, section + std::strlen(section), number);
      return reader->store_option(number, std::strlen(name)) ? 1 : 0;
    } catch (...) {
      reader->failure_ = std::current_exception();
      return 0;
    }
  }

  // What inih reads next: "[N]" or the head of an option line.
  std::optional<std::string> next_line(std::size_t limit) {
    finish_pending();
    while (const std::optional<PhysicalLine> line = lines_.next()) {
      const std::string_view content = strip(line->text);
      if (content.empty()) {
        if (value_) value_->push_back('\n');
        continue;
      }
      if (content.front() == '#' || content.front() == ';') continue;
      const std::size_t indent = indentation(line->text);
      if (value_ && indent > indent_) {
        value_->append("\n").append(content);
        continue;
      }
      indent_ = indent;
      if (const auto name = header_name(content)) return open_section(*name, line->number);
      if (sections_.empty()) missing_header(*line);
      pending_ = line;
      pending_content_ = content;
      return masked_head(content, limit);
    }
    return std::nullopt;
  }

  std::string open_section(std::string_view name, int line) {
    finish_value();
    const auto [entry, added] = section_numbers_.try_emplace(std::string(name), sections_.size());
    if (added) sections_.push_back({std::string(name), line, {}});
    current_section_ = entry->second;
    return fmt::format("[{}]\n", entry->second);
  }

  static std::string masked_head(std::string_view content, std::size_t limit) {
    std::string head(content.substr(0, limit));
    std::ranges::replace(head, ';', '.');
    std::ranges::replace(head, '\0', '.');
    if (head.front() == '[') head.front() = '.';
    return head + "\n";
  }

  bool store_option(std::size_t section, std::size_t name_length) {
    const PhysicalLine line = *pending_;
    const std::string_view name = strip(pending_content_.substr(0, name_length));
    if (name.empty()) return false;  // finish_pending() reports it
    pending_.reset();
    const std::size_t delimiter = find_delimiter(pending_content_, name_length);
    add_option(section, name, strip(pending_content_.substr(delimiter + 1)), line.number);
    return true;
  }

  void add_option(std::size_t section, std::string_view name, std::string_view value, int line) {
    finish_value();
    value_ = &sections_[section].options.set({to_lower(name), std::string(value), line}).value;
  }

  // An option line that inih did not accept has no name, or no delimiter within inih's limit.
  void finish_pending() {
    if (!pending_) return;
    const PhysicalLine line = *pending_;
    pending_.reset();
    const std::size_t delimiter = find_delimiter(pending_content_, 0);
    if (delimiter != std::string_view::npos && delimiter > 0) {
      add_option(current_section_, strip(pending_content_.substr(0, delimiter)),
                 strip(pending_content_.substr(delimiter + 1)), line.number);
      return;
    }
    if (delimiter == 0) finish_value();
    if (faults_.empty()) first_fault_ = line.number;
    faults_ += fmt::format("\n\t[line {:2}]: {}", line.number, line.repr());
  }

  void finish_value() {
    if (value_) value_->resize(strip_right(*value_).size());
    value_ = nullptr;
  }

  [[noreturn]] void missing_header(const PhysicalLine& line) const {
    const bool marked = line.text.starts_with("\xef\xbb\xbf");
    throw Error(Errc::config,
                fmt::format("File contains no section headers.\nfile: {}, line: {}\n{}", python_repr(file_),
                            line.number, line.repr()),
                marked ? fmt::format("save {} without the byte order mark it starts with", file_)
                       : fmt::format("options belong below a [section]: {}:{}", file_, line.number));
  }

  PhysicalLines lines_;
  const std::string& file_;
  std::vector<RawSection> sections_;
  std::unordered_map<std::string, std::size_t> section_numbers_;
  std::size_t current_section_ = 0;
  std::string* value_ = nullptr;         // the option that a continuation line extends
  std::size_t indent_ = 0;               // of the last header or option
  std::optional<PhysicalLine> pending_;  // an option line that inih is looking at
  std::string_view pending_content_;
  std::string faults_;
  int first_fault_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

std::vector<RawSection> parse_ini(std::string_view text, const std::string& file) {
  require_utf8(text, file);
  return Reader(text, file).run();
}

}  // namespace barman::config
