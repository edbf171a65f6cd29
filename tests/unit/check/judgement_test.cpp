#include "judgement.h"

#include <gtest/gtest.h>

#include "barman/check/check.h"

namespace barman::check {
namespace {

using report::CheckLine;

std::string text(const std::optional<CheckLine>& line) {
  if (!line) return "no line";
  return line->name + (line->passed ? ": OK (" : ": FAILED (") + line->hint + ")";
}

struct QueueCase {
  const char* label;
  bool enabled;
  std::vector<std::string> names;
  std::optional<std::int64_t> limit;
  std::string_view want;
};
class Queue : public testing::TestWithParam<QueueCase> {};
TEST_P(Queue, IsJudged) {
  const QueueCase& row = GetParam();
  EXPECT_EQ(text(judge_queue(incoming_place, row.enabled, "/in", row.names, row.limit)), row.want);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, Queue,
    testing::Values(
        QueueCase{"off_empty", false, {}, {}, "no line"},
        QueueCase{"off_only_temporary", false, {"a.tmp", "b.partial", ".12-x"}, {}, "no line"},
        QueueCase{
            "off_filled", false, {"a"}, 5, "empty incoming directory: FAILED ('/in' must be empty when archiver=off)"},
        QueueCase{"on_no_limit", true, {"a", "b"}, {}, "no line"},
        QueueCase{"on_at_limit", true, {"a", "b"}, 2, "no line"},
        QueueCase{"on_above",
                  true,
                  {"a", "b", "c", "d.tmp"},
                  2,
                  "incoming WALs directory: FAILED (there are too many WALs in queue: 3, max 2)"}),
    [](const auto& row) { return std::string(row.param.label); });

struct SlotCase {
  const char* label;
  bool streaming;
  std::optional<postgres::Slot> slot;
  std::string_view want;
};
class SlotState : public testing::TestWithParam<SlotCase> {};
TEST_P(SlotState, IsJudged) {
  config::ServerConfig config;
  config.name = "main";
  config.slot_name = "s";
  config.streaming_archiver = GetParam().streaming;
  EXPECT_EQ(text(judge_slot(CheckId::replication_slot, config, GetParam().slot)), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, SlotState,
    testing::Values(
        SlotCase{"missing",
                 true,
                 {},
                 "replication slot: FAILED (replication slot 's' doesn't exist. Please execute 'barman receive-wal "
                 "--create-slot main')"},
        SlotCase{"fresh", true, postgres::Slot{"s", false, {}},
                 "replication slot: FAILED (slot 's' not initialised: is 'receive-wal' running?)"},
        SlotCase{"idle", true, postgres::Slot{"s", false, "0/1"},
                 "replication slot: FAILED (slot 's' not active: is 'receive-wal' running?)"},
        SlotCase{"in_use", true, postgres::Slot{"s", true, "0/1"}, "replication slot: OK ()"},
        SlotCase{"not_needed_missing", false, {}, "no line"},
        SlotCase{"not_needed_fresh", false, postgres::Slot{"s", false, {}}, "no line"},
        SlotCase{"not_needed_idle", false, postgres::Slot{"s", false, "0/1"},
                 "replication slot: OK (WARNING: slot 's' is initialised but not required by the current config)"},
        SlotCase{"not_needed_in_use", false, postgres::Slot{"s", true, "0/1"},
                 "replication slot: OK (WARNING: slot 's' is active but not required by the current config)"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(Slot, IsNamedAfterTheConnectionsOfWalStreaming) {
  config::ServerConfig config;
  config.slot_name = "s";
  config.streaming_archiver = true;
  EXPECT_EQ(judge_slot(CheckId::wal_replication_slot, config, postgres::Slot{"s", true, "0/1"})->name,
            "replication slot (WAL streaming)");
}

TEST(Ages, AreComparedWithTheirLimits) {
  const Micros hour = std::chrono::hours(1);
  EXPECT_EQ(text(judge_backup_age({}, hour)), "backup maximum age: OK (no last_backup_maximum_age provided)");
  EXPECT_EQ(text(judge_backup_age(hour * 24, hour)),
            "backup maximum age: OK (interval provided: 1 day, latest backup age: 1 hour)");
  EXPECT_EQ(text(judge_backup_age(hour, hour * 2)),
            "backup maximum age: FAILED (interval provided: 1 hour, latest backup age: 2 hours)");
  EXPECT_EQ(text(judge_backup_age(hour, {})),
            "backup maximum age: FAILED (interval provided: 1 hour, latest backup age: No available backups)");
  EXPECT_EQ(text(judge_wal_age({}, {})), "wal maximum age: OK (no last_wal_maximum_age provided)");
  EXPECT_EQ(text(judge_wal_age(hour, {})), "wal maximum age: FAILED (No WAL files archived for last backup)");
  EXPECT_EQ(text(judge_wal_age(hour, hour * 3)),
            "wal maximum age: FAILED (interval provided: 1 hour, latest wal age: 3 hours)");
}

TEST(CloudCopies, FailWhenTheyCannotWorkOrFallBehind) {
  const Timestamp now = *parse_timestamp("2026-01-01 12:00:00+00");
  report::CloudCopy copy;
  copy.url = "s3://lab";
  copy.copied = {"20260101T000000"};
  copy.last_success = now - std::chrono::minutes(2);
  EXPECT_EQ(text(judge_cloud_copy(copy, now)),
            "cloud copy: OK (1 backup in the copy, nothing waits; last success 2 minutes ago)");
  copy.wal_waiting = 12;
  copy.waits_since = now - std::chrono::minutes(59);
  EXPECT_EQ(text(judge_cloud_copy(copy, now)),
            "cloud copy: OK (1 backup in the copy, 12 WAL files wait, the oldest since 59 minutes; last success 2 "
            "minutes ago)");
  copy.waiting = {"20260102T000000"};
  copy.waits_since = now - std::chrono::hours(3);
  EXPECT_EQ(text(judge_cloud_copy(copy, now)),
            "cloud copy: FAILED (1 backup in the copy, 1 backup and 12 WAL files wait, the oldest since 3 hours; last "
            "success 2 minutes ago)");
  copy.running = true;
  EXPECT_TRUE(judge_cloud_copy(copy, now).passed);
  copy.failed_at = now - std::chrono::minutes(1);
  copy.failure = "no bucket";
  EXPECT_EQ(text(judge_cloud_copy(copy, now)),
            "cloud copy: FAILED (1 backup in the copy, 1 backup and 12 WAL files wait, the oldest since 3 hours; being "
            "copied; last success 2 minutes ago; last error 1 minute ago: no bucket)");
  report::CloudCopy refused;
  refused.refused = {{"backup 20260102T000000", "it is encrypted"}};
  EXPECT_EQ(
      text(judge_cloud_copy(refused, now)),
      "cloud copy: FAILED (0 backups in the copy, nothing waits; no success yet; backup 20260102T000000 cannot be "
      "copied: it is encrypted)");
  report::CloudCopy impossible;
  impossible.problem = "no";
  impossible.advice = "do something else";
  EXPECT_EQ(text(judge_cloud_copy(impossible, now)), "cloud copy: FAILED (no: do something else)");
}

TEST(BackupSize, IsComparedWithTheMinimum) {
  EXPECT_EQ(text(judge_backup_size({}, 0)), "backup minimum size: OK (0 B)");
  EXPECT_EQ(text(judge_backup_size(1 << 20, 0)),
            "backup minimum size: FAILED (last backup size 0 B < 1.0 MiB minimum)");
  EXPECT_EQ(text(judge_backup_size(1 << 20, 1 << 21)),
            "backup minimum size: OK (last backup size 2.0 MiB > 1.0 MiB minimum)");
}

TEST(Encryption, NeedsItsSettings) {
  config::ServerConfig config;
  config.encryption = "gpg";
  EXPECT_EQ(config::encryption_problem(config), "Encryption is set as gpg, but encryption_key_id is unset");
  config.encryption_key_id = "key";
  EXPECT_EQ(config::encryption_problem(config), "Encryption is set as gpg, but backup_method != postgres");
  config.backup_method = config::BackupMethod::postgres;
  EXPECT_EQ(config::encryption_problem(config), "Encryption is set as gpg, but backup_compression is unset");
  config.backup_compression = "gzip";
  EXPECT_EQ(config::encryption_problem(config), "Encryption is set as gpg, but backup_compression_format != tar");
  config.backup_compression_format = config::BackupFormat::tar;
  EXPECT_EQ(config::encryption_problem(config), std::nullopt);
}

TEST(Compression, CustomNeedsBothFilters) {
  config::ServerConfig config;
  EXPECT_EQ(compression_problem(config), std::nullopt);
  config.compression = "custom";
  EXPECT_TRUE(compression_problem(config));
  config.custom_compression_filter = "gzip";
  EXPECT_TRUE(compression_problem(config));
  config.custom_decompression_filter = "gzip -d";
  EXPECT_EQ(compression_problem(config), std::nullopt);
}

struct IdentifierCase {
  const char* label;
  std::optional<std::string> regular, streaming, stored;
  std::string_view want;
};
class Identifiers : public testing::TestWithParam<IdentifierCase> {};
TEST_P(Identifiers, AreCompared) {
  const IdentifierCase& row = GetParam();
  EXPECT_EQ(
      text(judge_system_identifier(CheckId::system_identifier, {row.regular, row.streaming, row.stored, "/i.json"})),
      row.want);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, Identifiers,
    testing::Values(IdentifierCase{"nothing", {}, {}, "1", "systemid coherence: OK (no system Id available)"},
                    IdentifierCase{"first_time", "1", {}, {}, "systemid coherence: OK (no system Id stored on disk)"},
                    IdentifierCase{"same", "1", "1", "1", "systemid coherence: OK ()"},
                    IdentifierCase{"streaming_only", {}, "1", "1", "systemid coherence: OK ()"},
                    IdentifierCase{"two_servers", "1", "2", "1",
                                   "systemid coherence: FAILED (is the streaming DSN targeting the same server of the "
                                   "PostgreSQL connection string?)"},
                    IdentifierCase{"another_cluster", "2", "2", "1",
                                   "systemid coherence: FAILED (the system Id of the connected PostgreSQL server "
                                   "changed, stored in \"/i.json\")"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(Clients, MayBeNewerThanTheServer) {
  EXPECT_TRUE(client_fits("15.20", "15.2"));
  EXPECT_TRUE(client_fits("15.20", "16.0"));
  EXPECT_FALSE(client_fits("15.20", "14.9"));
  EXPECT_TRUE(client_fits("9.6.24", "9.6.1"));
  EXPECT_FALSE(client_fits("9.6.24", "9.5.1"));
  EXPECT_FALSE(client_fits(std::nullopt, "15.2"));
  EXPECT_FALSE(client_fits("15.20", ""));
  EXPECT_EQ(version_of_number(150020), "15.20");
  EXPECT_EQ(version_of_number(90624), "9.6.24");
}

TEST(Errors, AreCountedByKind) {
  EXPECT_EQ(summarize_errors({}), "");
  EXPECT_EQ(summarize_errors({"a.unknown", "b.duplicate", "c", "d.error", "e.duplicate", ".hidden"}),
            "unknown: 1, duplicates: 2, unknown failure: 1, not relevant: 1");
}

}  // namespace
}  // namespace barman::check
