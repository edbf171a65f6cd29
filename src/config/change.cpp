#include "barman/config/change.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "barman/config/ini_document.h"
#include "barman/core/error.h"
#include "barman/core/json_depth.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"
#include "option.h"
#include "server_builder.h"

namespace barman::config {

namespace {

using nlohmann::ordered_json;

constexpr int indentation = 2;

[[noreturn]] void malformed() {
  throw Error(Errc::corrupt, "the queue of configuration changes is not what config-update writes");
}

std::string text_of(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) malformed();
  return found->get<std::string>();
}

SectionChange to_change(const ordered_json& item) {
  if (!item.is_object()) malformed();
  SectionChange change{text_of(item, "section"), {}};
  const auto set = item.find("changes_set");
  if (set == item.end() || !set->is_array()) malformed();
  for (const ordered_json& option : *set) {
    if (!option.is_object()) malformed();
    change.options.push_back({text_of(option, "key"), text_of(option, "value"), text_of(option, "config_file")});
  }
  return change;
}

}  // namespace

std::vector<SectionChange> parse_change_queue(std::string_view text) {
  if (json_depth(text) > deepest_json) malformed();
  const ordered_json list = ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (list.is_object() && list.empty()) return {};  // what config-update takes for nothing, too
  if (!list.is_array()) malformed();
  std::vector<SectionChange> changes;
  for (const ordered_json& item : list) changes.push_back(to_change(item));
  return changes;
}

std::string serialize_change_queue(const std::vector<SectionChange>& changes) {
  ordered_json list = ordered_json::array();
  for (const SectionChange& change : changes) {
    ordered_json set = ordered_json::array();
    for (const OptionChange& option : change.options)
      set.push_back({{"key", option.key}, {"value", option.value}, {"config_file", option.file}});
    list.push_back({{"section", change.section}, {"changes_set", std::move(set)}});
  }
  try {
    return list.dump(indentation, ' ', /*ensure_ascii=*/true);
  } catch (const ordered_json::type_error&) {  // a path is whatever the file system holds
    throw Error(Errc::config, "the name of a configuration file is not UTF-8, and the queue of changes cannot hold it",
                "rename the file, or edit it by hand");
  }
}

namespace {

using nlohmann::ordered_json;

constexpr const char* advice =
    R"(give a JSON list such as [{"scope": "server", "server_name": "main", "parallel_jobs": "2"}])";

std::string python_text(const ordered_json& value) {
  std::vector<std::string> items;
  switch (value.type()) {
    case ordered_json::value_t::null:
      return "None";
    case ordered_json::value_t::boolean:
      return value.get<bool>() ? "True" : "False";
    case ordered_json::value_t::string:
      return python_repr(std::string_view(value.get_ref<const std::string&>()));
    case ordered_json::value_t::number_float:
      return python_repr(value.get<double>());
    case ordered_json::value_t::array:
      for (const ordered_json& item : value) items.push_back(python_text(item));
      return fmt::format("[{}]", join(items, ", "));
    case ordered_json::value_t::object:
      for (const auto& [key, item] : value.items())
        items.push_back(fmt::format("{}: {}", python_repr(std::string_view(key)), python_text(item)));
      return fmt::format("{{{}}}", join(items, ", "));
    default:
      return value.dump();
  }
}

ordered_json parse(std::string_view text) {
  if (json_depth(text) > deepest_json) throw Error(Errc::config, "The changes nest too deeply", advice);
  try {
    return ordered_json::parse(text);
  } catch (const ordered_json::exception& error) {  // also a number beyond a double's
    const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    const bool json = begin < text.size() && std::string_view("[{\"").find(text[begin]) != std::string_view::npos;
    const std::string_view reason = error.what();  // after the name of the exception
    const auto line = std::ranges::count(text.substr(0, begin), '\n') + 1;
    const std::size_t column = begin - (text.substr(0, begin).rfind('\n') + 1) + 1;  // npos + 1 is 0
    throw Error(Errc::config,
                json ? fmt::format("The changes are not JSON: {}", reason.substr(reason.find("] ") + 2))
                     : fmt::format("Expecting value: line {} column {} (char {})", line, column, begin),
                advice);
  }
}

std::optional<std::string> option_text(const ordered_json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number()) return python_text(value);
  return std::nullopt;
}

ChangeRequest to_request(const ordered_json& object) {
  ChangeRequest request;
  request.shown = python_text(object);
  if (const auto scope = object.find("scope"); scope != object.end())
    request.scope = scope->is_string() ? scope->get<std::string>() : python_text(*scope);
  request.server = request.scope == "server";
  const std::string name_key = request.scope + "_name";
  for (const auto& [key, value] : object.items()) {
    if (key == name_key)
      request.name = option_text(value);
    else if (key != "scope")
      request.options.emplace_back(key, option_text(value));
  }
  return request;
}

// nullopt: the option can have that value.
std::optional<std::string> problem_of_option(const ChangeRequest& request, const std::string& key,
                                             const std::optional<std::string>& value) {
  const std::size_t row = option_index(key);
  const unsigned scope = request.server ? scope_server : scope_model;
  const bool model_marker = !request.server && key == "model";
  if (!model_marker && (row >= option_rows().size() || (option_rows()[row].info.scope & scope) == 0))
    return fmt::format("Invalid option '{}' for {} '{}'", key, request.scope, *request.name);
  const auto invalid = [&](std::string_view reason) {
    return fmt::format("Validation failed for {} '{}': key '{}' -> {}", request.scope, *request.name, key, reason);
  };
  if (!value) return invalid("the value must be a text");
  if (value->find_first_of("\r\n") != std::string::npos) return invalid("the value must be a single line");
  try {
    const ValueContext context{key, *request.name, request.scope};
    model_marker ? parse_boolean(unquote(*value), context) : option_rows()[row].parse(unquote(*value), context);
  } catch (const InvalidValue& bad) {
    return invalid(bad.reason);
  }
  return std::nullopt;
}

bool has_option(const ChangeRequest& request, std::string_view key) {
  return std::ranges::any_of(request.options, [&](const auto& option) { return option.first == key; });
}

}  // namespace

std::vector<ChangeRequest> parse_change_requests(std::string_view json) {
  const ordered_json list = parse(json);
  if (list.is_object() && list.empty()) return {};
  const bool objects = list.is_array() && std::ranges::all_of(list, [](const auto& item) { return item.is_object(); });
  if (!objects) throw Error(Errc::config, "The changes are not a JSON list of objects", advice);
  std::vector<ChangeRequest> requests;
  for (const ordered_json& object : list) requests.push_back(to_request(object));
  return requests;
}

std::optional<std::string> problem_of(const ChangeRequest& request, const Configuration& configuration) {
  const auto invalid = [&](const std::string& why) {
    return fmt::format("Invalid section {}: {}", request.shown, why);
  };
  if (!request.server && request.scope != "model")
    return invalid(fmt::format("'scope' is invalid: '{}'. It should be either 'server' or 'model'.", request.scope));
  if (!request.name || request.name->empty()) return invalid(fmt::format("'{}_name' is missing.", request.scope));
  const std::string& name = *request.name;
  if (name == "barman" || name == "all" || name == "DEFAULT" || name.find_first_of("\r\n") != std::string::npos)
    return invalid(fmt::format("{} is no name for a {}.", python_repr(std::string_view(name)), request.scope));
  const bool is_model = configuration.models().contains(name);
  const bool is_server = configuration.find_server(name) != nullptr;
  if (request.server && is_model) return invalid(fmt::format("'{}' is a model, not a server.", name));
  if (!request.server && is_server) return invalid(fmt::format("'{}' is a server, not a model.", name));
  if (!request.server && !is_model && !has_option(request, "cluster"))
    return invalid("new model but 'cluster' is missing.");
  for (const auto& [key, value] : request.options)
    if (auto problem = problem_of_option(request, key, value)) return problem;
  return std::nullopt;
}

std::optional<std::string> written_value(const Configuration& configuration, const std::string& section,
                                         const std::string& key) {
  const IniSection* found = configuration.document().find(section);
  const IniOption* option = found == nullptr ? nullptr : found->find(key);
  if (option == nullptr) return std::nullopt;
  return std::string(unquote(IniDocument::get(*found, *option)));
}

SectionChange plan_change(const ChangeRequest& request, const Configuration& configuration) {
  const IniDocument& document = configuration.document();
  const IniSection* section = document.find(*request.name);
  const IniSection* global = document.find("barman");
  const std::string automatic = configuration.global().barman_home + "/.barman.auto.conf";
  SectionChange change{*request.name, {}};
  const auto add = [&](const std::string& key, const std::string& value) {
    const IniOption* own = section == nullptr ? nullptr : section->find(key);
    const IniOption* inherited = global == nullptr ? nullptr : global->find(key);
    const IniOption* written = own != nullptr ? own : inherited;
    change.options.push_back({key, value, written != nullptr ? *written->place.file : automatic});
  };
  for (const auto& [key, value] : request.options) add(key, *value);
  const bool new_model = !request.server && !configuration.models().contains(*request.name);
  if (new_model && !has_option(request, "model")) add("model", "on");
  return change;
}

}  // namespace barman::config
