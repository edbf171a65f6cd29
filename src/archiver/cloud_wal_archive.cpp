#include "barman/archiver/cloud_wal_archive.h"

#include <fmt/core.h>

#include <bit>

#include "barman/archive/publisher.h"
#include "barman/archive/wal_archive.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/parallel.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/hooks/hooks.h"
#include "barman/wal/segment.h"
#include "hooked.h"
#include "uploaded_ahead.h"

namespace barman::archiver {
namespace {

using archive::PreparedWal;
using archive::Publisher;
using Kind = PreparedWal::Kind;

constexpr std::string_view logger = "barman.wal_archiver";
constexpr std::uint64_t smallest_segment = 1 << 20, largest_segment = 1 << 30;

[[noreturn]] void refuse_other_content(const PreparedWal& wal) {
  throw Error(
      Errc::refused,
      fmt::format("WAL file {} is archived already with other content: '{}' is not what is in '{}'", wal.name,
                  wal.source, wal.target),
      "another cluster may archive under this server name; give each cluster a name or path of its own, or move "
      "the stored object away if it is known to be wrong");
}

// Makes a prepared file part of the archive, or says why it is not.
void settle(Publisher& publisher, PreparedWal& wal) {
  switch (wal.kind) {
    case Kind::unfit:
      throw Error(Errc::refused, fmt::format("'{}' is not archived: {}", wal.source, wal.problem));
    case Kind::other_content:
      refuse_other_content(wal);
    case Kind::archived:
      log::info(logger, "WAL file {} is already archived in cloud storage, skipping.", wal.name);
      return publisher.confirm(wal);
    case Kind::replaces_damaged: {
      const std::string kept = publisher.replace(wal);
      log::warning(logger, "The archived {} was damaged ({}). It is replaced, and kept as {}.", wal.name, wal.problem,
                   kept);
      return;
    }
    case Kind::new_file:
      break;
  }
  std::vector<PreparedWal> batch;
  batch.push_back(std::move(wal));
  const bool done = publisher.publish(batch) == 1;
  wal = std::move(batch.front());
  if (!done) throw Error(Errc::refused, fmt::format("'{}' was changed while it was being archived", wal.source));
}

// One file at a time, with hook scripts around it.
void archive_hooked(ServerContext& server, Publisher& publisher, const std::string& name) {
  const auto archive = [&](PreparedWal& wal) {
    publisher.complete(wal);
    const Kind kind = wal.kind;
    settle(publisher, wal);
    if (kind == Kind::archived) return Archived{wal.delivered, duplicate_error(kind, wal.delivered)};
    return Archived{wal.entry};
  };
  if (!archive_with_hooks(server, publisher.examine(name), archive))
    throw Error(Errc::refused, fmt::format("a hook script ended the archiving of {}", name));
}

}  // namespace

std::vector<std::string> ready_after(const std::string& path, std::size_t most) {
  const auto info = fs::stat_if_exists(path);
  auto segment = parse_segment(base_name(path));
  const std::uint64_t size = info ? static_cast<std::uint64_t>(info->st_size) : 0;
  if (!segment || size < smallest_segment || size > largest_segment || !std::has_single_bit(size)) return {};
  const std::string directory = fs::parent_directory(path);
  std::vector<std::string> ready;
  while (ready.size() < most) {
    *segment = next(*segment, size);
    const std::string name = to_string(*segment);
    if (!fs::exists(fmt::format("{}/archive_status/{}.ready", directory, name)) ||
        !fs::is_regular_file(directory + '/' + name))
      break;
    ready.push_back(name);
  }
  return ready;
}

void cloud_wal_archive(ServerContext& server, const std::string& path, std::int64_t parallel) {
  std::vector<std::string> names{std::string(base_name(path))};
  Publisher publisher(server.archive(), archive::WalQueue(fs::parent_directory(path)), 1, Publisher::Sources::kept);
  if (server.hooks().configured(hooks::Operation::archive)) return archive_hooked(server, publisher, names.front());
  const UploadedAhead ahead(server.config());
  if (const auto stored = publisher.stored(names.front());
      stored && ahead.covers(publisher.examine(names.front()), *stored)) {
    log::info(logger, "WAL file {} is already archived in cloud storage, skipping.", names.front());
    return;
  }
  if (parallel > 1)
    for (std::string& name : ready_after(path, static_cast<std::size_t>(parallel) - 1))
      names.push_back(std::move(name));
  OrderedResults<PreparedWal> workers(names.size(), names.size(), names.size(),
                                      [&](std::size_t i) { return publisher.prepare(names[i]); });
  PreparedWal wanted = std::move(*workers.next());
  settle(publisher, wanted);
  std::vector<PreparedWal> done;
  for (std::size_t i = 1; i < names.size(); ++i) {
    try {
      PreparedWal wal = std::move(*workers.next());
      settle(publisher, wal);
      done.push_back(std::move(wal));
    } catch (const Error& error) {
      log::warning(logger, "WAL file {} could not be archived ahead: {}", names[i], with_hint(error));
      break;
    }
  }
  if (!done.empty()) ahead.remember(done);
}

}  // namespace barman::archiver
