#include "barman/catalog/xlogdb.h"

#include <fcntl.h>
#include <fmt/core.h>

#include "barman/catalog/line_reader.h"
#include "barman/core/error.h"
#include "barman/core/python_repr.h"
#include "barman/fs/file.h"

namespace barman::catalog {
namespace {

// What is no text has no further line either.
std::optional<std::string_view> next_line(LineReader& reader, const XlogDb& index,
                                          const std::function<void(const Error&)>& on_bad) {
  try {
    return reader.next();
  } catch (const Error& error) {
    const Error damage(error.code(), error.what(), error.code() == Errc::corrupt ? index.damage_hint() : error.hint());
    if (!on_bad || error.code() != Errc::corrupt) throw damage;
    on_bad(damage);
    return std::nullopt;
  }
}

}  // namespace

XlogDb::XlogDb(const config::ServerConfig& config, const fs::LockDirectory& locks)
    : server_(config.name), path_(config.xlogdb_directory + '/' + config.name + "-xlog.db"), lock_(locks.xlogdb()) {}

std::string XlogDb::damage_hint() const {
  return fmt::format("Please run \"barman rebuild-xlogdb {}\" to solve this issue", server_);
}

Error XlogDb::bad_line(std::size_t number, std::string_view line) const {
  constexpr std::size_t shown = 200;
  return Error(Errc::corrupt,
               fmt::format("cannot parse line {} of {}: {}{}", number, path_, python_repr(line.substr(0, shown)),
                           line.size() > shown ? fmt::format("... ({} bytes)", line.size()) : ""),
               damage_hint());
}

void XlogDb::for_each(const std::function<bool(const WalEntryView&)>& visit,
                      const std::function<void(const Error&)>& on_bad) const {
  if (!fs::exists(path_)) return;
  const fs::LockFile lock = fs::LockFile::acquire(lock_);
  const auto file = fs::open_if_exists(path_, O_RDONLY);
  if (!file) return;
  LineReader reader(file->get(), path_);
  WalEntryView view;
  std::size_t number = 0;
  while (const auto line = next_line(reader, *this, on_bad)) {
    ++number;
    if (parse_wal_line(*line, view)) {
      if (!visit(view)) return;
      continue;
    }
    if (!reader.last_line_complete()) return;  // its writer was killed, and has removed no source for it
    const Error damage = bad_line(number, *line);
    if (!on_bad) throw damage;
    on_bad(damage);
  }
}

bool XlogDb::empty() const {
  const auto info = fs::stat_if_exists(path_);
  return !info || info->st_size == 0;
}

}  // namespace barman::catalog
