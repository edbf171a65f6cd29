#pragma once
#include <string>
#include <string_view>

#include "barman/config/server_config.h"

// Text of a configuration file to values, one function per type (config.md section 7).
namespace barman::config {

using Value = OptionValue::Variant;

// Why a text is not a valid value, for the warning about it.
struct InvalidValue {
  std::string reason;
};

struct ValueContext {
  std::string_view option;
  std::string_view section;
  std::string_view changed = {};  // "server" or "model" when config-update asks
};

// Returns the value, or null for a text that counts as absent. Throws InvalidValue.
using ParseValue = Value (*)(std::string_view text, const ValueContext& context);

Value parse_text(std::string_view text, const ValueContext&);
Value parse_boolean(std::string_view text, const ValueContext&);
Value parse_integer(std::string_view text, const ValueContext&);
Value parse_interval(std::string_view text, const ValueContext&);
Value parse_size(std::string_view text, const ValueContext&);
Value parse_absolute_path(std::string_view text, const ValueContext&);
Value parse_directory(std::string_view text, const ValueContext&);  // not empty
bool is_cloud_url(std::string_view url);
Value parse_url(std::string_view text, const ValueContext& context);       // of an object store
Value parse_directory_or_url(std::string_view text, const ValueContext&);  // not empty
Value parse_slot_name(std::string_view text, const ValueContext&);
Value parse_disks(std::string_view text, const ValueContext&);
Value parse_backup_options(std::string_view text, const ValueContext& context);
Value parse_recovery_options(std::string_view text, const ValueContext& context);
Value parse_backup_method(std::string_view text, const ValueContext&);
Value parse_reuse_backup(std::string_view text, const ValueContext&);
Value parse_create_slot(std::string_view text, const ValueContext&);
Value parse_compression(std::string_view text, const ValueContext&);
Value parse_compression_level(std::string_view text, const ValueContext&);
Value parse_encryption(std::string_view text, const ValueContext&);
Value parse_backup_compression(std::string_view text, const ValueContext&);
Value parse_backup_format(std::string_view text, const ValueContext&);
Value parse_backup_location(std::string_view text, const ValueContext&);
Value parse_drill_schedule(std::string_view text, const ValueContext&);
Value parse_drill_window(std::string_view text, const ValueContext&);
Value parse_drill_target(std::string_view text, const ValueContext&);
Value parse_combine_mode(std::string_view text, const ValueContext&);
Value parse_staging_location(std::string_view text, const ValueContext&);
Value parse_aws_encryption(std::string_view text, const ValueContext&);
Value parse_addressing_style(std::string_view text, const ValueContext&);

// One matching pair of quotes around the whole value is dropped; "None" and '' count as empty (config.md 4.3).
std::string_view unquote(std::string_view text);

}  // namespace barman::config
