#include "gate.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "barman/core/error.h"
#include "barman/core/python_repr.h"
#include "barman/core/redact.h"
#include "barman/core/text.h"
#include "barman/exec/shell.h"
#include "barman/usage/parser.h"
#include "barman/wal/segment.h"

namespace barman::clients {

namespace {

using Words = std::vector<std::string>;

[[noreturn]] void refuse(const std::string& why, std::string hint = {}) {
  throw Error(Errc::refused, why, std::move(hint));
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

Words words_of(std::string_view command) {
  const auto breaks = [](char c) { return is_control(c) && c != '\t'; };
  if (std::ranges::any_of(command, breaks)) refuse("the command holds control characters");
  try {
    return exec::shell_words(command);
  } catch (const Error& error) {
    refuse(shown(error.what()));
  }
}

// Takes the words of one command from the front.
class Request {
 public:
  Request(const GateRules& rules, Words words) : rules_(rules), words_(std::move(words)) {}

  Words admitted() {
    if (next() != "barman") refuse(fmt::format("{} is not 'barman'", python_repr(shown(words_.front()))));
    while (at_ < words_.size() && words_[at_].starts_with('-')) take_global_option();
    const std::string verb = next();
    if (verb != "put-wal" && verb != "get-wal") refuse(fmt::format("{} is not allowed", python_repr(shown(verb))));
    if (!rules_.only.empty() && verb != rules_.only) refuse(fmt::format("only {} is allowed", rules_.only));
    Words arguments;
    if (!rules_.config.empty()) arguments = {"--config", rules_.config};
    arguments.push_back(verb);
    const Words own = verb == "put-wal" ? put_wal() : get_wal();
    arguments.insert(arguments.end(), own.begin(), own.end());
    return arguments;
  }

 private:
  std::string next() { return at_ < words_.size() ? words_[at_++] : std::string(); }

  // A file chosen over there could hold commands to run here.
  void take_global_option() {
    constexpr std::string_view long_form = "--config=";
    const std::string word = next();
    std::string file;
    if (word == "--config" || word == "-c") {
      file = next();
    } else if (word.starts_with(long_form)) {
      file = word.substr(long_form.size());
    } else {
      refuse(fmt::format("option {} is not allowed", python_repr(shown(word))));
    }
    if (rules_.config.empty() || file != rules_.config)
      refuse(fmt::format("configuration file {} is not allowed", python_repr(shown(file))),
             "a file is chosen by option --config of barman-gatekeeper, in authorized_keys");
  }

  void parse(const usage::Options& options) {
    usage::ParseResult parsed;
    try {
      parsed =
          usage::parse_arguments(options.specs(), {words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end()});
    } catch (const Error& error) {
      refuse(shown(error.what()));
    }
    if (parsed.help) parsed.unrecognized.emplace_back("--help");
    if (!parsed.unrecognized.empty()) refuse(shown("unrecognized arguments: " + join(parsed.unrecognized, " ")));
  }

  void expect_own(const std::string& server) const {
    if (std::ranges::find(rules_.servers, server) == rules_.servers.end())
      refuse(fmt::format("server {} is not allowed", python_repr(shown(server))));
  }

  Words put_wal() {
    std::string server;
    bool test = false;
    usage::Options options;
    options.flag({"-t", "--test"}, test, {});
    options.positional("SERVER_NAME", server, {});
    parse(options);
    expect_own(server);
    Words arguments;
    if (test) arguments.emplace_back("--test");
    arguments.insert(arguments.end(), {"--", server});
    return arguments;
  }

  Words get_wal() {
    std::string server, wal;
    std::optional<int> peek;
    bool test = false, gzip = false, bzip2 = false, keep = false, partial = false;
    usage::Options options;
    options.flag({"-t", "--test"}, test, {});
    options.number({"-p", "--peek"}, peek, {}, {});
    options.flag({"-z", "-x", "--gzip"}, gzip, {});
    options.flag({"-j", "--bzip2"}, bzip2, {});
    options.flag({"--keep-compression"}, keep, {});
    options.flag({"-P", "--partial"}, partial, {});
    options.positional("SERVER_NAME", server, {});
    options.positional("WAL_NAME", wal, {});
    parse(options);
    expect_own(server);
    if (!test && !is_any_wal_name(wal)) refuse(fmt::format("{} is not a WAL file name", python_repr(shown(wal))));
    if (peek && *peek < 1) refuse("a number of WAL files is 1 or more");
    Words arguments;
    if (test) arguments.emplace_back("--test");
    if (peek) arguments.insert(arguments.end(), {"--peek", std::to_string(*peek)});
    if (gzip) arguments.emplace_back("--gzip");
    if (bzip2) arguments.emplace_back("--bzip2");
    if (keep) arguments.emplace_back("--keep-compression");
    if (partial) arguments.emplace_back("--partial");
    arguments.insert(arguments.end(), {"--", server, wal});
    return arguments;
  }

  const GateRules& rules_;
  Words words_;
  std::size_t at_ = 0;
};

}  // namespace

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 200;
  std::string line(text.substr(0, longest));
  std::ranges::replace_if(line, is_control, '?');
  if (text.size() > longest) line += "...";
  return redact_passwords(line);
}

std::vector<std::string> admit(const GateRules& rules, std::string_view command) {
  Words words = words_of(command);
  if (words.empty())
    refuse("no command was given",
           fmt::format("this key is for barman-wal-archive and barman-wal-restore of server '{}'; nobody can log in "
                       "with it",
                       join(rules.servers, "', '")));
  return Request(rules, std::move(words)).admitted();
}

}  // namespace barman::clients
