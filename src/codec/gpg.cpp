#include "barman/codec/gpg.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <utility>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/exec/local_runner.h"
#include "barman/exec/shell.h"
#include "barman/fs/file.h"
#include "child_stage.h"
#include "gpg_status.h"

namespace barman::codec {
namespace {

constexpr std::string_view logger = "barman.encryption";
constexpr std::string_view blanks = " \t\r\n\v\f";

// The end of a pipe that `text` can be read from. It is short enough for the pipe to hold.
UniqueFd offer(std::string_view text) {
  Pipe pipe;
  if (::fcntl(pipe.writing.get(), F_SETFL, O_NONBLOCK) != 0) throw_errno("use", "pipe");
  fs::write_all(pipe.writing.get(), text, "pipe to a child");
  return std::move(pipe.reading);
}

// --- gpg itself

std::vector<std::string> gpg_argv() {
  // No look at key servers, which would start a daemon and wait for the network.
  return {"gpg", "--yes", "--batch", "--pinentry-mode", "loopback", "--no-auto-key-locate", "--status-fd", "2"};
}

exec::Command gpg_command(const Gpg& gpg, std::vector<std::string> argv, int input, int output) {
  exec::Command command(std::move(argv),
                        gpg.patience.count() > 0 ? exec::Limits::unless_idle(gpg.patience) : exec::Limits::none());
  command.input_fd = input;
  command.output_fd = output;
  command.log_output = false;  // status lines
  return command;
}

exec::Outcome run_gpg(const Gpg& gpg, const exec::Command& command, std::string_view action) {
  try {
    return exec::LocalRunner(gpg.search_path).run(command);
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
    throw GpgFailure(Errc::config, std::string(action), error.what(),
                     "install gnupg, or add the directory of gpg to path_prefix");
  }
}

// What is wrong with it, in its own words where it has any.
std::string words_of(const exec::Command& command, exec::Outcome outcome, const GpgAnswer& answer) {
  outcome.err = answer.words;
  std::string words = exec::describe(command, outcome);
  if (!words.starts_with("gpg: ")) words.insert(0, "gpg: ");
  return words;
}

void encrypt(int input, int output, const Gpg& gpg) {
  if (gpg.recipient.empty())
    throw Error(Errc::config, "nothing can be encrypted: encryption_key_id is unset",
                "set encryption_key_id to the key that gpg encrypts for");
  std::vector<std::string> argv = gpg_argv();
  for (const std::string& word : {std::string("--compress-level"), std::string("0"), std::string("--recipient"),
                                  gpg.recipient, std::string("--encrypt")})
    argv.push_back(word);
  const exec::Command command = gpg_command(gpg, std::move(argv), input, output);
  const exec::Outcome outcome = run_gpg(gpg, command, "encrypt");
  if (outcome.ok()) return;
  const GpgAnswer answer = understand_gpg(outcome.err);
  const std::string words = words_of(command, outcome, answer);
  if (outcome.timed_out) throw GpgFailure(Errc::timeout, "encrypt", words, "");
  fail_to_encrypt(answer, words, gpg.recipient);
}

void decrypt(int input, int output, const Gpg& gpg) {
  std::vector<std::string> argv = gpg_argv();
  UniqueFd passphrase;
  if (gpg.passphrase) {
    passphrase = offer(gpg.passphrase->get().view());
    argv.insert(argv.end(), {"--passphrase-fd", "3"});
  }
  argv.push_back("--decrypt");
  exec::Command command = gpg_command(gpg, std::move(argv), input, output);
  command.third_fd = passphrase.get();
  const exec::Outcome outcome = run_gpg(gpg, command, "decrypt");
  if (outcome.ok()) return;
  const GpgAnswer answer = understand_gpg(outcome.err);
  const std::string words = words_of(command, outcome, answer);
  if (outcome.timed_out) throw GpgFailure(Errc::timeout, "decrypt", words, "");
  fail_to_decrypt(answer, words);
}

Gpg settings_of(const Stage& stage) { return stage.gpg ? *stage.gpg : Gpg{}; }

}  // namespace

void run_gpg_encoder(int input, int output, const Stage& stage) { encrypt(input, output, settings_of(stage)); }
void run_gpg_decoder(int input, int output, const Stage& stage) { decrypt(input, output, settings_of(stage)); }

std::unique_ptr<Encoder> make_gpg_encoder(const Stage& stage, SizeHint /*size*/) {
  return make_child_encoder([gpg = settings_of(stage)](int input, int output) { encrypt(input, output, gpg); });
}

std::unique_ptr<Source> make_gpg_decoder(std::unique_ptr<Source> input, const Stage& stage) {
  return make_child_decoder(std::move(input), [gpg = settings_of(stage)](int from, int to) { decrypt(from, to, gpg); });
}

// --- The passphrase

Passphrase::Passphrase(std::string command, std::string search_path)
    : command_(std::move(command)), search_path_(std::move(search_path)) {}

std::shared_ptr<Passphrase> Passphrase::from(const std::string& command, const std::string& search_path) {
  static std::mutex mutex;
  static std::map<std::pair<std::string, std::string>, std::shared_ptr<Passphrase>> known;
  const std::lock_guard held(mutex);
  std::shared_ptr<Passphrase>& found = known[{command, search_path}];
  if (!found) found = std::make_shared<Passphrase>(command, search_path);
  return found;
}

const Secret& Passphrase::get() {
  const std::lock_guard held(mutex_);
  if (failure_) std::rethrow_exception(failure_);
  if (secret_) return *secret_;
  try {
    secret_ = ask();
  } catch (const Error&) {
    failure_ = std::current_exception();
    throw;
  }
  return *secret_;
}

namespace {

[[noreturn]] void no_passphrase(const std::string& why) {
  throw Error(Errc::config, "encryption_passphrase_command: " + why,
              "run the command as the user of barman: it has to print the passphrase and to end with 0");
}

// What has been written into the pipe, straight into the page.
std::size_t read_secret(int pipe, std::span<char> room) {
  if (::fcntl(pipe, F_SETFL, O_NONBLOCK) != 0) throw_errno("use", "pipe");
  std::size_t filled = 0;
  while (filled < room.size()) {
    const ssize_t got = ::read(pipe, room.data() + filled, room.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != EAGAIN) throw_errno("read", "pipe");
    if (got <= 0) return filled;  // or something that was left behind keeps it open
    filled += static_cast<std::size_t>(got);
  }
  no_passphrase(fmt::format("it printed more than {} bytes", room.size() - 1));
}

}  // namespace

std::unique_ptr<Secret> Passphrase::ask() const {
  log::debug(logger, "Retrieving passphrase using encryption_passphrase_command");
  // The text of the command may hold the secret itself: it is read from a descriptor, too, not shown as an argument.
  const UniqueFd text = offer(command_);
  Pipe answer;
  exec::Command command({"sh", "-c", ". /dev/fd/3"}, exec::Limits::within(deadline));
  command.third_fd = text.get();
  command.output_fd = answer.writing.get();
  command.log_output = false;
  const exec::Outcome outcome = exec::LocalRunner(search_path_).run(command);
  answer.writing.reset();
  auto secret = std::make_unique<Secret>();
  const std::size_t size = read_secret(answer.reading.get(), secret->room());
  if (!outcome.ok()) no_passphrase("it failed: " + exec::describe(command, outcome));
  std::string_view printed(secret->room().data(), size);
  const std::size_t begin = printed.find_first_not_of(blanks);
  if (begin == std::string_view::npos) no_passphrase("it printed nothing");
  printed.remove_prefix(begin);
  secret->keep(printed.substr(0, printed.find_last_not_of(blanks) + 1));
  return secret;
}

}  // namespace barman::codec
