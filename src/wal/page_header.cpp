#include "page_header.h"

#include <algorithm>
#include <array>

#include "bytes.h"

namespace barman {

namespace {

// XLOG_PAGE_MAGIC of 9.5, 9.6, 10 to 18.
constexpr std::array<std::uint16_t, 11> magics{0xD087, 0xD093, 0xD097, 0xD098, 0xD101,     0xD106,
                                               0xD10D, 0xD110, 0xD113, 0xD116, magic_of_18};

}  // namespace

PageHeader parse_page_header(std::string_view bytes) {
  return {number_at<std::uint16_t>(bytes, 0),
          number_at<std::uint16_t>(bytes, 2),
          number_at<std::uint32_t>(bytes, 4),
          {number_at<std::uint64_t>(bytes, 8)},
          number_at<std::uint32_t>(bytes, 16)};
}

bool is_known_magic(std::uint16_t magic) { return std::ranges::find(magics, magic) != magics.end(); }

}  // namespace barman
