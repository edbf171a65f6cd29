#pragma once
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace barman {

// For a vector of tens of megabytes that was just reserved: the kernel may back it with large pages, since to get it in
// small ones takes longer than to fill it. Nothing happens where it has none.
template <typename T>
void prefer_large_pages(std::vector<T>& reserved) {
  constexpr std::uintptr_t large = std::uintptr_t{2} << 20;
  const auto address = reinterpret_cast<std::uintptr_t>(reserved.data());
  const std::uintptr_t begin = (address + large - 1) / large * large;
  const std::uintptr_t end = (address + reserved.capacity() * sizeof(T)) / large * large;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

}  // namespace barman
