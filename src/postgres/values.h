#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/time.h"
#include "barman/postgres/connection.h"
#include "barman/wal/segment.h"

// From the text of a result to values, and the decisions taken on them. Pure.
namespace barman::postgres {

using Cell = std::optional<std::string>;

// Each throws Error(postgres) for a text that the server cannot have meant; `what` names the column. The plain ones
// also refuse a null.
const std::string& text_of(const Cell& cell, std::string_view what);
bool bool_of(const Cell& cell, std::string_view what);
std::int64_t integer_of(const Cell& cell, std::string_view what);
std::optional<std::int64_t> maybe_integer(const Cell& cell, std::string_view what);
Lsn lsn_of(const Cell& cell, std::string_view what);
std::optional<Lsn> maybe_lsn(const Cell& cell, std::string_view what);
Timestamp timestamp_of(const Cell& cell, std::string_view what);
std::optional<Timestamp> maybe_timestamp(const Cell& cell, std::string_view what);

// The only row of a result, or Error(postgres).
const std::vector<Cell>& single_row(const Result& result, std::string_view what);

// "15.20" of what version() answers; EnterpriseDB's old numbers have one component more, which is dropped.
std::string version_word(std::string_view answer);

// Names in synchronous_standby_names, in its three grammars: "a, b", "2 (a, b)", "FIRST|ANY 2 (a, b)"; double quotes
// removed. An empty setting is one empty name, as Barman has it.
std::vector<std::string> parse_synchronous_standby_names(std::string_view setting);

// pg_walfile_name_offset() of a position on a segment boundary names the segment before it up to PostgreSQL 16, and the
// one after it since 17. This is the old answer for all versions.
std::string file_before_boundary(std::string_view file, std::uint32_t offset, int version, std::uint64_t segment_size);

// The segment closed by a switch, from the insert position's file before and after it; empty: none was.
std::string closed_segment(std::string_view before, std::string_view after);

// Whether archive_command is being run with success: archiving is on, and the last failure is older than the last
// success, or concerns the history file of a timeline that has been archived meanwhile.
struct ArchiverFacts {
  std::string archive_mode;
  std::optional<std::string> last_archived_wal, last_failed_wal;
  std::optional<Timestamp> last_archived_time, last_failed_time;
};
bool is_archiving(const ArchiverFacts& facts);

// Whether a version 150020 is one that we speak to, and how the minimum reads in messages.
bool is_supported_version(int version);
inline constexpr const char* minimum_version = "9.6.0";

}  // namespace barman::postgres
