#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/log.h"

namespace barman::log {

// What a record of the log is made of.
struct Record {
  std::int64_t micros = 0;  // when, since 1970 UTC
  std::size_t thread = 0;
  Level level = Level::info;
  std::string_view logger;
  std::string_view message;
};

std::string_view level_name(Level level);  // "WARNING"
int level_number(Level level);             // Python's: 30

// A format of Python's logging module, "%(name)-8s" and the like, taken apart once. Unknown keys, and text that is no
// conversion, stay as they are written.
class Format {
 public:
  explicit Format(std::string_view text);
  std::string apply(const Record& record) const;

 private:
  enum class Key {
    text,
    asctime,
    created,
    level_name,
    level_number,
    message,
    module,
    millis,
    name,
    process,
    process_name,
    relative,
    thread,
    thread_name,
    nothing
  };
  struct Piece {
    Key key = Key::text;
    std::string text;   // Key::text
    std::string flags;  // "-", "0", "+", " "
    int width = 0;
    int precision = -1;
    char conversion = 's';
  };
  struct KeyName;
  static const KeyName key_names[];

  static std::size_t read_conversion(std::string_view text, Piece& piece);
  static std::optional<std::string_view> plain_text(const Piece& piece, const Record& record);
  static std::string value_of(const Piece& piece, const Record& record);

  std::vector<Piece> pieces_;
};

}  // namespace barman::log
