#include "barman/core/secret.h"

#include <gtest/gtest.h>

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
  EXPECT_NE(flags.find(" lo "), std::string::npos) << flags << "(a limit on locked memory?)";
}

}  // namespace
}  // namespace barman
