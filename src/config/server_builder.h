#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "barman/config/configuration.h"
#include "barman/config/ini_document.h"
#include "barman/config/server_config.h"
#include "option.h"

namespace barman::config {

// The options of one section, by row of the option table.
class SectionOptions {
 public:
  explicit SectionOptions(const IniSection& section);
  const IniSection& section() const { return section_; }
  const IniOption* at(std::size_t row) const { return by_row_[row]; }
  const std::vector<const IniOption*>& others() const { return others_; }  // names that are in no row

 private:
  const IniSection& section_;
  std::vector<const IniOption*> by_row_;
  std::vector<const IniOption*> others_;
};

Warning unknown_option(const IniOption& option, const std::string& section);

// Parses what one section says about an option. nullopt: nothing usable (absent, or invalid and added to `warnings`),
// ask the next source; null: the option was emptied.
std::optional<Value> read_option(const OptionRow& row, const IniOption& option, const IniSection& section,
                                 std::vector<Warning>& warnings);

// A section of the configuration to a ServerConfig, in three steps: what is written, then the active model, then what
// follows from both.

// Fills `draft` from the section, then [barman], then the defaults.
void read_server(Draft& draft, const SectionOptions& own, const SectionOptions& barman, const std::string& barman_home,
                 std::vector<Warning>& warnings);

// Throws Error(config) for a model without cluster.
Model read_model(const SectionOptions& own, std::vector<Warning>& warnings);

// Replaces what the model sets. Values derived from a default stay.
void apply_model(Draft& draft, const Model& model);

// Late values, forced settings, the messages that disable the server, and the warnings of every command that uses it.
void finish_server(Draft& draft);

// Directories of the servers that are one and the same, links followed (config.md 4.7). A clash within a server goes to
// its faults, one between two servers to the result.
std::vector<std::string> find_path_conflicts(std::map<std::string, ServerConfig>& servers);

}  // namespace barman::config
