#pragma once

namespace barman {

// What Python's str.isprintable() says of one character.
bool is_printable(char32_t code);

}  // namespace barman
