#include "target_options.h"

#include <fmt/core.h>

#include "barman/core/numbers.h"

namespace barman::cli {

void declare_target(Options& options, app::RecoveryTarget& values) {
  OptionSpec timeline;
  timeline.names = {"--target-tli"};
  timeline.metavar = "TARGET_TLI";
  timeline.help = "timeline to follow: a number, 'current' (the backup's) or 'latest'";
  timeline.store = [&values](const std::string& text) -> std::optional<std::string> {
    values.tli = text;
    if (text == "current" || text == "latest") return std::nullopt;
    const auto number = parse_python_int(text);
    if (!number) return fmt::format("'{}' is not a valid input", text);
    if (*number < 1) return fmt::format("'{}' is not a valid positive integer", text);
    return std::nullopt;
  };
  options.custom(std::move(timeline));
  // PostgreSQL takes an empty target for none, and recovers to the end of the WAL.
  const auto target = [&](const char* name, std::optional<std::string>& value, const char* metavar, const char* help) {
    const auto store = [&value](const std::string& text) -> std::optional<std::string> {
      value = text;
      return text.empty() ? std::optional<std::string>("an empty value is not a recovery target") : std::nullopt;
    };
    options.value({name}, store, metavar, help);
  };
  target("--target-time", values.time, "TARGET_TIME",
         "recover up to this time, for example '2026-11-21 09:25:28+00:00'");
  target("--target-xid", values.xid, "TARGET_XID", "recover up to this transaction");
  target("--target-lsn", values.lsn, "TARGET_LSN", "recover up to this position in the WAL");
  target("--target-name", values.name, "TARGET_NAME",
         "recover up to this restore point, made by pg_create_restore_point()");
  options.flag({"--target-immediate"}, values.immediate, "stop as soon as the backup is consistent");
  options.flag({"--exclusive"}, values.exclusive,
               "stop just before the target instead of after it (time, xid and lsn only)");
}

}  // namespace barman::cli
