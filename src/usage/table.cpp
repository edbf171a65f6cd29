#include "table.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "display_name.h"
#include "grammar.h"

namespace barman::usage {

namespace {

using Kind = OptionSpec::Kind;

[[noreturn]] void usage_error(const std::string& text) { throw Error(Errc::usage, text); }

}  // namespace

Table::Table(const std::vector<const OptionSpec*>& specs) : declared_(specs) {
  app_.set_help_flag();
  app_.allow_extras();
  for (const OptionSpec* spec : specs) add(*spec);
}

void Table::add(const OptionSpec& spec) {
  const std::string names = join(spec.names, ",");
  CLI::Option* option = spec.kind == Kind::flag ? app_.add_flag(names) : app_.add_option(names);
  option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  if (spec.is_positional()) option->required(spec.kind != Kind::optional_positional && !spec.may_be_empty);
  if (spec.kind != Kind::flag) option->allow_extra_args(spec.kind == Kind::positional_list);
  specs_[option] = &spec;
}

void Table::read(std::vector<std::string> words, bool all_given) {
  bool missing = false;
  std::ranges::reverse(words);  // as CLI11 wants them
  try {
    app_.parse(words);
  } catch (const CLI::RequiredError&) {
    missing = true;  // reported in argparse's words, and after what is wrong with what was given
  } catch (const CLI::ParseError& error) {
    usage_error(error.what());
  }
  store_in_typed_order();
  if (missing && all_given) report_missing();
  if (all_given) require_groups();
}

void Table::store_in_typed_order() {
  std::map<const CLI::Option*, std::size_t> seen;
  for (const CLI::Option* option : app_.parse_order()) {
    const OptionSpec& spec = *specs_.at(option);
    store(spec, spec.kind == Kind::flag ? std::string() : typed(option->results().at(seen[option]++)));
  }
}

void Table::store(const OptionSpec& spec, const std::string& value) {
  if (const auto problem = spec.store(value)) usage_error(fmt::format("argument {}: {}", display_name(spec), *problem));
  if (spec.exclusive == 0) return;
  const OptionSpec* other = exclusive_.emplace(spec.exclusive, &spec).first->second;
  if (other != &spec)
    usage_error(fmt::format("argument {}: not allowed with argument {}", display_name(spec), display_name(*other)));
}

bool Table::given(const OptionSpec& spec) const { return app_.get_option(canonical_name(spec))->count() > 0; }

void Table::report_missing() const {
  const auto missing = app_.get_options([&](const CLI::Option* option) {
    if (!option->get_required() || !option->empty()) return false;
    const std::string& unless = specs_.at(option)->unless;
    return unless.empty() || app_.get_option(unless)->count() == 0;
  });
  if (missing.empty()) return;
  std::vector<std::string> names;
  for (const CLI::Option* option : missing) names.push_back(option->get_name());
  usage_error("the following arguments are required: " + join(names, ", "));
}

void Table::require_groups() const {
  for (const OptionSpec* spec : declared_) {
    if (!spec->required || exclusive_.contains(spec->exclusive)) continue;
    if (spec->exclusive == 0) {
      if (given(*spec)) continue;
      usage_error("the following arguments are required: " + display_name(*spec));
    }
    std::vector<std::string> names;
    for (const OptionSpec* member : declared_)
      if (member->exclusive == spec->exclusive) names.push_back(display_name(*member));
    usage_error(fmt::format("one of the arguments {} is required", join(names, " ")));
  }
}

std::vector<std::string> Table::left_over() const {
  std::vector<std::string> words = app_.remaining();
  std::ranges::transform(words, words.begin(), [](const std::string& word) { return typed(word); });
  return words;
}

}  // namespace barman::usage
