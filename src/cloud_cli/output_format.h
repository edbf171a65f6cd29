#pragma once
#include <string>

#include "barman/output/writer.h"
#include "barman/usage/options.h"
#include "command.h"

namespace barman::cloud::cli {

// --format: like Barman's, anything but "console" means JSON.
inline void declare_format(usage::Options& options, std::string& format) {
  options.value({"--format"}, format, "FORMAT", "form of the output: console (the default) or json");
}
inline bool is_console(const std::string& format) { return format == "console"; }

template <typename Report>
void write_result(const Report& report, const std::string& format) {
  output::WriterSettings settings;
  settings.format = is_console(format) ? output::Format::console : output::Format::json;
  const auto writer = output::make_writer(settings);
  writer->write(report);
  if (writer->close() != 0) throw Failure(exit_failed, "the output is incomplete");
  if (!is_console(format)) print("\n");
}

}  // namespace barman::cloud::cli
