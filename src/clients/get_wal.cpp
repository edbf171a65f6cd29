#include "get_wal.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>

#include "barman/compress/codec.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/wal/segment.h"
#include "program.h"

namespace barman::clients {

namespace {

constexpr int exit_local = 2;

exec::Outcome run_get_wal(exec::Runner& runner, const Remote& remote, const GetWalRequest& request, int output_fd,
                          int sleep_seconds) {
  exec::Outcome outcome;
  try {
    outcome = run_ssh(runner, get_wal_argv(remote, request), -1, output_fd);
  } catch (const Error& error) {
    if (error.code() == Errc::not_found)
      throw Failure(exit_local, "Error executing \"ssh\": " + os_error_text(ENOENT, "ssh"), sleep_seconds);
    throw;
  }
  if (outcome.status == ssh_connection_failed) throw Failure(exit_local, "Connection problem with ssh", sleep_seconds);
  return outcome;
}

// ssh does not say that it could not write what it received, and the other end fails silently. One more byte tells.
void fail_if_not_writable(const fs::FileReplacement& file, int sleep_seconds) {
  if (::write(file.fd(), "", 1) == 1) return;
  throw Failure(exit_local, "Cannot write the WAL file: " + os_error_text(errno, file.temporary_path()), sleep_seconds);
}

std::unique_ptr<fs::FileReplacement> decompressed(const fs::FileReplacement& received, compress::Algorithm algorithm,
                                                  const std::string& wal, const std::string& target, mode_t mode) {
  auto plain = std::make_unique<fs::FileReplacement>(target, mode);
  const UniqueFd input = fs::open_file(received.temporary_path(), O_RDONLY);
  compress::Settings settings;
  settings.algorithm = algorithm;
  compress::decompress_stream(input.get(), plain->fd(), algorithm, settings, wal);
  return plain;
}

}  // namespace

std::unique_ptr<fs::FileReplacement> get_wal(exec::Runner& runner, const Remote& remote, const GetWalRequest& request,
                                             const std::string& target, mode_t mode, int sleep_seconds) {
  auto received = std::make_unique<fs::FileReplacement>(target, mode);
  const exec::Outcome outcome = run_get_wal(runner, remote, request, received->fd(), sleep_seconds);
  if (!outcome.ok()) {
    fail_if_not_writable(*received, sleep_seconds);
    throw Failure(outcome.status, "Remote 'barman get-wal' command has failed!", sleep_seconds);
  }
  const std::string head = compress::read_head(received->temporary_path());
  if (head.empty())
    throw Failure(exit_local, fmt::format("Remote 'barman get-wal' command sent nothing for {}", request.wal),
                  sleep_seconds);
  if (const auto algorithm = compress::detect(head))
    return decompressed(*received, *algorithm, request.wal, target, mode);
  return received;
}

std::vector<std::string> peek(exec::Runner& runner, const Remote& remote, GetWalRequest request, int count) {
  request.peek = count;
  const exec::Outcome outcome = run_get_wal(runner, remote, request, -1, 0);
  std::vector<std::string> names = split_whitespace(outcome.out);
  if (!outcome.ok() || names.empty() || names.front() != request.wal)
    throw Failure(exit_local, "The required file is not available: " + request.wal);
  std::erase_if(names, [](const std::string& name) { return !is_any_wal_name(name); });
  return names;
}

}  // namespace barman::clients
