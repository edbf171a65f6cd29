#include "barman/report/cloud_copy.h"

#include <fmt/core.h>

#include "barman/core/count_of.h"

namespace barman::report {
namespace {

std::string ago(const Timestamp& time, const Timestamp& now) {
  return time < now ? human_interval(now - time) + " ago" : "just now";
}

std::string waiting_words(const CloudCopy& copy, const Timestamp& now) {
  const std::int64_t wal = copy.wal_waiting;
  const auto backups = static_cast<std::int64_t>(copy.waiting.size());
  if (copy.waiting.empty() && wal == 0) return "nothing waits";
  std::string words;
  if (!copy.waiting.empty()) words = count_of(backups, "backup");
  if (wal > 0) words += (words.empty() ? "" : " and ") + count_of(wal, "WAL file");
  words += backups + wal == 1 ? " waits" : " wait";
  if (copy.waits_since && *copy.waits_since < now)
    words += fmt::format(", the oldest since {}", human_interval(now - *copy.waits_since));
  return words;
}

}  // namespace

std::string describe(const CloudCopy& copy, const Timestamp& now) {
  if (!copy.problem.empty()) return fmt::format("{}: {}", copy.problem, copy.advice);
  std::string words = count_of(copy.copied.size(), "backup") + " in the copy, " + waiting_words(copy, now);
  if (copy.running) words += "; being copied";
  words += copy.last_success ? fmt::format("; last success {}", ago(*copy.last_success, now)) : "; no success yet";
  if (copy.failed_at) words += fmt::format("; last error {}: {}", ago(*copy.failed_at, now), copy.failure);
  for (const auto& [what, why] : copy.refused) words += fmt::format("; {} cannot be copied: {}", what, why);
  return words;
}

}  // namespace barman::report
