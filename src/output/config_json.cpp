#include "config_json.h"

#include <nlohmann/json.hpp>

#include "fact_text.h"

namespace barman::output {

nlohmann::json option_json(const config::OptionValue::Variant& value) {
  return std::visit(
      [](const auto& content) -> nlohmann::json {
        using T = std::decay_t<decltype(content)>;
        if constexpr (std::is_same_v<T, std::set<std::string>>)
          return typed_json(report::WordSet{"", content});
        else if constexpr (std::is_same_v<T, config::RetentionPolicy>)
          return content.canonical();
        else
          return typed_json(content);
      },
      value);
}

}  // namespace barman::output
