#include "ini_parser.h"

#include <fmt/core.h>
#include <ini.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <exception>
#include <optional>
#include <unordered_map>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "ini_text.h"

namespace barman::config {
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
    if (name.empty()) return false;  // finish_pending() tells
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
