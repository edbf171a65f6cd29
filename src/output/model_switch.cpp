#include "barman/output/model_switch.h"

#include <fmt/core.h>

#include "fact_text.h"

namespace barman::output {

void tell(const report::ModelSwitch& change, Writer& writer) {
  if (change.already_active) {
    writer.info(fmt::format("Model '{}' is already active for server '{}', skipping...", change.model, change.server));
    return;
  }
  writer.info(fmt::format("Applying model '{}' to server '{}'", change.model, change.server));
  for (const report::ModelSwitch::Change& option : change.changes)
    writer.info(fmt::format("Changing value of option '{}' for server '{}' from '{}' to '{}' through the model '{}'",
                            option.option, change.server, python_text(option.from), python_text(option.to),
                            change.model));
}

}  // namespace barman::output
