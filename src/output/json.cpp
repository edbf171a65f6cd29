#include "json.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "barman/catalog/snapshots.h"
#include "barman/core/numbers.h"
#include "barman/core/python_repr.h"
#include "barman/core/redact.h"
#include "barman/core/text.h"

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

namespace {

using report::Fact;

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

std::vector<std::string> quoted(const auto& words) {
  std::vector<std::string> list;
  for (const std::string& word : words) list.push_back(python_repr(word));
  return list;
}

std::string slot_text(const report::SlotFact& slot) {
  return fmt::format("Record(slot_name={}, active={}, restart_lsn={})", python_repr(slot.name),
                     slot.active ? "True" : "False", slot.restart_lsn ? python_repr(*slot.restart_lsn) : "None");
}

std::string limits_text(const std::map<std::string, std::int64_t>& limits) {
  std::vector<std::string> items;
  for (const auto& [name, limit] : limits) items.push_back(fmt::format("{}: {}", python_repr(name), limit));
  return fmt::format("{{{}}}", join(items, ", "));
}

std::string words_text(const report::WordSet& set) {
  if (set.words.empty()) return set.kind + "()";
  return fmt::format("{}({{{}}})", set.kind, join(quoted(set.words), ", "));
}

nlohmann::json json_or_null(const std::optional<std::string>& text) {
  return text ? nlohmann::json(*text) : nlohmann::json(nullptr);
}

}  // namespace

std::string python_decimal(const std::string& text) {
  const bool negative = text.starts_with('-');
  const std::string number = text.substr(negative ? 1 : 0);
  const std::size_t point = number.find('.');
  const auto fraction = static_cast<int>(point == std::string::npos ? 0 : number.size() - point - 1);
  std::string digits = replace_all(number, ".", "");
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  const int left = static_cast<int>(digits.size()) - fraction;  // digits before the point
  if (left > -6) return text;
  std::string result = digits.substr(0, 1);
  if (digits.size() > 1) result += "." + digits.substr(1);
  return fmt::format("{}{}E{}", negative ? "-" : "", result, left - 1);
}

std::string python_text(const Fact& fact) {
  return std::visit(
      Overloaded{[](std::nullptr_t) -> std::string { return "None"; },
                 [](bool flag) -> std::string { return flag ? "True" : "False"; },
                 [](std::int64_t number) { return std::to_string(number); },
                 [](const std::string& text) { return text; },
                 [](const std::vector<std::string>& list) { return fmt::format("[{}]", join(quoted(list), ", ")); },
                 [](const std::map<std::string, std::int64_t>& limits) { return limits_text(limits); },
                 [](const report::WordSet& set) { return words_text(set); },
                 [](Micros duration) { return python_timedelta(duration); },
                 [](const Timestamp& time) { return to_python(time); },
                 [](const report::Decimal& number) { return python_decimal(number.text); },
                 [](const report::SlotFact& slot) { return slot_text(slot); }},
      fact);
}

nlohmann::json plain_json(const Fact& fact) {
  return std::visit(
      Overloaded{[](std::nullptr_t) { return nlohmann::json(nullptr); }, [](bool flag) { return nlohmann::json(flag); },
                 [](std::int64_t number) { return nlohmann::json(number); },
                 [](const std::vector<std::string>& list) { return nlohmann::json(list); },
                 [](const std::map<std::string, std::int64_t>& limits) { return nlohmann::json(limits); },
                 [](const auto& other) { return nlohmann::json(redact_passwords(python_text(other))); }},
      fact);
}

nlohmann::json typed_json(const Fact& fact) {
  return std::visit(
      Overloaded{[](const report::WordSet& set) {
                   return nlohmann::json(join({set.words.begin(), set.words.end()}, ","));
                 },
                 [](Micros duration) { return nlohmann::json(human_interval(duration)); },
                 [](const Timestamp& time) { return nlohmann::json(to_iso(in_local_zone(time))); },
                 [](const report::Decimal& number) { return nlohmann::json(parse_double(number.text).value_or(0)); },
                 [](const report::SlotFact& slot) {
                   return nlohmann::json::array({slot.name, slot.active, json_or_null(slot.restart_lsn)});
                 },
                 [](const auto& other) { return plain_json(other); }},
      fact);
}

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

namespace {

using nlohmann::json;

template <typename T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json time_json(const std::optional<Timestamp>& time, TimeForm form) {
  if (!time) return nullptr;
  return form == TimeForm::ctime ? to_ctime(*time) : to_iso(in_local_zone(*time));
}

json tablespaces_json(const std::optional<std::vector<catalog::Tablespace>>& tablespaces) {
  if (!tablespaces) return nullptr;
  json list = json::array();
  for (const catalog::Tablespace& tablespace : *tablespaces)
    list.push_back(json::array({tablespace.name, tablespace.oid, tablespace.location}));
  return list;
}

json copy_stats_json(const std::optional<catalog::CopyStats>& stats) {
  if (!stats) return nullptr;
  json object = json::object();
  const auto add = [&](const char* name, const auto& value) {
    if (value) object[name] = *value;
  };
  const auto add_items = [&](const char* name, const std::optional<catalog::CopyStats::PerItem>& items) {
    if (!items) return;
    json& target = object[name] = json::object();
    for (const auto& [item, seconds] : *items) target[item] = seconds;
  };
  add("total_time", stats->total_time);
  add("copy_time", stats->copy_time);
  add("analysis_time", stats->analysis_time);
  add("serialized_copy_time", stats->serialized_copy_time);
  add("number_of_workers", stats->number_of_workers);
  add_items("analysis_time_per_item", stats->analysis_time_per_item);
  add_items("copy_time_per_item", stats->copy_time_per_item);
  add_items("serialized_copy_time_per_item", stats->serialized_copy_time_per_item);
  return object;
}

}  // namespace

json metadata_json(const catalog::BackupInfo& info, TimeForm form) {
  json object = {{"backup_id", info.backup_id},
                 {"server_name", info.server_name},
                 {"status", info.status_text},
                 {"backup_label", info.backup_label ? json(python_repr(*info.backup_label)) : json(nullptr)},
                 {"begin_offset", or_null(info.begin_offset)},
                 {"begin_time", time_json(info.begin_time, form)},
                 {"begin_wal", or_null(info.begin_wal)},
                 {"begin_xlog", or_null(info.begin_xlog)},
                 {"children_backup_ids", or_null(info.children_backup_ids)},
                 {"cluster_size", or_null(info.cluster_size)},
                 {"compression", or_null(info.compression)},
                 {"config_file", or_null(info.config_file)},
                 {"copy_stats", copy_stats_json(info.copy_stats)},
                 {"data_checksums", or_null(info.data_checksums)},
                 {"deduplicated_size", or_null(info.deduplicated_size)},
                 {"encryption", or_null(info.encryption)},
                 {"end_offset", or_null(info.end_offset)},
                 {"end_time", time_json(info.end_time, form)},
                 {"end_wal", or_null(info.end_wal)},
                 {"end_xlog", or_null(info.end_xlog)},
                 {"error", or_null(info.error)},
                 {"hba_file", or_null(info.hba_file)},
                 {"ident_file", or_null(info.ident_file)},
                 {"included_files", or_null(info.included_files)},
                 {"mode", or_null(info.mode)},
                 {"parent_backup_id", or_null(info.parent_backup_id)},
                 {"pgdata", or_null(info.pgdata)},
                 {"size", or_null(info.size)},
                 {"summarize_wal", or_null(info.summarize_wal)},
                 {"systemid", or_null(info.systemid)},
                 {"tablespaces", tablespaces_json(info.tablespaces)},
                 {"timeline", or_null(info.timeline)},
                 {"version", or_null(info.version)},
                 {"xlog_segment_size", info.xlog_segment_size}};
  if (info.backup_name) object["backup_name"] = *info.backup_name;
  if (info.snapshots_info) object["snapshots_info"] = snapshots_json(*info.snapshots_info);
  return object;
}

namespace {

using nlohmann::json;

json json_of(const catalog::SnapshotsInfo::Value& value) {
  return std::visit([](const auto& held) { return json(held); }, value);
}

json json_of(const catalog::SnapshotsInfo::Fields& fields) {
  json object = json::object();
  for (const auto& [name, value] : fields) object[name] = json_of(value);
  return object;
}

}  // namespace

json snapshots_json(const std::string& literal) {
  const auto info = catalog::read_snapshots(literal);
  if (!info) return literal;
  json list = json::array();
  for (const auto& snapshot : info->snapshots)
    list.push_back(
        {{"mount",
          {{"mount_options", json_of(snapshot.mount_options)}, {"mount_point", json_of(snapshot.mount_point)}}},
         {"provider", json_of(snapshot.provider)}});
  return {{"provider", info->provider}, {"provider_info", json_of(info->provider_info)}, {"snapshots", list}};
}

}  // namespace barman::output
