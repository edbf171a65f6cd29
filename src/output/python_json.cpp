#include "python_json.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "barman/core/python_repr.h"

namespace barman::output {

namespace {

template <typename Json>
class Printer {
 public:
  explicit Printer(int indent) : indent_(indent) {}

  std::string print(const Json& value) {
    write(value, 0);
    return std::move(text_);
  }

 private:
  void write(const Json& value, int level) {
    if (value.is_object()) {
      sequence('{', '}', value.size(), level, [&, item = value.begin()]() mutable {
        scalar(item.key());
        text_ += ": ";
        write(item.value(), level + 1);
        ++item;
      });
    } else if (value.is_array()) {
      sequence('[', ']', value.size(), level, [&, item = value.begin()]() mutable { write(*item++, level + 1); });
    } else if (value.is_number_float()) {
      text_ += python_repr(value.template get<double>());
    } else {
      scalar(value);
    }
  }

  // Numbers without fraction, strings and literals: nlohmann's own form is Python's.
  void scalar(const Json& value) {
    text_ += value.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
  }

  template <typename Item>
  void sequence(char open, char close, std::size_t count, int level, Item item) {
    text_ += open;
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) text_ += indent_ < 0 ? ", " : ",";
      new_line(level + 1);
      item();
    }
    if (count > 0) new_line(level);
    text_ += close;
  }

  void new_line(int level) {
    if (indent_ < 0) return;
    text_ += '\n';
    text_.append(static_cast<std::size_t>(indent_ * level), ' ');
  }

  int indent_;
  std::string text_;
};

}  // namespace

std::string to_python_json(const nlohmann::json& value, int indent) {
  return Printer<nlohmann::json>(indent).print(value);
}

std::string to_python_json(const nlohmann::ordered_json& value, int indent) {
  return Printer<nlohmann::ordered_json>(indent).print(value);
}

}  // namespace barman::output
