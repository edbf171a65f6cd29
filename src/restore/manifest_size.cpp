#include "manifest_size.h"

#include <fcntl.h>

#include <algorithm>

#include "barman/core/numbers.h"
#include "barman/fs/file.h"

namespace barman::restore {

void ManifestSize::feed(std::string_view piece) {
  constexpr std::string_view key = "\"Size\":";
  constexpr std::string_view digits = "0123456789";
  rest_.append(piece);
  std::string_view text = rest_;
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key)) {
    const std::size_t begin = text.find_first_not_of(' ', at + key.size());
    const std::size_t end = begin == std::string_view::npos ? begin : text.find_first_not_of(digits, begin);
    if (end == std::string_view::npos) break;  // the rest of it comes with the next piece
    bytes_ += parse_decimal(text.substr(begin, end - begin)).value_or(0);
    text.remove_prefix(at + key.size());
  }
  // What may be the beginning of the next one.
  const std::size_t at = text.find(key);
  const std::size_t keep = at == std::string_view::npos ? std::min(text.size(), key.size() - 1) : text.size() - at;
  rest_.erase(0, rest_.size() - keep);
}

std::int64_t size_in_manifest(const std::string& path) {
  ManifestSize size;
  const UniqueFd fd = fs::open_file(path, O_RDONLY);
  fs::read_blocks(fd.get(), path, [&](std::string_view block) { size.feed(block); });
  return size.bytes();
}

}  // namespace barman::restore
