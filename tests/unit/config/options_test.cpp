#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "barman/codec/format.h"
#include "barman/core/text.h"
#include "option.h"

namespace barman::config {
namespace {

TEST(OptionRows, AreTheOptionsOfTheReference) {
  EXPECT_EQ(std::ranges::count(server_options(), false, &OptionInfo::ours), 122);
  std::set<std::string_view> names;
  for (const OptionInfo& option : server_options()) names.insert(option.name);
  EXPECT_EQ(names.size(), server_options().size());
}

TEST(OptionRows, SayWhatTheyAre) {
  std::vector<OptionInfo> all = server_options();
  all.insert(all.end(), global_options().begin(), global_options().end());
  for (const OptionInfo& option : all) {
    EXPECT_NE(option.scope, 0u) << option.name;
    EXPECT_FALSE(option.group.empty()) << option.name;
    EXPECT_FALSE(option.type.empty()) << option.name;
    EXPECT_TRUE(option.help.ends_with('.')) << option.name;
    if (!option.superseded_by.empty() && option.superseded_by != "-") {
      EXPECT_NE(option_index(option.superseded_by), option_rows().size()) << option.name;
    }
  }
}

TEST(OptionRows, NameEveryCompression) {
  EXPECT_EQ(option_rows()[option_index("compression")].info.type, join(codec::words(), " | "));
}

TEST(OptionRows, AreFoundByName) {
  for (std::size_t i = 0; i < option_rows().size(); ++i) EXPECT_EQ(option_index(option_rows()[i].info.name), i);
  EXPECT_EQ(option_index("nonsense"), option_rows().size());
}

// The members of ServerConfig start with the built-in defaults; the rows must say the same.
TEST(OptionRows, FallbacksAreTheInitialValues) {
  const ServerConfig initial;
  for (const OptionRow& row : option_rows()) {
    if (row.info.fallback.find("%(") != std::string_view::npos) continue;
    const Value shown = row.show(row, initial);
    if (row.info.fallback.empty()) {
      const auto* words = std::get_if<std::set<std::string>>(&shown);
      EXPECT_TRUE(std::holds_alternative<std::nullptr_t>(shown) || (words != nullptr && words->empty()))
          << row.info.name;
      continue;
    }
    ServerConfig assigned;
    Draft draft(assigned);
    row.assign(row, draft, row.parse(row.info.fallback, {row.info.name, "s"}));
    const Value again = row.show(row, assigned);
    EXPECT_TRUE(again == shown) << row.info.name;
  }
}

}  // namespace
}  // namespace barman::config
