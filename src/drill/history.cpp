#include "history.h"

#include "barman/core/log.h"
#include "barman/fs/file.h"
#include "barman/fs/recent_lines.h"

namespace barman::drill {
namespace {

std::string path_of(const config::ServerConfig& config) { return own_directory(config) + "/history"; }

}  // namespace

std::string own_directory(const config::ServerConfig& config) { return config.backup_directory + "/.drill"; }

std::vector<report::Drill> load_history(const config::ServerConfig& config) {
  std::vector<report::Drill> drills;
  const std::string path = path_of(config);
  for (const std::string& line : fs::recent_lines(path)) {
    if (auto drill = report::parse_drill(line))
      drills.push_back(std::move(*drill));
    else
      log::warning("barman.drill", "ignoring a line of '{}' that is no drill", path);
  }
  return drills;
}

void remember(const config::ServerConfig& config, const report::Drill& drill) {
  fs::make_directories(own_directory(config));
  fs::remember_line(path_of(config), report::to_json_text(drill), most_remembered);
}

}  // namespace barman::drill
