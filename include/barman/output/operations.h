#pragma once
#include <string>
#include <string_view>

#include "barman/report/operations.h"

// The bodies of the REST service's answers: JSON on one line, in the form of pg-backup-api.
namespace barman::output {

std::string operations_json(const report::OperationList& list);
std::string operation_json(const report::OperationStatus& status);
// The answer to a request for a new one.
std::string operation_id_json(const std::string& id);
std::string error_json(std::string_view text);

}  // namespace barman::output
