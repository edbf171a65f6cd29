#include "history.h"

#include <algorithm>

#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::drill {
namespace {

std::string path_of(const config::ServerConfig& config) { return own_directory(config) + "/history"; }

}  // namespace

std::string own_directory(const config::ServerConfig& config) { return config.backup_directory + "/.drill"; }

std::vector<report::Drill> load_history(const config::ServerConfig& config) {
  std::vector<report::Drill> drills;
  const std::string path = path_of(config);
  for (const std::string& line : split_lines(fs::read_file_if_exists(path).value_or(""))) {
    if (auto drill = report::parse_drill(line))
      drills.push_back(std::move(*drill));
    else
      log::warning("barman.drill", "ignoring a line of '{}' that is no drill", path);
  }
  return drills;
}

void remember(const config::ServerConfig& config, const report::Drill& drill) {
  std::vector<report::Drill> drills = load_history(config);
  drills.push_back(drill);
  const std::size_t first = drills.size() - std::min(drills.size(), most_remembered);
  std::string text;
  for (std::size_t i = first; i < drills.size(); ++i) text += report::to_json_text(drills[i]) + "\n";
  fs::make_directories(own_directory(config));
  fs::replace_file(path_of(config), text);
}

}  // namespace barman::drill
