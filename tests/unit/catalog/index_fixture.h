#pragma once
#include <fmt/core.h>

#include <string>
#include <vector>

#include "barman/catalog/xlogdb.h"
#include "fixture.h"

namespace barman::catalog {

// A server whose index has lines of plain segments, which are numbers.
class IndexFixture : public ServerDirectory {
 protected:
  static constexpr const char* file = "s/wals/s-xlog.db";
  static WalEntry entry(int number) {
    return {fmt::format("0000000100000000{:08X}", number), 100 + number, 1700000000.5, std::nullopt, std::nullopt};
  }
  static std::string lines(const std::vector<int>& numbers) {
    std::string text;
    for (const int number : numbers) text += serialize(entry(number));
    return text;
  }
};

}  // namespace barman::catalog
