#include "backup_archiver_watch.h"

#include <fmt/core.h>

#include "backup_logger.h"
#include "barman/core/log.h"

namespace barman::cloud {
namespace {

constexpr std::chrono::seconds between_reports{60};
constexpr std::chrono::seconds answer_within{5};

}  // namespace

std::string reason_to_wait(const std::optional<postgres::ArchiverStats>& stats, std::chrono::seconds waited) {
  std::string text = fmt::format(
      "PostgreSQL has been waiting for {} seconds until the last WAL of this backup is archived", waited.count());
  if (!stats) return text;
  const bool failing = stats->last_failed_wal && stats->last_failed_time &&
                       (!stats->last_archived_time || *stats->last_failed_time > *stats->last_archived_time);
  if (failing)
    return text + fmt::format(": its archive_command has failed for {}, last at {}; PostgreSQL's log says why",
                              *stats->last_failed_wal, to_python(*stats->last_failed_time));
  if (stats->last_archived_wal)
    return text + fmt::format("; the last one that was archived is {}", *stats->last_archived_wal);
  return text + "; none has been archived so far: look at archive_mode and archive_command";
}

std::optional<postgres::ArchiverStats> ArchiverWatch::stats() {
  try {
    if (!server_) server_ = another_();
    server_->set_deadline(std::chrono::steady_clock::now() + answer_within);
    return server_->archiver_stats();
  } catch (const Error& error) {
    log::debug(logger, "cannot ask PostgreSQL for the state of its archiver: {}", error.what());
    server_.reset();
    return std::nullopt;
  }
}

void ArchiverWatch::look() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  log::warning(logger, "{}", reason_to_wait(stats(), std::chrono::duration_cast<std::chrono::seconds>(now - begun_)));
  next_ = now + between_reports;
}

}  // namespace barman::cloud
