#include "barman/report/measured_restore.h"

#include "json_members.h"

namespace barman::report {

std::string to_json_text(const MeasuredRestore& restore) {
  const MeasuredRestore::Seconds& seconds = restore.seconds;
  const json object = {{"server", restore.server},
                       {"backup_id", restore.backup_id},
                       {"remote", restore.remote},
                       {"seconds", {{"copy", seconds.copy}, {"files", seconds.files}, {"wal", or_null(seconds.wal)}}},
                       {"bytes", {{"copied", restore.bytes_copied}, {"wal", or_null(restore.wal_bytes)}}},
                       {"wal_segments", or_null(restore.wal_segments)},
                       {"started", to_iso_exact(restore.started)},
                       {"ended", to_iso_exact(restore.ended)}};
  return on_one_line(object);
}

std::optional<MeasuredRestore> parse_measured_restore(std::string_view text) {
  const json object = parse_line(text);
  if (!object.contains("server") || !object.contains("remote")) return std::nullopt;
  MeasuredRestore restore;
  take(object, "server", restore.server);
  take(object, "backup_id", restore.backup_id);
  take(object, "remote", restore.remote);
  const json &seconds = member(object, "seconds"), &bytes = member(object, "bytes");
  take(seconds, "copy", restore.seconds.copy);
  take(seconds, "files", restore.seconds.files);
  take(seconds, "wal", restore.seconds.wal);
  take(bytes, "copied", restore.bytes_copied);
  take(bytes, "wal", restore.wal_bytes);
  take(object, "wal_segments", restore.wal_segments);
  take(object, "started", restore.started);
  take(object, "ended", restore.ended);
  return restore;
}

}  // namespace barman::report
