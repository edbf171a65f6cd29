#pragma once
#include <span>
#include <string>

#include "barman/config/options.h"
#include "values.h"

// The rows behind server_options(): how a value gets into a ServerConfig and out again.
namespace barman::config {

// A server while it is being built.
struct Draft {
  explicit Draft(ServerConfig& target) : server(target) {}
  ServerConfig& server;
  // Values that are parsed only when the model has been applied, because a bad one names the server and goes to the
  // log.
  Text bandwidth_limit, tablespace_bandwidth_limit, minimum_redundancy, retention_policy;
  Text retention_policy_mode = "auto", wal_retention_policy = "main";
  bool disabled_by_model = false;
};

struct OptionRow {
  OptionInfo info;
  ParseValue parse;
  void (*assign)(const OptionRow& row, Draft& draft, Value value);  // null: unset
  Value (*show)(const OptionRow& row, const ServerConfig& server);
};

std::span<const OptionRow> option_rows();
// Position of a row by name; option_rows().size() when there is none.
std::size_t option_index(std::string_view name);

}  // namespace barman::config
