#include "barman/drill/statements.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/core/text.h"

namespace barman::drill {

std::vector<Statement> parse_statements(std::string_view text, std::string_view file) {
  std::vector<Statement> statements;
  std::string database = "postgres";
  std::size_t number = 0;
  for (const std::string& each : split_lines(text)) {
    ++number;
    const std::string_view line = trim(each);
    if (line.empty() || line.starts_with("--")) continue;
    if (!line.starts_with('\\')) {
      statements.push_back({database, std::string(line), number});
      continue;
    }
    const std::vector<std::string> words = split_whitespace(line);
    if (words.size() != 2 || (words[0] != "\\connect" && words[0] != "\\c"))
      throw Error(Errc::config, fmt::format("{}:{}: unknown command '{}'", file, number, line),
                  "write one SQL statement a line, and '\\connect DATABASE' to change the database");
    database = words[1];
  }
  return statements;
}

}  // namespace barman::drill
