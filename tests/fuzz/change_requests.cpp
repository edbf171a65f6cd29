// What config-update is given, as JSON, and the queue of changes that wait.
#include <map>

#include "barman/config/change.h"
#include "barman/config/edit.h"
#include "barman/config/ini_document.h"
#include "fuzz.h"

namespace barman::fuzz {
namespace {

const std::string file = "/nonexistent/barman.conf";
const std::string text =
    "[barman]\nbarman_home = /nonexistent\n\n[main]\ndescription = one\n    and two\nconninfo = host=db\n"
    "streaming_conninfo = host=db\n# the end\n\n[other]\nparallel_jobs = 2\n\n[fast]\nmodel = on\ncluster = main\n";

const config::Configuration& configuration() {
  static const config::Configuration loaded = config::Configuration::read(file, {{file, text}});
  return loaded;
}

void try_queue(const std::vector<config::SectionChange>& changes) {
  const std::string written = config::serialize_change_queue(changes);
  require(config::parse_change_queue(written) == changes, "the queue round-trips", written);
  require(config::serialize_change_queue(config::parse_change_queue(written)) == written,
          "the queue is written in one way", written);
}

// What may be carried out, written and read again, says what was asked for.
void carry_out(const config::ChangeRequest& request) {
  const config::SectionChange change = config::plan_change(request, configuration());
  try_queue({change});
  std::string changed = text;
  for (const config::OptionChange& option : change.options)
    changed = config::set_option(changed, change.section, option.key, option.value);
  config::IniDocument document;
  if (!accepts([&] { document.add(changed, file); })) return;  // config-update looks at the result before it writes
  const config::IniSection* section = document.find(change.section);
  require(section != nullptr || change.options.empty(), "the section is there", changed);
  std::map<std::string, std::string> wanted;  // the last one counts
  for (const config::OptionChange& option : change.options) wanted[option.key] = option.value;
  for (const auto& [key, value] : wanted) require(section->find(key) != nullptr, "the option is there", changed);
}

}  // namespace

void one_input(std::string_view bytes) {
  try {
    for (const config::ChangeRequest& request : config::parse_change_requests(bytes))
      if (!config::problem_of(request, configuration())) carry_out(request);
  } catch (const Error& error) {
    require(!error.hint().empty(), "an error says what to do next", error.what());
  }
  accepts([&] { try_queue(config::parse_change_queue(bytes)); });
}

}  // namespace barman::fuzz
