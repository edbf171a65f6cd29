#include "remote_host.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/exec/shell.h"
#include "barman/exec/ssh.h"
#include "barman/fs/file.h"
#include "ssh_connections.h"

namespace barman::fs {
namespace {

// Shell text is used only where no POSIX utility does the job alone; names go in as $1, $2, never into the text.
//
// What arrives is compared with what was sent before it gets its name: a connection that breaks looks like the end of
// the input to cat. $1 temporary file, $2 target, $3 mode, $4 size, $5 directory.
constexpr const char* write_script =
    "umask 077; set -C; "
    "if [ -d \"$2\" ]; then echo \"$2: is a directory\" >&2; exit 1; fi; "
    "cat > \"$1\" && [ $(wc -c < \"$1\") -eq \"$4\" ] && chmod \"$3\" \"$1\" && sync \"$1\" && mv -f \"$1\" \"$2\" && "
    "sync \"$5\" || { rm -f \"$1\"; exit 1; }";
// mv and ln would put the source inside a directory of that name. $1 source, $2 target.
constexpr const char* rename_script =
    "if [ -d \"$2\" ] && [ ! -L \"$2\" ]; then echo \"$2: is a directory\" >&2; exit 1; fi; mv -f \"$1\" \"$2\"";
constexpr const char* symlink_script =
    "if [ -d \"$2\" ] && [ ! -L \"$2\" ]; then echo \"$2: is a directory\" >&2; exit 1; fi; ln -sfn -- \"$1\" \"$2\"";
// Names from standard input, NUL-separated. $1 directory.
constexpr const char* create_script = "cd \"$1\" && xargs -0 touch --";

constexpr int ssh_failed = 255;

// No utility takes it for an option then.
std::string operand(const std::string& path) { return path.starts_with('-') ? "./" + path : path; }

class RemoteHost : public Host {
 public:
  RemoteHost(std::unique_ptr<exec::Runner> runner, std::vector<std::string> ssh_words,
             std::chrono::milliseconds patience, std::unique_ptr<SshConnections> connections)
      : runner_(std::move(runner)),
        ssh_words_(std::move(ssh_words)),
        patience_(patience),
        connections_(std::move(connections)) {}

  bool is_remote() const override { return true; }
  exec::Runner& runner() override { return *runner_; }

  bool exists(const std::string& path) override { return test("-e", path); }
  bool is_directory(const std::string& path) override { return test("-d", path); }

  std::vector<std::string> list(const std::string& directory) override {
    const std::string inside = in_directory(operand(directory), "");
    const exec::Command command = quiet({"find", inside, "-mindepth", "1", "-maxdepth", "1", "-print0"});
    const exec::Outcome outcome = run(command);
    if (!outcome.ok()) {
      if (!exists(directory)) return {};
      fail("list", directory, command, outcome);
    }
    std::vector<std::string> names = split(outcome.out, '\0');
    std::erase(names, std::string());
    for (std::string& name : names) name.erase(0, inside.size());
    std::sort(names.begin(), names.end());
    return names;
  }

  void make_directories(const std::string& path, mode_t mode) override {
    checked("create directory", path, {"mkdir", "-p", "-m", fmt::format("{:o}", mode), operand(path)});
  }

  std::string read_file(const std::string& path) override {
    const exec::Command command = quiet({"cat", operand(path)});
    exec::Outcome outcome = run(command);
    if (!outcome.ok()) fail("read", path, command, outcome);
    return std::move(outcome.out);
  }

  std::optional<std::string> read_file_if_exists(const std::string& path) override {
    const exec::Command command = quiet({"cat", operand(path)});
    exec::Outcome outcome = run(command);
    if (outcome.ok()) return std::move(outcome.out);
    if (!exists(path)) return std::nullopt;
    fail("read", path, command, outcome);
  }

  void write_file(const std::string& path, std::string_view bytes, mode_t mode) override {
    const std::string target = operand(path);
    exec::Command command = quiet({"sh", "-c", write_script, "sh", temporary_name_for(target), target,
                                   fmt::format("{:o}", mode), std::to_string(bytes.size()), parent_directory(target)});
    command.input = std::string(bytes);
    const exec::Outcome outcome = run(command);
    if (!outcome.ok()) fail("write", path, command, outcome);
  }

  void create_empty_files(const std::string& directory, const std::vector<std::string>& names) override {
    if (names.empty()) return;
    exec::Command command = quiet({"sh", "-c", create_script, "sh", operand(directory)});
    command.input.emplace();
    for (const std::string& name : names) command.input->append(name) += '\0';
    checked("create files in", directory, command);
  }

  void rename(const std::string& from, const std::string& to) override {
    checked(fmt::format("rename '{}' to", from), to, {"sh", "-c", rename_script, "sh", operand(from), operand(to)});
  }
  void remove_file(const std::string& path) override { checked("remove", path, {"rm", "-f", operand(path)}); }
  void remove_tree(const std::string& path) override { checked("remove", path, {"rm", "-rf", operand(path)}); }
  void symlink(const std::string& target, const std::string& link) override {
    checked("create symbolic link", link, {"sh", "-c", symlink_script, "sh", target, operand(link)});
  }

  void check_writable(const std::string& directory) override {
    const std::string probe = temporary_name_for(in_directory(operand(directory), "barman-write-test"));
    checked("write in", directory, {"touch", probe});
    remove_file(probe);
  }

  std::optional<mode_t> mode(const std::string& path) override {
    const exec::Command command = quiet({"ls", "-ldL", operand(path)});
    const exec::Outcome outcome = run(command);
    if (outcome.ok()) return parse_mode(outcome.out, path);
    if (!exists(path)) return std::nullopt;
    fail("examine", path, command, outcome);
  }

  RsyncWay rsync_way() const override {
    if (!connections_) return {{"-e", exec::rsync_shell(ssh_words_)}};
    SshConnections::Way way = connections_->borrow();
    return {{"-e", exec::rsync_shell(way.ssh_words)}, std::move(way.kept)};
  }
  std::chrono::milliseconds patience() const override { return patience_; }
  std::string rsync_path(std::string_view path) const override { return fmt::format(" :{}", path); }

 private:
  // Contents and names are nothing for the log; what went wrong comes back in an Error.
  exec::Command quiet(std::vector<std::string> argv) const {
    exec::Command command(std::move(argv), exec::Limits::within(patience_));
    command.log_output = false;
    return command;
  }

  exec::Outcome run(const exec::Command& command) {
    exec::Outcome outcome = runner_->run(command);
    if (outcome.status == ssh_failed)
      throw Error(Errc::remote,
                  fmt::format("cannot run '{}' through '{}': {}", command.argv.front(), join(ssh_words_, " "),
                              describe(command, outcome)),
                  "check that this ssh command works by hand for the same user, without asking for anything");
    return outcome;
  }

  bool test(const char* what, const std::string& path) {
    const exec::Command command = quiet({"test", what, operand(path)});
    const exec::Outcome outcome = run(command);
    if (outcome.status > 1) fail("examine", path, command, outcome);
    return outcome.ok();
  }

  void checked(std::string_view action, const std::string& path, std::vector<std::string> argv) {
    checked(action, path, quiet(std::move(argv)));
  }

  void checked(std::string_view action, const std::string& path, const exec::Command& command) {
    const exec::Outcome outcome = run(command);
    if (!outcome.ok()) fail(action, path, command, outcome);
  }

  [[noreturn]] void fail(std::string_view action, const std::string& path, const exec::Command& command,
                         const exec::Outcome& outcome) {
    throw Error(Errc::remote, fmt::format("cannot {} '{}' through '{}': {}", action, path, join(ssh_words_, " "),
                                          describe(command, outcome)));
  }

  // "drwxr-sr-x 2 ..."
  static mode_t parse_mode(std::string_view line, const std::string& path) {
    if (line.size() < 10)
      throw Error(Errc::remote, fmt::format("cannot examine '{}': unexpected answer '{}'", path, trim(line)));
    mode_t mode = 0;
    for (std::size_t i = 0; i < 9; ++i) {
      const char c = line[i + 1];
      mode = (mode << 1) | ((c != '-' && c != 'S' && c != 'T') ? 1U : 0U);
    }
    if (line[3] == 's' || line[3] == 'S') mode |= S_ISUID;
    if (line[6] == 's' || line[6] == 'S') mode |= S_ISGID;
    if (line[9] == 't' || line[9] == 'T') mode |= S_ISVTX;
    return mode;
  }

  std::unique_ptr<exec::Runner> runner_;
  std::vector<std::string> ssh_words_;
  std::chrono::milliseconds patience_;
  std::unique_ptr<SshConnections> connections_;  // of rsync; null: each of its own
};

}  // namespace

std::unique_ptr<Host> make_runner_host(std::unique_ptr<exec::Runner> runner, std::vector<std::string> ssh_words,
                                       std::chrono::milliseconds patience) {
  return std::make_unique<RemoteHost>(std::move(runner), std::move(ssh_words), patience, nullptr);
}

std::unique_ptr<Host> make_remote_host(std::string_view ssh_command, const std::vector<std::string>& extra_options,
                                       std::chrono::milliseconds patience, std::string search_path) {
  std::vector<std::string> words = exec::shell_words(ssh_command);
  if (words.empty()) throw Error(Errc::config, "the ssh command is empty", "give one such as 'ssh postgres@host'");
  words.insert(words.end(), extra_options.begin(), extra_options.end());
  auto connections = std::make_unique<SshConnections>(words, search_path, patience);
  return std::make_unique<RemoteHost>(exec::make_ssh_runner(words, std::move(search_path)), words, patience,
                                      std::move(connections));
}

}  // namespace barman::fs
