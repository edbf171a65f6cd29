// Python literals: what is read is written in one way, and that reads as the same.
#include "literal.h"

#include "fuzz.h"

namespace barman::fuzz {

void one_input(std::string_view bytes) {
  accepts([&] {
    const catalog::Literal literal = catalog::parse_literal(bytes);
    const std::string written = catalog::python_repr(literal);
    require(written.find('\n') == std::string::npos, "a literal is one line", written);
    catalog::Literal again;
    require(accepts([&] { again = catalog::parse_literal(written); }), "what is written can be read", written);
    require(again == literal, "a literal round-trips", written);
    require(catalog::python_repr(again) == written, "a literal is written in one way", written);
    require(again.truthy() == literal.truthy(), "truth round-trips", written);
  });
}

}  // namespace barman::fuzz
