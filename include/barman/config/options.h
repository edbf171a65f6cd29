#pragma once
#include <string_view>
#include <vector>

// The options a configuration file may hold, as data: help, manual pages, sample files and warnings read the same rows.
namespace barman::config {

inline constexpr unsigned scope_global = 1;  // in [barman], inherited by every server
inline constexpr unsigned scope_server = 2;
inline constexpr unsigned scope_model = 4;

struct OptionInfo {
  std::string_view name;
  unsigned scope = 0;
  std::string_view group;          // heading in manual page and sample file
  std::string_view type;           // what a value looks like: "boolean", "integer", "gzip | lz4", ...
  std::string_view fallback;       // built-in default as it would be written; "" for none. %(x)s: value of option x
  std::string_view superseded_by;  // deprecated in favour of this option, or "-"; "" for current options
  std::string_view help;           // one line
  bool ours = false;               // Barman does not know it: it would warn, and never shows it
};

const std::vector<OptionInfo>& server_options();  // options of servers and models, in the order they are read
const std::vector<OptionInfo>& global_options();  // options of [barman] alone

// Whether the option of servers with this name, which there must be, takes this text as a value.
bool takes(std::string_view option, std::string_view text);

}  // namespace barman::config
