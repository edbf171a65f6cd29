#pragma once
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "barman/usage/help.h"
#include "barman/usage/options.h"

namespace barman::clients {

// What both programs do around their work.
struct Program {
  std::string_view name;
  std::string_view summary;       // half a line, for the head of its manual page
  std::string_view description;   // a paragraph, for --help too
  std::string_view exit_status;   // a paragraph
  std::string_view examples;      // the line of a configuration file that calls it, and others (barman/usage/markup.h)
  std::string_view details = {};  // more of its manual page, in the same markup: paragraphs, then sections
};

// Ends the program: `status`, after "ERROR: {text}" on standard error. `sleep_seconds` pass before it does.
class Failure : public std::runtime_error {
 public:
  Failure(int status, const std::string& text, int sleep_seconds = 0)
      : std::runtime_error(text), status_(status), sleep_seconds_(sleep_seconds) {}
  int status() const { return status_; }
  int sleep_seconds() const { return sleep_seconds_; }

 private:
  int status_;
  int sleep_seconds_;
};

// Parses the command line with `declare`d options plus --help and --version, calls `work` and turns what it throws into
// an error line and an exit status. After SIGTERM the process ends by that signal, once everything is cleaned up.
int run_program(const Program& program, int argc, char** argv, const std::function<void(usage::Options&)>& declare,
                const std::function<int()>& work);

// All options and arguments, --version included.
std::vector<usage::OptionSpec> options_of(const std::function<void(usage::Options&)>& declare);
usage::ManualPage manual_page(const Program& program, const std::function<void(usage::Options&)>& declare);

// One line, in one piece, whichever thread writes it.
void print_error_line(std::string_view line);
void print_stdout(std::string_view text);  // nothing depends on it
// What was asked for: throws when standard output does not take it. A reader that has gone wanted no more.
void answer(std::string_view text);

// "[Errno 2] No such file or directory: 'path'", as Barman words what the system says.
std::string os_error_text(int error_number, const std::string& path);

}  // namespace barman::clients
