#include "barman/jobs/request.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "barman/core/error.h"
#include "barman/core/json_depth.h"
#include "barman/core/redact.h"
#include "barman/core/text.h"

namespace barman::jobs {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view recovery = "recovery", config_switch = "config_switch", config_update = "config_update";
constexpr std::string_view not_met = "Make sure all options/arguments are met and try again";

Error invalid(const std::string& text) { return {Errc::usage, text}; }

// Discarded: no JSON, or more deeply nested than anything that is meant.
ordered_json parse(std::string_view text) {
  if (json_depth(text) > deepest_json) return ordered_json(ordered_json::value_t::discarded);
  return ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
}

// Whatever Python takes for nothing.
bool is_nothing(const ordered_json& value) {
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_number()) return value.get<double>() == 0;
  if (value.is_string()) return value.get_ref<const std::string&>().empty();
  return value.empty();
}

// A value that becomes one word of a command.
std::string word_in(const ordered_json& body, const std::string& key) {
  const auto found = body.find(key);
  if (found == body.end()) {
    if (key == "backup_id") throw invalid("Request body is missing ``backup_id``");
    throw invalid(fmt::format("{}: `{}` is missing", not_met, key));
  }
  if (!found->is_string()) throw invalid(fmt::format("{}: `{}` must be a string", not_met, key));
  const std::string& word = found->get_ref<const std::string&>();
  if (word.empty()) throw invalid(fmt::format("{}: `{}` is empty", not_met, key));
  if (word.find('\0') != std::string::npos) throw invalid(fmt::format("{}: `{}` has a zero byte", not_met, key));
  return word;
}

Type type_of(const ordered_json& body, std::string_view server) {
  const auto found = body.find("type");
  std::string word = found == body.end() ? (server.empty() ? "" : std::string(recovery))
                                         : (found->is_string() ? found->get<std::string>() : found->dump());
  if (server.empty() ? word == config_update : word == recovery || word == config_switch)
    return word == recovery ? Type::recovery : word == config_switch ? Type::config_switch : Type::config_update;
  throw invalid(server.empty()
                    ? fmt::format("'{}' is no type of an operation of the instance; there is {}", word, config_update)
                    : fmt::format("'{}' is no type of an operation of a server; there are {} and {}", word, recovery,
                                  config_switch));
}

std::optional<std::string> model_in(const ordered_json& body) {
  const auto reset = body.find("reset");
  if ((reset != body.end()) == body.contains("model_name"))
    throw invalid(fmt::format("{}: either `model_name` or `reset` is needed", not_met));
  if (reset == body.end()) return word_in(body, "model_name");
  if (!reset->is_boolean() || !reset->get<bool>()) throw invalid(fmt::format("{}: `reset` can only be true", not_met));
  return std::nullopt;
}

std::string to_json(const ordered_json& value) {
  return value.dump(-1, ' ', /*ensure_ascii=*/true, ordered_json::error_handler_t::replace);
}

}  // namespace

std::string_view word_of(Type type) {
  switch (type) {
    case Type::recovery:
      return recovery;
    case Type::config_switch:
      return config_switch;
    case Type::config_update:
      return config_update;
  }
  return {};
}

Request read_request(std::string_view body, std::string_view server) {
  const ordered_json document = parse(body);
  if (document.is_discarded()) throw invalid("The request body is not valid JSON");
  if (is_nothing(document))
    throw invalid(server.empty() ? "Minimum barman options not met for instance operation"
                                 : fmt::format("Minimum barman options not met for server '{}'", server));
  if (!document.is_object()) throw invalid("The request body is not a JSON object");
  Request request;
  request.type = type_of(document, server);
  if (request.type == Type::recovery) {
    request.backup_id = word_in(document, "backup_id");
    request.remote_ssh_command = word_in(document, "remote_ssh_command");
    request.destination_directory = word_in(document, "destination_directory");
  } else if (request.type == Type::config_switch) {
    request.model = model_in(document);
  } else {
    if (!document.contains("changes")) throw invalid(fmt::format("{}: `changes` is missing", not_met));
    request.changes = to_json(document["changes"]);
  }
  return request;
}

Command command_of(const Request& request, const std::string& server) {
  switch (request.type) {
    case Type::recovery:
      return {{"recover", "--remote-ssh-command=" + request.remote_ssh_command, "--", server, request.backup_id,
               request.destination_directory}};
    case Type::config_switch:
      if (!request.model) return {{"config-switch", "--reset", "--", server}};
      return {{"config-switch", "--", server, *request.model}};
    case Type::config_update:
      return {{"config-update", "-"}, request.changes};
  }
  return {};
}

std::string job_text(std::string_view body, Type type, const Timestamp& start) {
  ordered_json job = parse(body);
  if (!job.is_object()) job = ordered_json::object();
  job["operation_type"] = word_of(type);
  job["start_time"] = to_stamp(start);
  return to_json(job);
}

std::string output_text(std::string_view job, const Result& result) {
  ordered_json output = parse(job);
  if (!output.is_object()) output = ordered_json::object();
  output["success"] = result.success;
  output["end_time"] = to_stamp(result.end);
  output["output"] = redact_passwords(result.output);
  return to_json(output);
}

std::optional<std::string> type_in(std::string_view job) {
  const ordered_json document = parse(job);
  if (!document.is_object() || !document.contains("operation_type")) return std::nullopt;
  const ordered_json& type = document["operation_type"];
  return type.is_string() ? std::optional(type.get<std::string>()) : std::nullopt;
}

std::optional<bool> success_in(std::string_view output) {
  const ordered_json document = parse(output);
  if (!document.is_object() || !document.contains("success")) return std::nullopt;
  const ordered_json& success = document["success"];
  return success.is_boolean() ? std::optional(success.get<bool>()) : std::nullopt;
}

bool is_id(std::string_view text) {
  constexpr std::string_view form = "00000000T000000";
  return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(), [](char c, char wanted) {
           return wanted == 'T' ? c == 'T' : c >= '0' && c <= '9';
         });
}

std::string to_stamp(const Timestamp& time) {
  std::string text = replace_all(to_python_naive(time), " ", "T");
  return text.find('.') == std::string::npos ? text + ".000000" : text;
}

}  // namespace barman::jobs
