#include "log_format.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <iterator>
#include <utility>

#include "barman/core/python_repr.h"
#include "barman/core/time.h"

namespace barman::log {

namespace {

const std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
const pid_t process = ::getpid();  // a fork only ever becomes another program

// A busy second has many records.
std::string log_stamp(std::int64_t micros) {
  constexpr std::int64_t per_second = 1'000'000, per_milli = 1000;
  constexpr std::size_t milli_digits = 3;
  thread_local std::int64_t known = -1;
  thread_local std::string up_to_millis;  // "2026-11-21 09:25:28,"
  if (const std::int64_t second = micros / per_second; second != known) {
    up_to_millis = to_log_stamp(local_timestamp(second * per_second));
    up_to_millis.resize(up_to_millis.size() - milli_digits);
    known = second;
  }
  return fmt::format("{}{:03}", up_to_millis, micros % per_second / per_milli);
}

std::string padded(std::string text, std::string_view flags, int width) {
  const auto wanted = static_cast<std::size_t>(std::max(width, 0));
  if (text.size() >= wanted) return text;
  const std::size_t missing = wanted - text.size();
  return flags.find('-') != std::string_view::npos ? text + std::string(missing, ' ')
                                                   : std::string(missing, ' ') + text;
}

std::string zero_padded(std::string text, std::string_view flags, int width) {
  const bool zeros = flags.find('0') != std::string_view::npos && flags.find('-') == std::string_view::npos;
  if (!zeros || std::cmp_greater_equal(text.size(), width)) return padded(std::move(text), flags, width);
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  return text.insert(sign, static_cast<std::size_t>(width) - text.size(), '0');
}

std::string number(double value, char conversion, int precision) {
  if (conversion == 'f') return fmt::format("{:.{}f}", value, precision < 0 ? 6 : precision);
  if (conversion == 'd') return fmt::format("{}", static_cast<std::int64_t>(value));
  return python_repr(value);
}

std::string number(std::int64_t value, char conversion, int precision) {
  if (conversion == 'f') return number(static_cast<double>(value), conversion, precision);
  return fmt::format("{}", value);
}

}  // namespace

std::string_view level_name(Level level) {
  constexpr std::string_view names[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
  return names[static_cast<std::size_t>(level)];
}

int level_number(Level level) { return 10 * (static_cast<int>(level) + 1); }

struct Format::KeyName {
  std::string_view name;
  Key key;
};

const Format::KeyName Format::key_names[] = {{"asctime", Key::asctime},
                                             {"created", Key::created},
                                             {"levelname", Key::level_name},
                                             {"levelno", Key::level_number},
                                             {"message", Key::message},
                                             {"module", Key::module},
                                             {"msecs", Key::millis},
                                             {"name", Key::name},
                                             {"process", Key::process},
                                             {"processName", Key::process_name},
                                             {"relativeCreated", Key::relative},
                                             {"thread", Key::thread},
                                             {"threadName", Key::thread_name},
                                             // Places in a Python source.
                                             {"filename", Key::nothing},
                                             {"funcName", Key::nothing},
                                             {"lineno", Key::nothing},
                                             {"pathname", Key::nothing}};

// Reads "%(key)flags width .precision conversion" at the start of `text`; 0 when there is none.
std::size_t Format::read_conversion(std::string_view text, Piece& piece) {
  const std::size_t close = text.find(')');
  if (!text.starts_with("%(") || close == std::string_view::npos) return 0;
  const auto known = std::ranges::find(key_names, text.substr(2, close - 2), &KeyName::name);
  if (known == std::end(key_names)) return 0;
  std::size_t at = close + 1;
  const auto read_number = [&] {
    int value = 0;
    for (; at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) && value < 1000; ++at)
      value = value * 10 + (text[at] - '0');
    return value;
  };
  while (at < text.size() && std::string_view("-+ 0#").find(text[at]) != std::string_view::npos)
    piece.flags += text[at++];
  piece.width = read_number();
  if (at < text.size() && text[at] == '.') {
    ++at;
    piece.precision = read_number();
  }
  if (at >= text.size() || std::string_view("sdifr").find(text[at]) == std::string_view::npos) return 0;
  piece.conversion = text[at] == 'i' ? 'd' : text[at];
  piece.key = known->key;
  return at + 1;
}

Format::Format(std::string_view text) {
  const auto literal = [this](std::string_view part) {
    if (pieces_.empty() || pieces_.back().key != Key::text) pieces_.emplace_back();
    pieces_.back().text += part;
  };
  while (!text.empty()) {
    const std::size_t percent = std::min(text.find('%'), text.size());
    if (percent > 0) literal(text.substr(0, percent));
    text.remove_prefix(percent);
    if (text.empty()) break;
    Piece piece;
    if (const std::size_t size = read_conversion(text, piece)) {
      pieces_.push_back(std::move(piece));
      text.remove_prefix(size);
    } else {
      literal("%");
      text.remove_prefix(text.starts_with("%%") ? 2 : 1);
    }
  }
}

std::string Format::value_of(const Piece& piece, const Record& record) {
  const auto integer = [&](std::int64_t value) {
    return zero_padded(number(value, piece.conversion, piece.precision), piece.flags, piece.width);
  };
  const auto real = [&](double value) {
    return zero_padded(number(value, piece.conversion, piece.precision), piece.flags, piece.width);
  };
  const auto text = [&](std::string_view value) {
    if (piece.precision >= 0) value = value.substr(0, static_cast<std::size_t>(piece.precision));
    return padded(piece.conversion == 'r' ? python_repr(value) : std::string(value), piece.flags, piece.width);
  };
  const double seconds = static_cast<double>(record.micros) / 1e6;
  switch (piece.key) {
    case Key::text:
      return piece.text;
    case Key::asctime:
      return text(log_stamp(record.micros));
    case Key::created:
      return real(seconds);
    case Key::level_name:
      return text(level_name(record.level));
    case Key::level_number:
      return integer(level_number(record.level));
    case Key::message:
      return text(record.message);
    case Key::module:
      return text(record.logger.substr(record.logger.rfind('.') + 1));
    case Key::millis:
      return real(static_cast<double>(record.micros / 1000 % 1000));
    case Key::name:
      return text(record.logger);
    case Key::process:
      return integer(process);
    case Key::process_name:
      return text("MainProcess");
    case Key::relative:
      return real(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count());
    case Key::thread:
      return integer(static_cast<std::int64_t>(record.thread));
    case Key::thread_name:
      return text("MainThread");
    case Key::nothing:
      return piece.conversion == 's' || piece.conversion == 'r' ? text("") : integer(0);
  }
  return {};
}

// What goes into the line as it is: most of it.
std::optional<std::string_view> Format::plain_text(const Piece& piece, const Record& record) {
  if (piece.key == Key::text) return piece.text;
  if (piece.width > 0 || piece.precision >= 0 || piece.conversion != 's') return std::nullopt;
  switch (piece.key) {
    case Key::level_name:
      return level_name(record.level);
    case Key::message:
      return record.message;
    case Key::name:
      return record.logger;
    default:
      return std::nullopt;
  }
}

std::string Format::apply(const Record& record) const {
  std::string line;
  for (const Piece& piece : pieces_) {
    if (const auto text = plain_text(piece, record))
      line += *text;
    else
      line += value_of(piece, record);
  }
  return line;
}

}  // namespace barman::log
