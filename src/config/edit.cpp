#include "barman/config/edit.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "ini_parser.h"

namespace barman::config {

namespace {

// What a line is to ConfigParser (config.md 4.1).
enum class LineKind { blank, comment, header, option, continuation };

struct Line {
  std::string text;  // with its end
  LineKind kind = LineKind::blank;
  std::string name;  // of a header or option
};

class Classifier {
 public:
  Line next(std::string_view text) {
    Line line{std::string(text), LineKind::blank, {}};
    const std::string_view content = strip(text);
    if (content.empty()) return line;
    const std::size_t indent = indentation(text);
    if (content.front() == '#' || content.front() == ';') {
      line.kind = LineKind::comment;
    } else if (in_option_ && indent > indent_) {
      line.kind = LineKind::continuation;
    } else if (const std::size_t end = content.rfind(']'); content.front() == '[' && end != content.npos && end >= 2) {
      line.kind = LineKind::header;
      line.name = content.substr(1, end - 1);
      in_option_ = false;
      indent_ = indent;
    } else {
      line.kind = LineKind::option;
      line.name = to_lower(strip(content.substr(0, content.find_first_of("=:"))));
      in_option_ = true;
      indent_ = indent;
    }
    return line;
  }

 private:
  bool in_option_ = false;
  std::size_t indent_ = 0;
};

// With its end: LF, CRLF or CR.
std::size_t line_length(std::string_view text) {
  const std::size_t end = text.find_first_of("\r\n");
  if (end == std::string_view::npos) return text.size();
  return end + (text.substr(end).starts_with("\r\n") ? 2 : 1);
}

std::string_view indentation_text(const Line& line) {
  const std::string_view text = line.text;
  return text.substr(0, text.size() - strip_left(text).size());
}

// The line to be written where `beside` is, or behind it: it must not be a continuation itself.
std::string with_indentation_of(const Line& beside, const std::string& wanted) {
  return std::string(indentation_text(beside)) + wanted;
}

std::vector<Line> classify(std::string_view text) {
  std::vector<Line> lines;
  Classifier classifier;
  while (!text.empty()) {
    const std::size_t end = line_length(text);
    lines.push_back(classifier.next(text.substr(0, end)));
    text.remove_prefix(end);
  }
  return lines;
}

constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

struct Location {
  std::size_t option = nowhere;  // last line that gives the option
  std::size_t beside = nowhere;  // last option or header of the section
  std::size_t end = nowhere;     // where a line added to the section goes
};

// The line to be added at place.end. Below an option that indentation is right for both neighbours; an empty section
// may be followed by a deeper header, which must not become a continuation of what is added.
std::string added_line(const std::vector<Line>& lines, const Location& place, const std::string& wanted) {
  const Line& beside = lines[place.beside];
  const auto next = std::find_if(lines.begin() + static_cast<std::ptrdiff_t>(place.end), lines.end(),
                                 [](const Line& line) { return line.kind == LineKind::header; });
  const bool deeper =
      beside.kind == LineKind::header && next != lines.end() && indentation(next->text) > indentation(beside.text);
  return with_indentation_of(deeper ? *next : beside, wanted);
}

Location locate(const std::vector<Line>& lines, std::string_view section, std::string_view key) {
  Location found;
  bool inside = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    if (line.kind == LineKind::header) inside = line.name == section;
    if (!inside || line.kind == LineKind::blank) continue;
    if (line.kind != LineKind::comment) found.end = i + 1;
    if (line.kind == LineKind::option || line.kind == LineKind::header) found.beside = i;
    if (line.kind == LineKind::option && line.name == key) found.option = i;
  }
  return found;
}

void remove_continuation(std::vector<Line>& lines, std::size_t option) {
  for (std::size_t i = option + 1; i < lines.size();) {
    const LineKind kind = lines[i].kind;
    if (kind == LineKind::header || kind == LineKind::option) break;
    if (kind == LineKind::continuation)
      lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i));
    else
      ++i;
  }
}

}  // namespace

std::string set_option(std::string_view text, std::string_view section, std::string_view key, std::string_view value) {
  std::vector<Line> lines = classify(text);
  const std::size_t first_end = text.find_first_of("\r\n");
  const std::string line_end = first_end == std::string_view::npos || text[first_end] == '\n' ? "\n"
                               : text.substr(first_end).starts_with("\r\n")                   ? "\r\n"
                                                                                              : "\r";
  const std::string wanted = fmt::format("{} = {}{}", key, value, line_end);
  if (!lines.empty() && lines.back().text.find_last_of("\r\n") != lines.back().text.size() - 1)
    lines.back().text += line_end;
  const Location place = locate(lines, section, key);
  if (place.option != nowhere) {
    lines[place.option].text = with_indentation_of(lines[place.option], wanted);
    remove_continuation(lines, place.option);
  } else if (place.end != nowhere) {
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(place.end),
                 {added_line(lines, place, wanted), LineKind::option, {}});
  } else {
    lines.push_back({fmt::format("[{}]{}", section, line_end), LineKind::header, {}});
    lines.push_back({wanted, LineKind::option, {}});
  }
  std::string result;
  for (const Line& line : lines) result += line.text;
  return result;
}

FileTexts edited_files(const std::vector<SectionChange>& changes, const std::string& may_be_missing) {
  FileTexts texts;
  for (const SectionChange& change : changes)
    for (const OptionChange& option : change.options) {
      auto [entry, first] = texts.try_emplace(option.file);
      if (first)
        entry->second = option.file == may_be_missing ? fs::read_file_if_exists(option.file).value_or("")
                                                      : fs::read_file(option.file);
      entry->second = set_option(entry->second, change.section, option.key, option.value);
    }
  return texts;
}

namespace {

bool replace_keeping_owner(const std::string& file, const struct ::stat& info, std::string_view text) {
  if (::access(fs::parent_directory(file).c_str(), W_OK | X_OK) != 0) return false;
  fs::FileReplacement replacement(file, S_IRUSR | S_IWUSR);
  if (::fchown(replacement.fd(), info.st_uid, info.st_gid) != 0) return false;
  if (::fchmod(replacement.fd(), info.st_mode & 07777) != 0) throw_errno("set mode of", replacement.temporary_path());
  replacement.write(text);
  replacement.commit();
  return true;
}

void overwrite(const std::string& file, std::string_view text) {
  const UniqueFd fd = fs::open_file(file, O_WRONLY);
  fs::write_all(fd.get(), text, file);
  if (::ftruncate(fd.get(), static_cast<off_t>(text.size())) != 0) throw_errno("shorten", file);
  fs::sync_fd(fd.get(), file);
}

}  // namespace

void write_configuration_file(const std::string& path, std::string_view text) {
  const std::string file = fs::real_path(path);
  const auto info = fs::stat_if_exists(file);
  if (!info) return fs::replace_file(file, text);
  if (!replace_keeping_owner(file, *info, text)) overwrite(file, text);
}

}  // namespace barman::config
