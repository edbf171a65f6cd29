#pragma once
#include <string_view>

#include "barman/core/error.h"

// What the targets of this folder share. A target defines one_input(): it reads the bytes as one format and says with
// require() what has to be true of the result. A failed require(), any exception but barman::Error and whatever a
// sanitizer finds end the program.
namespace barman::fuzz {

void one_input(std::string_view bytes);

// `promise` says what was expected.
void require(bool kept, const char* promise, std::string_view shown = {});

// Calls `read`; false when it refused its input with an Error that says something.
template <typename Read>
bool accepts(Read&& read) {
  try {
    read();
    return true;
  } catch (const Error& error) {
    require(*error.what() != '\0', "an error says what is wrong");
    return false;
  }
}

// An Error of a damaged file names the file, and its hint (or itself) the next step.
void require_place(const Error& error, std::string_view file);

}  // namespace barman::fuzz
