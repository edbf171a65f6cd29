#pragma once
#include <string>
#include <string_view>
#include <vector>

// The only place that writes or reads shell text.
namespace barman::exec {

std::string shell_quote(std::string_view argument);            // 'it'\''s'; safe for any byte but NUL
std::string shell_join(const std::vector<std::string>& argv);  // every word quoted
// An operand of a command as somebody would type it: quoted only where it has to be, behind "--" where it would be
// taken for an option.
std::string shell_operand(std::string_view argument);
// Words of a configured command such as ssh_command: POSIX quoting rules, no expansion. Throws Error(config) on an
// unbalanced quote.
std::vector<std::string> shell_words(std::string_view text);

}  // namespace barman::exec
