#include "barman/output/writer.h"

#include "console_writer.h"
#include "json_writer.h"
#include "monitoring_writer.h"

namespace barman::output {

std::unique_ptr<Writer> make_writer(const WriterSettings& settings) {
  if (settings.format == Format::json) return std::make_unique<JsonWriter>(settings);
  if (settings.format == Format::monitoring) return std::make_unique<MonitoringWriter>();
  return std::make_unique<ConsoleWriter>(settings);
}

bool is_plain_terminal(const char* no_color, const char* term) {
  return (no_color != nullptr && *no_color != '\0') || (term != nullptr && std::string_view(term) == "dumb");
}

}  // namespace barman::output
