#include "barman/cli/main.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "barman/app/processes.h"
#include "barman/core/did_you_mean.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/python_repr.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/core/unique_fd.h"
#include "barman/core/version.h"
#include "barman/fs/lock_file.h"
#include "barman/usage/help.h"
#include "barman/usage/markup.h"
#include "barman/usage/parser.h"
#include "commands.h"
#include "manual_text.h"
#include "session.h"

namespace barman::cli {

namespace {

constexpr int exit_usage = 2;
constexpr std::string_view logger = "barman.cli";

// The command line, taken apart.
struct Invocation {
  GlobalOptions global;
  std::vector<OptionSpec> global_specs;
  bool help = false;  // of the program
  bool version = false;
  const CommandEntry* entry = nullptr;  // nullptr: no verb
  Command command;
  std::vector<OptionSpec> specs;  // of the verb
  bool command_help = false;
};

std::string program_of(const CommandEntry& entry) { return fmt::format("barman {}", entry.name); }

int print_stdout(std::string_view text) {
  const auto writer = output::make_writer({});
  writer->raw(text);
  return writer->close();
}

const CommandEntry* find_command(std::string_view word) {
  const auto table = command_table();
  const auto found = std::ranges::find_if(
      table, [&](const CommandEntry& entry) { return entry.name == word || (!word.empty() && entry.alias == word); });
  return found == table.end() ? nullptr : &*found;
}

[[noreturn]] void unknown_command(const std::string& word) {
  std::vector<std::string> names = {"help"}, quoted = {"'help'"};
  for (const CommandEntry& entry : command_table()) {
    for (const std::string& name : entry.spellings()) {
      names.push_back(name);
      quoted.push_back(python_repr(name));
    }
  }
  const auto close = did_you_mean(word, names);
  throw Error(Errc::usage,
              usage::slips_are_read_by_people() ? fmt::format("unknown command {}", python_repr(word))
                                                : fmt::format("argument command: invalid choice: {} (choose from {})",
                                                              python_repr(word), join(quoted, ", ")),
              close ? fmt::format("did you mean '{}'?", *close) : std::string());
}

// Prints the usage block, the error line and the hint, as every usage error does; for people, where to read on instead
// of the block.
int report_usage(const std::string& program, const std::vector<OptionSpec>& specs, std::string_view error_program,
                 const std::string& read_on, const Error& error) {
  const bool people = usage::slips_are_read_by_people();
  std::string text = people ? std::string() : usage::usage_text(program, specs, usage::help_width());
  text += fmt::format("{}: error: {}", error_program, error.what());
  if (!error.hint().empty()) text += fmt::format("\n{}", error.hint());
  if (people) text += fmt::format("\nSee '{}'.", read_on);
  output::print_error_line(text);
  return exit_usage;
}

std::string title_of(Group group) {
  switch (group) {
    case Group::everyday:
      return "every day";
    case Group::backups:
      return "more about backups";
    case Group::wal:
      return "WAL";
    case Group::servers:
      return "more about servers";
    case Group::configuration:
      return "configuration";
    case Group::passive_nodes:
      return "passive nodes";
  }
  return {};
}

// Everyday commands first, by name within a group.
std::vector<usage::CommandSummary> command_summaries() {
  const auto table = command_table();
  std::vector<CommandEntry> entries(table.begin(), table.end());
  std::ranges::sort(entries, [](const CommandEntry& a, const CommandEntry& b) {
    return std::pair(a.group, a.name) < std::pair(b.group, b.name);
  });
  std::vector<usage::CommandSummary> summaries;
  for (const CommandEntry& entry : entries)
    summaries.push_back({std::string(entry.name), entry.aliases(), std::string(entry.summary), title_of(entry.group)});
  summaries.push_back({"help", {}, "Describe one command, or list all of them.", "help"});
  return summaries;
}

// As Barman: what a command leaves over is an error of the program, not of the command.
int report_program_usage(const std::vector<OptionSpec>& global_specs, const std::string& read_on, const Error& error) {
  return report_usage("barman", usage::with_verb(global_specs, usage::any_of(command_summaries())), "barman", read_on,
                      error);
}

std::string whole_help(const std::vector<OptionSpec>& global_specs) {
  return usage::program_help(global_specs, command_summaries(), usage::help_width());
}

Error unrecognized(const std::vector<std::string>& words, const std::vector<OptionSpec>& specs) {
  std::vector<std::string> names;
  for (const OptionSpec& spec : specs)
    if (!spec.is_positional()) names.insert(names.end(), spec.names.begin(), spec.names.end());
  names.emplace_back("--help");
  std::optional<std::string> close;
  if (const std::string& word = words.front(); word.starts_with("--") && word != "--")
    close = did_you_mean(word.substr(0, word.find('=')), names);
  return {Errc::usage, "unrecognized arguments: " + join(words, " "),
          close ? fmt::format("did you mean '{}'?", *close) : std::string()};
}

// `help`, `help COMMAND`: the words that follow become those of COMMAND --help. None are left where all of it is asked
// for.
std::vector<std::string> help_words(const std::vector<OptionSpec>& global_specs,
                                    const std::vector<std::string>& words) {
  std::optional<std::string> topic;
  Options options;
  options.optional_positional("COMMAND", topic, "");
  const usage::ParseResult parsed = usage::parse_arguments(options.specs(), {words.begin() + 1, words.end()});
  if (!parsed.help && !parsed.unrecognized.empty()) throw unrecognized(parsed.unrecognized, global_specs);
  if (parsed.help || !topic || topic == "help") return {};
  return {*topic, "--help"};
}

// What goes before the verb. Returns the verb and its words; none where nothing is to be done but what `invocation`
// says. Words before the verb that mean nothing are `left_over`: all else comes first.
std::vector<std::string> parse_leading_words(const std::vector<std::string>& words, Invocation& invocation,
                                             std::vector<std::string>& left_over) {
  usage::LeadingResult leading = usage::parse_leading_options(invocation.global_specs, words);
  invocation.help = leading.help;
  invocation.version = leading.ended && !leading.help;
  if (leading.ended) return {};
  left_over = std::move(leading.unrecognized);
  if (leading.rest.empty() && !left_over.empty()) throw unrecognized(left_over, invocation.global_specs);
  if (leading.rest.empty() || leading.rest.front() != "help") return std::move(leading.rest);
  std::vector<std::string> rest = help_words(invocation.global_specs, leading.rest);
  invocation.help = rest.empty();
  return rest;
}

// What follows the options: examples, and where there is more.
std::string command_help(const CommandEntry& entry, const std::vector<OptionSpec>& specs) {
  const std::size_t width = usage::help_width();
  std::string text = usage::help_text(program_of(entry), std::string(entry.summary), specs, width);
  if (const ManualText* manual = find_manual_text(entry.name))
    for (const usage::MarkupSection& section : usage::split_sections(manual->text))
      if (section.title == "EXAMPLES") text += "\nexamples:\n" + usage::markup_to_plain(section.text, width);
  return text + fmt::format("\n'man barman-{}' says more.\n", entry.name);
}

// Returns an exit code when the command line itself ends the run.
std::optional<int> parse_command_line(const std::vector<std::string>& words, Invocation& invocation) {
  Options global;
  declare(global, invocation.global);
  invocation.global_specs = global.specs();
  std::vector<std::string> rest, left_over;
  try {
    rest = parse_leading_words(words, invocation, left_over);
    if (rest.empty()) return std::nullopt;
    invocation.entry = find_command(rest.front());
    if (invocation.entry == nullptr) unknown_command(rest.front());
  } catch (const Error& error) {
    return report_program_usage(invocation.global_specs, "barman help", error);
  }

  invocation.command = invocation.entry->make();
  Options own;
  invocation.command.declare(own);
  invocation.specs = own.specs();
  const std::string program = program_of(*invocation.entry);
  const std::string read_on = fmt::format("barman help {}", invocation.entry->name);
  const bool first_before_verb = !left_over.empty();
  try {
    const usage::ParseResult parsed = usage::parse_arguments(invocation.specs, {rest.begin() + 1, rest.end()});
    invocation.command_help = parsed.help;
    left_over.insert(left_over.end(), parsed.unrecognized.begin(), parsed.unrecognized.end());
  } catch (const Error& error) {
    return report_usage(program, invocation.specs, program, read_on, error);
  }
  if (invocation.command_help || left_over.empty()) return std::nullopt;
  return report_program_usage(invocation.global_specs, first_before_verb ? "barman help" : read_on,
                              unrecognized(left_over, first_before_verb ? invocation.global_specs : invocation.specs));
}

void open_log(const config::GlobalConfig& global, const GlobalOptions& options) {
  log::Settings settings;
  settings.file = global.log_file.value_or("");
  settings.format = global.log_format.value_or("");
  const auto level = log::parse_level(options.log_level.value_or(global.log_level));
  settings.level = level.value_or(log::Level::info);
  log::open(settings);
  if (!level) log::warning(logger, "unknown log_level in config file: {}", global.log_level);
}

output::WriterSettings writer_settings(const Invocation& invocation) {
  const GlobalOptions& options = invocation.global;
  output::Format format = options.format == "json" ? output::Format::json : output::Format::console;
  if (invocation.command.form) format = invocation.command.form().value_or(format);
  const std::string color = options.color.value_or("auto");
  const bool plain = output::is_plain_terminal(::getenv("NO_COLOR"), ::getenv("TERM"));
  const bool terminal = ::isatty(STDOUT_FILENO) && ::isatty(STDERR_FILENO);
  return {.format = format,
          .quiet = options.quiet,
          .debug = options.debug,
          .color = color == "always" || (color == "auto" && terminal && !plain),
          .plain_terminal = plain};
}

int run_command(const Invocation& invocation, output::Writer& writer) {
  std::string file;
  try {
    file = config::find_configuration_file(invocation.global.config.value_or(""));
  } catch (const Error& error) {
    writer.fatal(error.what());  // as Barman: without ERROR
    return 0;
  }
  config::MainFile main = config::MainFile::read(file);
  if (invocation.entry == nullptr) {
    writer.raw(whole_help(invocation.global_specs));
    return 0;
  }
  app::become_user(main.global().barman_user);
  open_log(main.global(), invocation.global);
  Session session(std::move(main), writer);
  try {
    session.load_configuration();
    return invocation.command.run(session);
  } catch (const Error& error) {
    session.report(error);
  } catch (const std::exception& error) {
    session.report(internal_error(error));
  }
  return 0;
}

// Every failure is reported in the form that was asked for.
int run_invocation(const Invocation& invocation) {
  const output::WriterSettings settings = writer_settings(invocation);
  if (settings.format == output::Format::console && !settings.quiet)
    fs::report_waits_to([](const std::string& text) { output::print_error_line("WARNING: " + text); });
  const auto writer = output::make_writer(settings);
  int code = 0;
  try {
    code = run_command(invocation, *writer);
  } catch (const Error& error) {  // there is no log yet
    writer->error(with_hint(error), Notifier::Logged::no);
  } catch (const std::exception& error) {
    writer->error(with_hint(internal_error(error)), Notifier::Logged::no);
  }
  const int verdict = writer->close();
  return code != 0 ? code : verdict;
}

}  // namespace

int run(int argc, char** argv) {
  keep_standard_streams();
  signals::install();
  Invocation invocation;
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (const auto code = parse_command_line(words, invocation)) return *code;
  if (invocation.version) return print_stdout(fmt::format("{} barman-native {}\n", compatible_version, native_version));
  if (invocation.help) return print_stdout(whole_help(invocation.global_specs));
  if (invocation.command_help) return print_stdout(command_help(*invocation.entry, invocation.specs));
  return run_invocation(invocation);
}

}  // namespace barman::cli
