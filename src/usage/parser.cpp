#include "barman/usage/parser.h"

#include <algorithm>

#include "barman/core/error.h"
#include "grammar.h"
#include "table.h"

namespace barman::usage {

namespace {

OptionSpec usual_help() {
  OptionSpec help;
  help.names = {"-h", "--help"};
  help.kind = OptionSpec::Kind::flag;
  help.ends = help.is_help = true;
  help.store = [](const std::string&) { return std::optional<std::string>(); };
  return help;
}

struct Parsed {
  ParseResult result;
  std::size_t used = 0;  // how many words
};

Parsed parse(const std::vector<OptionSpec>& specs, const std::vector<std::string>& words, Grammar::Reach reach) {
  const OptionSpec usual = usual_help();
  const auto own = std::ranges::find(specs, true, &OptionSpec::is_help);
  const OptionSpec& help = own == specs.end() ? usual : *own;
  std::vector<const OptionSpec*> all;
  if (own == specs.end()) all.push_back(&usual);
  for (const OptionSpec& spec : specs)
    if (reach == Grammar::Reach::whole_line || !spec.is_positional()) all.push_back(&spec);
  const CanonicalLine line = Grammar(all).canonical(words, reach);
  Table table(all);
  table.read(line.words, !line.ended && !line.problem);
  if (line.problem) throw Error(Errc::usage, *line.problem);
  return {{.help = table.given(help), .ended = line.ended, .unrecognized = table.left_over()}, line.used};
}

}  // namespace

ParseResult parse_arguments(const std::vector<OptionSpec>& specs, const std::vector<std::string>& words) {
  return parse(specs, words, Grammar::Reach::whole_line).result;
}

LeadingResult parse_leading_options(const std::vector<OptionSpec>& specs, const std::vector<std::string>& words) {
  Parsed parsed = parse(specs, words, Grammar::Reach::first_argument);
  return {std::move(parsed.result), {words.begin() + static_cast<std::ptrdiff_t>(parsed.used), words.end()}};
}

}  // namespace barman::usage
