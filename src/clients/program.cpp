#include "program.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "barman/core/error.h"
#include "barman/core/python_repr.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/core/unique_fd.h"
#include "barman/core/version.h"
#include "barman/usage/help.h"
#include "barman/usage/markup.h"
#include "barman/usage/parser.h"

namespace barman::clients {

namespace {

constexpr int exit_local = 2;  // usage, or something wrong on this side

// Returns 0, or why it could not be written.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

void sleep_before_exit(int seconds) {
  if (seconds <= 0) return;
  constexpr int longest = 24 * 3600;
  print_error_line(fmt::format("Sleeping for {} seconds.", seconds));
  signals::sleep_ms(std::min(seconds, longest) * 1000);
}

[[noreturn]] void end_by_signal(int number) {
  ::signal(number, SIG_DFL);
  ::raise(number);
  ::_exit(128 + number);
}

int report(const std::string& text, int status, int sleep_seconds = 0) {
  if (signals::pending() == 0) {
    print_error_line("ERROR: " + text);
    sleep_before_exit(sleep_seconds);
  }
  if (const int number = signals::pending(); number == SIGTERM) end_by_signal(number);
  if (signals::pending() == 0) return status;
  print_error_line("ERROR: SIGINT received! Terminating.");
  return exit_local;
}

using Declare = std::function<void(usage::Options&)>;

usage::Options all_options(const Declare& declare) {
  usage::Options options;
  options.ending_flag({"-V", "--version"}, "show the version and exit");
  declare(options);
  return options;
}

// The text that was asked for instead of the program's work, if any.
std::optional<std::string> parse(const Program& program, const std::vector<usage::OptionSpec>& specs,
                                 std::vector<std::string> words) {
  const usage::ParseResult parsed = usage::parse_arguments(specs, words);
  if (parsed.help)
    return usage::help_text(std::string(program.name), std::string(program.description), specs, usage::help_width());
  if (parsed.ended) return fmt::format("{} {}\n", program.name, compatible_version);
  if (parsed.unrecognized.empty()) return std::nullopt;
  throw Error(Errc::usage, "unrecognized arguments: " + join(parsed.unrecognized, " "));
}

// Does what the command line asked for; what goes wrong becomes an error line and a status.
int conclude(const std::function<int()>& work) {
  try {
    return work();
  } catch (const Failure& failure) {
    return report(failure.what(), failure.status(), failure.sleep_seconds());
  } catch (const Error& error) {
    return report(with_hint(error), exit_local);
  } catch (const std::exception& error) {
    return report(error.what(), exit_local);
  }
}

}  // namespace

void print_error_line(std::string_view line) { write_all(STDERR_FILENO, std::string(line) + '\n'); }

void print_stdout(std::string_view text) { write_all(STDOUT_FILENO, text); }

void answer(std::string_view text) {
  const int error = write_all(STDOUT_FILENO, text);
  if (error != 0 && error != EPIPE) throw_errno("write to", "standard output", error);
}

std::string os_error_text(int error_number, const std::string& path) {
  return fmt::format("[Errno {}] {}: {}", error_number, std::strerror(error_number), python_repr(path));
}

int run_program(const Program& program, int argc, char** argv, const Declare& declare,
                const std::function<int()>& work) {
  const usage::Options options = all_options(declare);
  keep_standard_streams();
  std::optional<std::string> text;
  try {
    text = parse(program, options.specs(), {argv + 1, argv + argc});
  } catch (const Error& error) {
    const bool people = usage::slips_are_read_by_people();
    if (!people)
      write_all(STDERR_FILENO, usage::usage_text(std::string(program.name), options.specs(), usage::help_width()));
    print_error_line(fmt::format("{}: error: {}", program.name, error.what()));
    if (people) print_error_line(fmt::format("See '{} --help'.", program.name));
    return exit_local;
  }
  return conclude([&] {
    if (text) {
      answer(*text);
      return 0;
    }
    signals::install();
    return work();
  });
}

std::vector<usage::OptionSpec> options_of(const Declare& declare) { return all_options(declare).specs(); }

usage::ManualPage manual_page(const Program& program, const Declare& declare) {
  const std::vector<usage::OptionSpec> specs = options_of(declare);
  std::string text = usage::manual_heading(program.name, 1, program.summary);
  text += usage::manual_section("SYNOPSIS", usage::synopsis(std::string(program.name), specs));
  text += usage::manual_description(program.description, program.details);
  text += usage::manual_section("ARGUMENTS", usage::items(specs, true));
  text += usage::manual_section("OPTIONS", usage::items(specs, false));
  text += usage::manual_section("EXAMPLES", usage::markup_to_roff(program.examples));
  text += usage::manual_section("EXIT STATUS", usage::roff_lines(program.exit_status) + "\n");
  text += usage::manual_details(program.details);
  return {fmt::format("{}.1", program.name), text + usage::see_also({"barman(1)", "barman-wal-archive(1)",
                                                                     "barman-wal-restore(1)", "barman-gatekeeper(1)"})};
}

}  // namespace barman::clients
