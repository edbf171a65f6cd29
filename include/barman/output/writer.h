#pragma once
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "barman/report/notifier.h"
#include "barman/report/progress.h"

// The only code that prints to stdout and stderr (commands.md 1.4, json.md 1).
namespace barman::output {

enum class Format {
  console,
  json,
  monitoring  // one line that starts with BARMAN, whatever happens, and 0 or 2: what a plugin is asked for
};

struct WriterSettings {
  Format format = Format::console;
  bool quiet = false;
  bool debug = false;
  bool color = false;
  bool plain_terminal = false;  // no control characters (NO_COLOR, TERM=dumb)
};

// Whether the environment asks for a terminal without control characters: NO_COLOR that is not empty (no-color.org), or
// TERM=dumb. Both may be nullptr.
bool is_plain_terminal(const char* no_color, const char* term);

// A command's voice: messages through Notifier, results through write(). A reader that closes the pipe ends the output,
// never the work.
class Writer : public Notifier {
 public:
  // One result line on stdout, password-filtered, not logged; dropped by -q and in JSON mode.
  virtual void line(std::string_view text) = 0;
  // JSON mode: the document that is printed at the end, to be filled by write_json(). Console: nullptr.
  virtual nlohmann::json* document() = 0;
  // Raw bytes that are the result (sync-info's document): no newline, no filter, and in JSON mode instead of the
  // document.
  virtual void raw(std::string_view bytes) = 0;
  // A green or red word for a terminal with colours; the word itself otherwise.
  virtual std::string good(std::string_view word) const = 0;
  virtual std::string bad(std::string_view word) const = 0;

  // Progress on a terminal (stdout and stderr both terminals, not quiet, console); otherwise nothing.
  virtual std::unique_ptr<Progress> progress(std::string_view label) = 0;

  // An error whose text has its own prefix ("FATAL: ..."), and has been logged.
  virtual void fatal(std::string_view text) = 0;
  // A warning for people, on standard error: -q and other forms leave it to the log.
  virtual void advise(std::string_view text) = 0;
  virtual void fail() = 0;  // ends with 1 without an error (a failed check)
  // Flushes; JSON mode prints the document. Called once, at the end. Returns the exit code: that of an error when there
  // was one, or when standard output did not take everything, which it reports.
  virtual int close() = 0;

  // A report type R has two functions, write_console(const R&, Writer&) and write_json(const R&, nlohmann::json& root),
  // declared in the header of its subject in include/barman/output/ and in the namespace of R (so that they are found
  // by their argument).
  template <typename Report>
  void write(const Report& report) {
    if (nlohmann::json* root = document())
      write_json(report, *root);
    else
      write_console(report, *this);
  }
};

std::unique_ptr<Writer> make_writer(const WriterSettings& settings);

// Errors found before a writer exists.
void print_error_line(std::string_view text);

}  // namespace barman::output
