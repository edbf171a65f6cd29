#include <algorithm>
#include <cstring>

#include "barman/wal/open_record.h"
#include "page_header.h"

namespace barman {

namespace {

using Part = PreparedXidScan::Part;

constexpr std::uint32_t relation_size = 12, invalidation_size = 16, database_size = 8;
constexpr std::uint32_t statistics_size_15 = 12, statistics_size_18 = 16;

// XACT_XINFO_HAS_...
constexpr std::uint32_t flag_of(Part part) {
  switch (part) {
    case Part::database:
      return 1U << 0;
    case Part::children:
      return 1U << 1;
    case Part::relations:
      return 1U << 2;
    case Part::statistics:
      return 1U << 8;
    case Part::invalidations:
      return 1U << 3;
    case Part::xid:
      return 1U << 4;
    case Part::flags:
    case Part::done:
      break;
  }
  return 0;
}

}  // namespace

void PreparedXidScan::take(std::string_view main_data, std::uint16_t page_magic) {
  while (!main_data.empty() && part != Part::done) {
    if (skip > 0) {
      const std::size_t left_out = std::min<std::uint64_t>(skip, main_data.size());
      skip -= left_out;
      main_data.remove_prefix(left_out);
      continue;
    }
    const std::size_t part_size = std::min<std::size_t>(number.size() - gathered, main_data.size());
    std::memcpy(number.data() + gathered, main_data.data(), part_size);
    gathered = static_cast<std::uint8_t>(gathered + part_size);
    main_data.remove_prefix(part_size);
    if (gathered < number.size()) return;
    gathered = 0;
    std::uint32_t value;
    std::memcpy(&value, number.data(), sizeof value);
    use(value, page_magic);
  }
}

void PreparedXidScan::use(std::uint32_t value, std::uint16_t page_magic) {
  switch (part) {
    case Part::flags:
      flags = value;
      break;
    case Part::database:
      skip = database_size - sizeof value;
      break;
    case Part::children:
      skip = std::uint64_t{value} * sizeof(std::uint32_t);
      break;
    case Part::relations:
      skip = std::uint64_t{value} * relation_size;
      break;
    case Part::statistics:
      skip = std::uint64_t{value} * (page_magic >= magic_of_18 ? statistics_size_18 : statistics_size_15);
      break;
    case Part::invalidations:
      skip = std::uint64_t{value} * invalidation_size;
      break;
    case Part::xid:
      xid = value;
      break;
    case Part::done:
      return;
  }
  proceed();
}

// The parts lie in the order of their enumerators, each only if its flag is set.
void PreparedXidScan::proceed() {
  do part = static_cast<Part>(static_cast<std::uint8_t>(part) + 1);
  while (part != Part::done && (flags & flag_of(part)) == 0);
}

}  // namespace barman
