#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace barman::postgres {

// What libpq says in its verbose form (PQERRORS_VERBOSE) of a connection that was refused: the only way to learn the
// code.
struct VerboseError {
  std::string text;               // as libpq says it otherwise
  std::string sqlstate, routine;  // of the last refusal, of several addresses; empty: the server said nothing
};
VerboseError read_verbose(std::string_view message);

}  // namespace barman::postgres
