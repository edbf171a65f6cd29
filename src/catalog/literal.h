#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace barman::catalog {

// A Python literal as backup.info holds them (formats.md 3.4): what ast.literal_eval reads and repr() writes, without
// bytes, sets and complex numbers, which backup.info never has.
struct Literal {
  using List = std::vector<Literal>;
  struct Tuple {
    List items;
    friend bool operator==(const Tuple&, const Tuple&) = default;
  };
  using Dict = std::vector<std::pair<Literal, Literal>>;  // in the order written

  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, List, Tuple, Dict> value = nullptr;

  // What Python's bool() says: None, False, 0, "" and empty containers are false.
  bool truthy() const;
  const std::string* text() const { return std::get_if<std::string>(&value); }
  const List* items() const;  // of a list or a tuple; nullptr for anything else
  const Dict* dict() const { return std::get_if<Dict>(&value); }
  friend bool operator==(const Literal&, const Literal&) = default;
};

// Throws Error(corrupt) saying what was expected and at which offset of `text`.
Literal parse_literal(std::string_view text);

std::string python_repr(const Literal& literal);

}  // namespace barman::catalog
