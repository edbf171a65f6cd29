#pragma once
#include <span>
#include <string>
#include <utility>

#include "barman/config/options.h"
#include "values.h"

namespace barman::config {

// The rows behind server_options(): how a value gets into a ServerConfig and out again.

// A server while it is being built.
struct Draft {
  explicit Draft(ServerConfig& target) : server(target) {}
  ServerConfig& server;
  // Values that are parsed only when the model has been applied, because a bad one names the server and goes to the
  // log.
  Text bandwidth_limit, tablespace_bandwidth_limit, minimum_redundancy, retention_policy, retention_calendar;
  Text retention_policy_mode = "auto", wal_retention_policy = "main";
  std::optional<Text> cloud_copy_retention_policy;  // unset: not written at all
  bool disabled_by_model = false;
};

struct OptionRow {
  OptionInfo info;
  ParseValue parse;
  void (*assign)(const OptionRow& row, Draft& draft, Value value);  // null: unset
  Value (*show)(const OptionRow& row, const ServerConfig& server);
  // A value that is invalid stays, and disables the server (finish_server): going by the default would be worse.
  bool keeps_invalid = false;
  bool is_secret = false;  // its values are never shown
};

std::span<const OptionRow> option_rows();
// Position of a row by name; option_rows().size() when there is none.
std::size_t option_index(std::string_view name);

// Glue between a row of the option table and the member of ServerConfig that it names. Included by options.cpp and
// server_config.cpp.

// Words of the enumerations, in the order of their enumerators.
template <typename Enum>
struct Words;
template <>
struct Words<BackupMethod> {
  static constexpr std::string_view list[] = {"rsync", "postgres", "local-rsync", "snapshot", "local-to-cloud"};
};
template <>
struct Words<ReuseBackup> {
  static constexpr std::string_view list[] = {"off", "copy", "link"};
};
template <>
struct Words<CreateSlot> {
  static constexpr std::string_view list[] = {"manual", "auto"};
};
template <>
struct Words<StagingLocation> {
  static constexpr std::string_view list[] = {"local", "remote"};
};
template <>
struct Words<BackupFormat> {
  static constexpr std::string_view list[] = {"plain", "tar"};
};
template <>
struct Words<BackupLocation> {
  static constexpr std::string_view list[] = {"client", "server"};
};

template <typename Enum>
Enum to_enum(std::string_view word) {
  std::size_t i = 0;
  while (Words<Enum>::list[i] != word) ++i;  // the parser lets no other word through
  return static_cast<Enum>(i);
}

// An absent value leaves a plain member at its default and empties a text.
template <typename T>
void put(T& member, Value&& value) {
  if (std::holds_alternative<std::nullptr_t>(value)) return;
  if constexpr (std::is_enum_v<T>)
    member = to_enum<T>(std::get<std::string>(value));
  else
    member = std::get<T>(std::move(value));
}
inline void put(std::string& member, Value&& value) {
  const bool absent = std::holds_alternative<std::nullptr_t>(value);
  member = absent ? std::string() : std::get<std::string>(std::move(value));
}
template <typename T>
void put(std::optional<T>& member, Value&& value) {
  member.reset();
  if (!std::holds_alternative<std::nullptr_t>(value)) put(member.emplace(), std::move(value));
}

template <typename T>
Value get(const T& member) {
  if constexpr (std::is_enum_v<T>)
    return std::string(Words<T>::list[static_cast<std::size_t>(member)]);
  else
    return member;
}
inline Value get(const std::map<std::string, std::int64_t>& member) {
  return member.empty() ? Value(nullptr) : Value(member);
}
inline Value get(const std::string& member) { return member.empty() ? Value(nullptr) : Value(member); }
template <typename T>
Value get(const std::optional<T>& member) {
  return member ? get(*member) : Value(nullptr);
}

template <auto Member>
void assign_member(const OptionRow&, Draft& draft, Value value) {
  put(draft.server.*Member, std::move(value));
}
template <auto Member>
Value show_member(const OptionRow&, const ServerConfig& server) {
  return get(server.*Member);
}
template <auto Member>
constexpr OptionRow field(const OptionInfo& info, ParseValue parse) {
  return {info, parse, assign_member<Member>, show_member<Member>};
}

// Parsed late: kept as text in the draft.
template <auto Member>
void assign_late(const OptionRow&, Draft& draft, Value value) {
  put(draft.*Member, std::move(value));
}
template <auto Late, auto Member>
constexpr OptionRow late(const OptionInfo& info) {
  return {info, parse_text, assign_late<Late>, show_member<Member>};
}

// Shown as hidden where it is set.
inline constexpr std::string_view hidden = "*REDACTED*";
template <auto Member>
Value show_hidden(const OptionRow&, const ServerConfig& server) {
  return server.*Member ? Value(std::string(hidden)) : Value(nullptr);
}
template <auto Member>
constexpr OptionRow secret(const OptionInfo& info) {
  return {info, parse_text, assign_member<Member>, show_hidden<Member>, false, true};
}

void assign_hook(const OptionRow& row, Draft& draft, Value value);
Value show_hook(const OptionRow& row, const ServerConfig& server);
void assign_unsupported(const OptionRow& row, Draft& draft, Value value);
Value show_unsupported(const OptionRow& row, const ServerConfig& server);

// An option that is read and shown but that nothing in this build acts on.
constexpr OptionRow unsupported(const OptionInfo& info, ParseValue parse) {
  return {info, parse, assign_unsupported, show_unsupported};
}

}  // namespace barman::config
