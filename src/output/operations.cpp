#include "barman/output/operations.h"

#include <nlohmann/json.hpp>

namespace barman::output {
namespace {

using nlohmann::ordered_json;

std::string to_line(const ordered_json& value) {
  return value.dump(-1, ' ', /*ensure_ascii=*/true, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string operations_json(const report::OperationList& list) {
  ordered_json items = ordered_json::array();
  for (const auto& [id, type] : list.operations) items.push_back(ordered_json{{"id", id}, {"type", type}});
  return to_line(ordered_json{{"operations", items}});
}

std::string operation_json(const report::OperationStatus& status) {
  return to_line(ordered_json{{"operation_id", status.id}, {"status", status.status}});
}

std::string operation_id_json(const std::string& id) { return to_line(ordered_json{{"operation_id", id}}); }

std::string error_json(std::string_view text) { return to_line(ordered_json{{"error", text}}); }

}  // namespace barman::output
