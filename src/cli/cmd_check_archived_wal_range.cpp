#include <fmt/core.h>

#include <memory>

#include "barman/archiver/archive_check.h"
#include "barman/archiver/archived_files.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/output/wal_archive.h"

namespace barman::cli {
namespace {

struct WalRangeArguments {
  std::string server, begin, end;
};

int check_range(Session& session, const WalRangeArguments& args) {
  const config::ServerConfig* config = session.select_one(args.server, {});
  if (!config) return 0;
  output::Writer& writer = session.writer();
  const archiver::SegmentRange range = archiver::parse_segment_range(args.begin, args.end);
  app::Server server = session.server(*config);
  report::WalRangeCheck report{config->name, args.begin, args.end, std::nullopt};
  const catalog::BackupInfo* latest = server.backups().latest();
  if (latest == nullptr) {
    writer.write(report);
    writer.error(fmt::format("No backup found for server '{}': cannot determine WAL segment size", config->name));
    return 0;
  }
  writer.debug(fmt::format("\tChecking WAL sequence from {} to {}", args.begin, args.end));
  report.missing =
      archiver::missing_segments(range, static_cast<std::uint64_t>(latest->xlog_segment_size),
                                 [config](const std::string& name) { return archiver::is_archived(*config, name); });
  writer.write(report);
  if (!report.missing->empty())
    writer.error(fmt::format("WAL sequence check failed for server '{}': {} missing segment(s) in range {}..{}",
                             config->name, report.missing->size(), args.begin, args.end));
  return 0;
}

}  // namespace

Command check_archived_wal_range_command() {
  const auto args = std::make_shared<WalRangeArguments>();
  return {.name = "check-archived-wal-range",
          .aliases = {},
          .summary = "Check that a range of WAL segments is in the archive without a gap.",
          .declare =
              [args](Options& options) {
                options.positional("server_name", args->server, "server whose WAL archive is checked");
                options.positional("begin_wal", args->begin, "first segment of the range");
                options.positional("end_wal", args->end, "last segment of the range");
              },
          .run = [args](Session& session) { return check_range(session, *args); }};
}

}  // namespace barman::cli
