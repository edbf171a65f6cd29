#include "segment_reading.h"

#include <fcntl.h>

#include "barman/archive/wal_file.h"
#include "barman/archive/wal_queue.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/parallel.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"

namespace barman::reach {

NotedSegment without_content(const Segment& segment, WalEnd end, std::string reason) {
  NotedSegment noted;
  noted.note.segment = segment;
  noted.note.end = end;
  noted.reason = std::move(reason);
  return noted;
}

Reading read_segment(const archive::WalArchive& archive, const Segment& segment, std::optional<WalCarry> before) {
  WalNoter noter(segment, std::move(before));
  try {
    archive.read(to_string(segment), [&](std::string_view piece) {
      signals::throw_if_pending();
      noter.feed(piece);
    });
  } catch (const Error& error) {
    if (error.code() == Errc::not_found) return {.result = {}, .missing = true, .problem = error.what()};
    if (error.code() != Errc::corrupt) return {.result = {}, .missing = false, .problem = error.what()};
    // Nobody gets a byte of it: recovery ends at its beginning.
    WalNoter::Result nothing{without_content(segment, WalEnd::damaged, error.what()), {}, {}};
    return {.result = std::move(nothing), .missing = false, .problem = {}};
  }
  return {.result = noter.finish(), .missing = false, .problem = {}};
}

std::vector<Reading> read_segments(const archive::WalArchive& archive, const std::vector<Segment>& segments) {
  std::vector<Reading> readings(segments.size());
  on_all_cores(segments.size(), [&](std::size_t i) { readings[i] = read_segment(archive, segments[i]); });
  return readings;
}

namespace {

struct Waiting {
  UniqueFd file;
  std::string path;
  bool streamed = false;
};

// What others put there must not lead out of its directory.
std::optional<Waiting> open_waiting(const config::ServerConfig& config, const std::string& name) {
  for (const archive::Origin origin : {archive::Origin::streaming, archive::Origin::file}) {
    const archive::WalQueue queue(config, origin);
    for (const std::string& each : {name, name + ".partial", name}) {  // it may just have been completed
      const std::string path = queue.location(each);
      if (auto file = fs::open_if_exists(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK))
        return Waiting{std::move(*file), path, origin == archive::Origin::streaming};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<WalNoter::Result> read_waiting(const config::ServerConfig& config, const Segment& segment,
                                             std::optional<WalCarry> before) {
  WalNoter noter(segment, std::move(before));
  const auto take = [&](std::string_view piece) { noter.feed(piece); };
  try {
    const auto waiting = open_waiting(config, to_string(segment));
    if (!waiting) return std::nullopt;
    if (waiting->streamed)  // never compressed, whatever its first bytes look like
      fs::read_blocks(waiting->file.get(), waiting->path, take);
    else
      archive::read_stored(waiting->file.get(), waiting->path, config, archive::codec_settings(config), take);
  } catch (const Error& error) {
    log::debug("barman.recovery_window", "Cannot read {}: {}", to_string(segment), error.what());
    return std::nullopt;
  }
  return noter.finish();
}

}  // namespace barman::reach
