#include "barman/output/wal_archive.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

namespace barman::report {
namespace {

std::string success(const WalArchiveCheck& report) {
  return fmt::format("WAL archive check for server {} passed", report.server);
}

}  // namespace

void write_console(const WalArchiveCheck& report, output::Writer& writer) {
  writer.line(fmt::format("Server {}:", report.server));
  if (report.passed) writer.line(fmt::format(" - {}", success(report)));
}

void write_json(const WalArchiveCheck& report, nlohmann::json& root) {
  root[report.server] = report.passed ? nlohmann::json(success(report)) : nlohmann::json::object();
}

void write_console(const WalRangeCheck& report, output::Writer& writer) {
  writer.line(fmt::format("Server {}:", report.server));
  if (!report.missing) return;
  if (report.missing->empty()) {
    writer.line(fmt::format("\tWAL sequence check for server {}: all segments are present", report.server));
    return;
  }
  writer.line(
      fmt::format("\tWAL sequence check for server {}: {} missing segment(s):", report.server, report.missing->size()));
  for (const std::string& name : *report.missing) writer.line("\t\t" + name);
}

void write_json(const WalRangeCheck& report, nlohmann::json& root) {
  nlohmann::json& object = root[report.server];
  object = {{"begin_wal", report.begin}, {"end_wal", report.end}};
  if (report.missing) object["missing_wals"] = *report.missing;
}

}  // namespace barman::report
