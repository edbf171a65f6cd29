#include "barman/exec/ssh.h"

#include <algorithm>

#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/exec/programs.h"
#include "barman/exec/shell.h"
#include "ssh_runner.h"

namespace barman::exec {
namespace {

constexpr const char* ssh_path = "/usr/bin/ssh";

// Reads ssh's words the way ssh does: options, the host, options again. The first value given for a setting counts.
class SshWords {
 public:
  explicit SshWords(const std::vector<std::string>& words) : words_(words) {}

  std::optional<SshTarget> read() {
    if (words_.empty() || (words_[0] != "ssh" && words_[0] != ssh_path)) return std::nullopt;
    for (at_ = 1; at_ < words_.size(); ++at_) {
      const std::string& word = words_[at_];
      const bool understood = word.starts_with('-') ? options(word) : host(word);
      if (!understood) return std::nullopt;
    }
    if (target_.host.empty()) return std::nullopt;
    target_.accept_new_host_key = accept_new_.value_or(false);
    target_.batch = batch_.value_or(false);
    return target_;
  }

 private:
  // One word may hold several: -qTp22.
  bool options(const std::string& word) {
    if (word.size() < 2) return false;
    for (std::size_t i = 1; i < word.size(); ++i) {
      const char letter = word[i];
      if (letter == 'q' || letter == 'T' || letter == 'x') continue;
      if (letter != 'i' && letter != 'p' && letter != 'l' && letter != 'o' && letter != 'F') return false;
      std::string value = word.substr(i + 1);
      if (value.empty()) {
        if (++at_ >= words_.size()) return false;
        value = words_[at_];
      }
      return letter == 'o' ? setting(value) : set(letter, value);
    }
    return true;
  }

  bool host(const std::string& word) {
    // A second word is the beginning of a remote command.
    if (!target_.host.empty() || word.empty() || word.find("://") != std::string::npos) return false;
    const std::size_t at = word.rfind('@');
    if (at == std::string::npos) {
      target_.host = word;
      return true;
    }
    target_.host = word.substr(at + 1);
    return !target_.host.empty() && set('l', word.substr(0, at));
  }

  bool set(char letter, const std::string& value) {
    if (value.empty()) return false;
    if (letter == 'l') {
      if (!target_.user) target_.user = value;
      return true;
    }
    if (letter == 'F') return true;
    if (letter == 'i') {
      if (!target_.identity) target_.identity = value;
      return true;
    }
    const std::optional<std::int64_t> port = parse_decimal(value);
    if (!port || *port < 1 || *port > 65535) return false;
    if (!target_.port) target_.port = static_cast<int>(*port);
    return true;
  }

  bool setting(const std::string& text) {
    // "Key=value", "Key value", "Key = value"
    const std::size_t end = text.find_first_of("= \t");
    if (end == std::string::npos) return false;
    const std::string key = to_lower(text.substr(0, end));
    std::string_view rest = trim(std::string_view(text).substr(end));
    if (rest.starts_with('=')) rest = trim(rest.substr(1));
    const std::string value(rest);
    if (key == "batchmode") return flag(batch_, value, {"yes", "true"}, {"no", "false"});
    if (key == "stricthostkeychecking")
      return flag(accept_new_, value, {"no", "off", "false", "accept-new"}, {"yes", "true", "ask"});
    if (key == "port") return set('p', value);
    if (key == "user") return set('l', value);
    if (key == "identityfile") return set('i', value);
    return !key.empty() && !value.empty();
  }

  static bool flag(std::optional<bool>& target, const std::string& value, std::initializer_list<std::string_view> on,
                   std::initializer_list<std::string_view> off) {
    const std::string word = to_lower(value);
    const bool is_on = std::find(on.begin(), on.end(), word) != on.end();
    if (!is_on && std::find(off.begin(), off.end(), word) == off.end()) return false;
    if (!target) target = is_on;
    return true;
  }

  const std::vector<std::string>& words_;
  std::size_t at_ = 0;
  SshTarget target_;
  std::optional<bool> accept_new_, batch_;
};

bool is_plain_word(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/' ||
           c == '.' || c == '-' || c == '+';
  });
}

}  // namespace

std::optional<SshTarget> parse_ssh_target(const std::vector<std::string>& words) { return SshWords(words).read(); }

std::string remote_command_line(const std::vector<std::string>& argv) {
  if (argv.empty() || !is_plain_word(argv.front())) return shell_join(argv);
  // The program's name stays bare: forced commands on the other side compare it.
  std::string line = argv.front();
  if (argv.size() > 1) line += " " + shell_join({argv.begin() + 1, argv.end()});
  return line;
}

std::vector<std::string> ssh_argv(const std::vector<std::string>& ssh_words,
                                  const std::vector<std::string>& remote_argv) {
  std::vector<std::string> argv = ssh_words;
  argv.push_back(remote_command_line(remote_argv));
  return argv;
}

// rsync(1): words are separated by blanks, quotes are ' and ", a quote inside its own kind is doubled.
std::string rsync_shell(const std::vector<std::string>& ssh_words) {
  std::string text;
  for (const std::string& word : ssh_words) {
    if (!text.empty()) text += ' ';
    text += text.empty() && is_plain_word(word) ? word : "'" + replace_all(word, "'", "''") + "'";
  }
  return text;
}

// A wrapper called ssh that comes first in PATH is another program.
bool is_openssh(const std::vector<std::string>& ssh_words, const std::string& search_path) {
  return parse_ssh_target(ssh_words) &&
         find_program(ssh_words.front(), search_path) == std::optional<std::string>(ssh_path);
}

std::unique_ptr<Runner> make_ssh_runner(std::vector<std::string> ssh_words, std::string search_path) {
  if (is_openssh(ssh_words, search_path))
    return std::make_unique<SshRunner>(std::move(ssh_words), std::move(search_path));
  return std::make_unique<SshProgramRunner>(std::move(ssh_words), std::move(search_path));
}

}  // namespace barman::exec
