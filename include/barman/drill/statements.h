#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace barman::drill {

// What is asked of the restored cluster, and must be answered with one true.
struct Statement {
  std::string database;
  std::string sql;
  std::size_t line = 0;  // of its file, from 1
  friend bool operator==(const Statement&, const Statement&) = default;
};

// One statement a line; blank lines and those that begin with "--" are skipped, "\connect DATABASE" changes the
// database of those that follow, which is "postgres" at first. Throws Error(config) with file and line.
std::vector<Statement> parse_statements(std::string_view text, std::string_view file);

}  // namespace barman::drill
