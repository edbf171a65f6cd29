#include "child_timelines.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>

#include "barman/archiver/archived_files.h"
#include "barman/archiver/get_wal.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/wal/history.h"
#include "barman/wal/segment.h"

namespace barman::app {
namespace {

// The text of an archived file, decompressed where needed.
std::optional<std::string> archived_text(const config::ServerConfig& config, const std::string& name) {
  if (!archiver::is_archived(config, name)) return std::nullopt;
  const auto source = archiver::WalSource::open(config, name, false);
  if (!source) return std::nullopt;
  const UniqueFd memory(::memfd_create(name.c_str(), MFD_CLOEXEC));
  if (!memory) throw_errno("create", "a buffer for " + name);
  source->send(config, memory.get(), {});
  if (::lseek(memory.get(), 0, SEEK_SET) < 0) throw_errno("rewind", source->path());
  std::string text;
  std::array<char, 4096> block;
  while (const std::size_t got = fs::read_some(memory.get(), block, source->path())) text.append(block.data(), got);
  return text;
}

}  // namespace

std::vector<std::uint32_t> child_timelines(const config::ServerConfig& config, const catalog::BackupInfo& backup) {
  std::vector<std::uint32_t> children;
  const auto end = backup.end_xlog ? parse_lsn(*backup.end_xlog) : std::nullopt;
  if (!backup.timeline || !end) return children;
  const auto own = static_cast<std::uint32_t>(*backup.timeline);
  for (std::uint32_t timeline = own + 1;; ++timeline) {
    const auto text = archived_text(config, history_name(timeline));
    if (!text) return children;
    for (const HistoryEntry& entry : parse_history(*text, archiver::archived_path(config, history_name(timeline))))
      if (entry.parent == own && entry.switchpoint >= *end) children.push_back(timeline);
  }
}

}  // namespace barman::app
