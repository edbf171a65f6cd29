#include "barman/core/secret.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace barman {
namespace {

// The line "VmFlags: ..." of the mapping that holds `address`.
std::string flags_of(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  std::ostringstream wanted;
  wanted << std::hex << reinterpret_cast<std::uintptr_t>(address) << '-';
  std::string line;
  bool found = false;
  while (std::getline(maps, line)) {
    if (line.starts_with(wanted.str())) found = true;
    if (found && line.starts_with("VmFlags:")) return line + ' ';
  }
  return {};
}

// Not below a sanitizer, which ignores mlock(), or a limit of 0.
bool can_lock_memory() {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const memory = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  const bool locked = ::mlock(memory, page) == 0 && flags_of(memory).find(" lo ") != std::string::npos;
  ::munmap(memory, page);
  return locked;
}

TEST(Secret, KeepsItsPartAndWipesTheRest) {
  Secret secret;
  const std::string text = "  word  rest";
  std::copy(text.begin(), text.end(), secret.room().begin());
  secret.keep({secret.room().data() + 2, 4});
  EXPECT_EQ(secret.view(), "word");
  for (const char c : secret.room().subspan(4)) EXPECT_EQ(c, '\0');
}

TEST(Secret, IsNotDumpedSwappedOrInherited) {
  Secret secret;
  const std::string flags = flags_of(secret.room().data());
  EXPECT_NE(flags.find(" dd "), std::string::npos) << flags;
  EXPECT_NE(flags.find(" dc "), std::string::npos) << flags;
  EXPECT_EQ(flags.find(" lo ") != std::string::npos, can_lock_memory()) << flags;
}

}  // namespace
}  // namespace barman
