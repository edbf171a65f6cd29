#pragma once
#include "barman/output/writer.h"
#include "barman/report/model_switch.h"

namespace barman::output {

// The messages of config-switch (commands.md 3.9); the same in every format.
void tell(const report::ModelSwitch& change, Writer& writer);

}  // namespace barman::output
