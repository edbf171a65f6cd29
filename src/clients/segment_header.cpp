#include "segment_header.h"

#include <fmt/core.h>

#include <cstring>

#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/wal_content.h"

namespace barman::clients {

namespace {

template <typename Number>
Number number_at(std::string_view bytes, std::size_t at) {
  Number value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

std::optional<std::string> unfit_to_serve(const WalName& wal, std::string_view head, std::uint64_t size,
                                          std::optional<std::uint64_t> system_id) {
  if (auto problem = wal_problem(wal, head, size, Unrecognised::refuse)) return problem;
  if (wal.kind != WalKind::segment) return std::nullopt;
  if (codec::detect(head)) return "it is still compressed";
  const auto header = parse_segment_header(head);
  if (!header || !system_id || *system_id == header->system_id) return std::nullopt;
  return fmt::format("it is of cluster {}, not of {}", header->system_id, *system_id);
}

// pg_control begins with the system identifier (8 bytes) and the version of its format (4 bytes: 937 to 1800 so far).
std::optional<std::uint64_t> system_id_near(const std::string& wal_destination) {
  const std::string directory = fs::parent_directory(wal_destination);
  const std::string_view name = base_name(directory);
  if (name.empty() || name == "." || name == "..") return std::nullopt;
  try {
    const std::string head = codec::read_head(fs::parent_directory(directory) + "/global/pg_control", 12);
    if (head.size() < 12) return std::nullopt;
    const auto version = number_at<std::uint32_t>(head, 8);
    if (version < 900 || version > 5000) return std::nullopt;
    return number_at<std::uint64_t>(head, 0);
  } catch (const Error&) {
    return std::nullopt;  // not beside a data directory, or not for us to read
  }
}

}  // namespace barman::clients
