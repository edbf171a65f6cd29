#pragma once
#include <string>
#include <vector>

#include "option_reader.h"

// A section of the configuration to a ServerConfig, in three steps: what is written, then the active model, then what
// follows from both.
namespace barman::config {

// Fills `draft` from the section, then [barman], then the defaults.
void read_server(Draft& draft, const SectionOptions& own, const SectionOptions& barman, const std::string& barman_home,
                 std::vector<Warning>& warnings);

// Throws Error(config) for a model without cluster.
Model read_model(const SectionOptions& own, std::vector<Warning>& warnings);

// Replaces what the model sets. Values derived from a default stay.
void apply_model(Draft& draft, const Model& model);

// Late values, forced settings, the messages that disable the server, and the warnings of every command that uses it.
void finish_server(Draft& draft);

}  // namespace barman::config
