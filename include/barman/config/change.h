#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "barman/config/configuration.h"

// Changes that a program makes to the configuration files (config.md section 10).
namespace barman::config {

// One option, and the file it is to be written into.
struct OptionChange {
  std::string key, value, file;
  friend bool operator==(const OptionChange&, const OptionChange&) = default;
};
// What is applied as a whole.
struct SectionChange {
  std::string section;
  std::vector<OptionChange> options;
  friend bool operator==(const SectionChange&, const SectionChange&) = default;
};

// The queue of changes that wait to be applied: JSON, byte for byte as Barman writes it. Throws Error(corrupt)
// for anything else.
std::vector<SectionChange> parse_change_queue(std::string_view text);
std::string serialize_change_queue(const std::vector<SectionChange>& changes);

// One object of what `config-update` is given.
struct ChangeRequest {
  std::string shown;           // the whole object as Python prints it, for messages
  bool server = false;         // else a model; meaningful if there is no problem
  std::string scope = "None";  // as Python prints it
  std::optional<std::string> name;
  // Everything else, in its order. Numbers and booleans are spelled as a configuration file has them; null: no option
  // can have that value.
  std::vector<std::pair<std::string, std::optional<std::string>>> options;
};
// Throws Error(config) with Python's message and place for what is no JSON, or the reason for what is no list of
// objects.
std::vector<ChangeRequest> parse_change_requests(std::string_view json);

// Why a request cannot be carried out, in Barman's words; nullopt: it can.
std::optional<std::string> problem_of(const ChangeRequest& request, const Configuration& configuration);

// The files to write to: where the section has the option now, else the main file if [barman] has it, else
// .barman.auto.conf. A new model becomes one by "model = on".
SectionChange plan_change(const ChangeRequest& request, const Configuration& configuration);

// What the files say now, without quotes around it; nullopt: nothing.
std::optional<std::string> written_value(const Configuration& configuration, const std::string& section,
                                         const std::string& key);

}  // namespace barman::config
