#include "server_builder.h"

#include <fmt/core.h>

#include "barman/core/error.h"

namespace barman::config {

SectionOptions::SectionOptions(const IniSection& section) : section_(section), by_row_(option_rows().size()) {
  for (const IniOption& option : section.options) {
    const std::size_t row = option_index(option.name);
    if (row < by_row_.size())
      by_row_[row] = &option;
    else
      others_.push_back(&option);
  }
}

Warning unknown_option(const IniOption& option, const std::string& section) {
  return {fmt::format("Invalid configuration option \"{}\" in [{}] section.", option.name, section),
          option.place.text()};
}

std::optional<Value> read_option(const OptionRow& row, const IniOption& option, const IniSection& section,
                                 std::vector<Warning>& warnings) {
  const std::string written = IniDocument::get(section, option);
  const std::string_view text = unquote(written);
  try {
    Value value = row.parse(text, {row.info.name, section.name});
    if (std::holds_alternative<std::nullptr_t>(value)) return std::nullopt;
    const auto* word = std::get_if<std::string>(&value);
    if (word != nullptr && (word->empty() || *word == "None")) return nullptr;
    return value;
  } catch (const InvalidValue& invalid) {
    if (row.keeps_invalid) return std::string(text);
    warnings.push_back({fmt::format("Ignoring invalid configuration value '{}' for key {} in [{}] section: {}", text,
                                    row.info.name, section.name, invalid.reason),
                        option.place.text()});
    return std::nullopt;
  }
}

namespace {

// The built-in default with %(option)s replaced by what the server has there; null when that is unset.
Value expand_default(std::string_view text, const ServerConfig& server, const std::string& barman_home) {
  std::string result;
  while (!text.empty()) {
    const std::size_t begin = text.find("%(");
    result += text.substr(0, begin);
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin + 2);
    const std::size_t end = text.find(")s");
    const std::string_view name = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (name == "name") {
      result += server.name;
    } else if (name == "barman_home") {
      result += barman_home;
    } else {
      const OptionRow& row = option_rows()[option_index(name)];
      const Value value = row.show(row, server);
      if (!std::holds_alternative<std::string>(value)) return nullptr;
      result += std::get<std::string>(value);
    }
  }
  return result;
}

void add_source(ServerConfig& server, std::string_view option, const IniOption& written) {
  server.sources.emplace_back(option, written.place.file);
}

}  // namespace

void read_server(Draft& draft, const SectionOptions& own, const SectionOptions& barman, const std::string& barman_home,
                 std::vector<Warning>& warnings) {
  ServerConfig& server = draft.server;
  for (const IniOption* option : own.others()) warnings.push_back(unknown_option(*option, server.name));
  for (const SectionOptions* section : {&own, &barman})  // said to come from where an ignored "name" is
    if (const IniOption* name = section->section().find("name")) add_source(server, "name", *name);
  const auto rows = option_rows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const OptionRow& row = rows[i];
    const IniOption* mine = own.at(i);
    const IniOption* global = barman.at(i);
    if (mine != nullptr || global != nullptr) add_source(server, row.info.name, mine != nullptr ? *mine : *global);
    std::optional<Value> value;
    if (mine != nullptr && (row.info.scope & scope_server)) value = read_option(row, *mine, own.section(), warnings);
    if (!value && global != nullptr && (row.info.scope & scope_global))
      value = read_option(row, *global, barman.section(), warnings);
    if (!value && row.info.fallback.find("%(") != std::string_view::npos)
      value = expand_default(row.info.fallback, server, barman_home);
    if (value) row.assign(row, draft, std::move(*value));
  }
}

Model read_model(const SectionOptions& own, std::vector<Warning>& warnings) {
  Model model;
  const IniSection& section = own.section();
  model.name = section.name;
  const auto rows = option_rows();
  for (const IniOption& option : section.options) {
    const std::size_t i = option_index(option.name);
    const bool known = option.name == "model" || (i < rows.size() && (rows[i].info.scope & scope_model));
    if (!known) warnings.push_back(unknown_option(option, section.name));
    if (option.name != "model") model.options.emplace(option.name, IniDocument::get(section, option));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (own.at(i) == nullptr || !(rows[i].info.scope & scope_model)) continue;
    std::optional<Value> value = read_option(rows[i], *own.at(i), section, warnings);
    model.values.emplace(rows[i].info.name,
                         OptionValue{value ? std::move(*value) : Value(nullptr), *own.at(i)->place.file});
  }
  const auto cluster = model.values.find("cluster");
  if (cluster == model.values.end() || !std::holds_alternative<std::string>(cluster->second.value))
    throw Error(Errc::config,
                fmt::format("Parameter \"cluster\" is required in [{}] section.\n"
                            "Your configuration is missing required parameters. Exiting.",
                            model.name),
                fmt::format("name the servers that the model is for: {}", section.place.text()));
  model.cluster = std::get<std::string>(cluster->second.value);
  const IniOption* marker = section.find("model");
  model.values.emplace("model", OptionValue{true, *marker->place.file});
  return model;
}

bool takes(std::string_view option, std::string_view text) {
  try {
    option_rows()[option_index(option)].parse(text, {.option = option, .section = {}});
    return true;
  } catch (const InvalidValue&) {
    return false;
  }
}

void apply_model(Draft& draft, const Model& model) {
  ServerConfig& server = draft.server;
  server.active_model = model.name;
  for (const OptionRow& row : option_rows()) {
    const auto set = model.values.find(row.info.name);
    if (set == model.values.end() || std::holds_alternative<std::nullptr_t>(set->second.value) ||
        row.info.name == "cluster")
      continue;
    row.assign(row, draft, set->second.value);
    std::erase_if(server.sources, [&](const auto& entry) { return entry.first == row.info.name; });
    server.sources.emplace_back(row.info.name, std::make_shared<const std::string>(set->second.source));
  }
}

OptionValue as_shown(const std::string& option, OptionValue value) {
  const std::size_t row = option_index(option);
  if (row < option_rows().size() && option_rows()[row].is_secret &&
      !std::holds_alternative<std::nullptr_t>(value.value))
    value.value = std::string(hidden);
  return value;
}

std::map<std::string, OptionValue> describe(const Model& model, const GlobalConfig& global) {
  std::map<std::string, OptionValue> result;
  for (const auto& [option, value] : model.values) result.emplace(option, as_shown(option, value));
  for (const OptionInfo& option : server_options()) {
    const std::string name(option.name);
    if (option.ours) {
      result.erase(name);
      continue;
    }
    if ((option.scope & scope_model) == 0) continue;
    const auto inherited = global.sources.find(name);
    result.try_emplace(name, OptionValue{nullptr, inherited == global.sources.end() ? "default" : inherited->second});
  }
  return result;
}

}  // namespace barman::config
