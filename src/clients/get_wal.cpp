#include "get_wal.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/text_files.h"
#include "barman/wal/wal_content.h"
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

// ssh does not say that it could not write what it received, and the other end fails silently. One more byte shows it.
void fail_if_not_writable(const fs::FileReplacement& file, int sleep_seconds) {
  if (::write(file.fd(), "", 1) == 1) return;
  throw Failure(exit_local, "Cannot write the WAL file: " + os_error_text(errno, file.temporary_path()), sleep_seconds);
}

std::unique_ptr<fs::FileReplacement> decompressed(const fs::FileReplacement& received, codec::Algorithm algorithm,
                                                  const std::string& wal, const std::string& target, mode_t mode) {
  auto plain = std::make_unique<fs::FileReplacement>(target, mode);
  const UniqueFd input = fs::open_file(received.temporary_path(), O_RDONLY);
  codec::decode(input.get(), plain->fd(), codec::stored_as(algorithm), wal);
  return plain;
}

// Why PostgreSQL could not follow a timeline by this file.
std::optional<std::string> history_problem(const std::string& path, const std::string& name) {
  try {
    parse_history(fs::read_file(path), name);
    return std::nullopt;
  } catch (const Error& error) {
    return error.what();
  }
}

// PostgreSQL takes what it cannot read for the end of the WAL, and opens the cluster without the rest.
void refuse_unfit(const fs::FileReplacement& received, const std::string& name, const Receiver& receiver) {
  const auto wal = parse_wal_name(name);
  if (!wal) return;
  const auto info = fs::stat_if_exists(received.temporary_path());
  const std::string head = codec::read_head(received.temporary_path(), segment_header_size);
  auto problem = unfit_to_serve(*wal, head, info ? static_cast<std::uint64_t>(info->st_size) : 0, receiver.system_id);
  if (!problem && wal->kind == WalKind::history) problem = history_problem(received.temporary_path(), name);
  if (!problem) return;
  throw Failure(exit_local,
                fmt::format("What the remote 'barman get-wal' command sent is not the WAL file {}: {}", name, *problem),
                receiver.sleep_seconds);
}

template <typename Number>
Number number_at(std::string_view bytes, std::size_t at) {
  Number value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

std::unique_ptr<fs::FileReplacement> get_wal(exec::Runner& runner, const Remote& remote, const GetWalRequest& request,
                                             const Receiver& receiver) {
  auto received = std::make_unique<fs::FileReplacement>(receiver.target, receiver.mode);
  const exec::Outcome outcome = run_get_wal(runner, remote, request, received->fd(), receiver.sleep_seconds);
  if (!outcome.ok()) {
    fail_if_not_writable(*received, receiver.sleep_seconds);
    throw Failure(outcome.status, "Remote 'barman get-wal' command has failed!", receiver.sleep_seconds);
  }
  const std::string head = codec::read_head(received->temporary_path());
  if (head.empty())
    throw Failure(exit_local, fmt::format("Remote 'barman get-wal' command sent nothing for {}", request.wal),
                  receiver.sleep_seconds);
  if (const auto algorithm = codec::detect(head))
    received = decompressed(*received, *algorithm, request.wal, receiver.target, receiver.mode);
  refuse_unfit(*received, request.wal, receiver);
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

std::optional<std::string> unfit_to_serve(const WalName& wal, std::string_view head, std::uint64_t size,
                                          std::optional<std::uint64_t> system_id) {
  if (auto problem = wal_problem(wal, head, size, Unrecognised::refuse)) return problem;
  if (wal.kind != WalKind::segment) return std::nullopt;
  if (codec::detect(head)) return "it is still compressed";
  const auto header = parse_segment_header(head);
  if (!header || !system_id || *system_id == header->system_id) return std::nullopt;
  return fmt::format("it is of cluster {}, not of {}", header->system_id, *system_id);
}

// pg_control begins with the system identifier (8 bytes) and the version of its format (4 bytes: 937 to 1800 so far).
std::optional<std::uint64_t> system_id_near(const std::string& wal_destination) {
  const std::string directory = fs::parent_directory(wal_destination);
  const std::string_view name = base_name(directory);
  if (name.empty() || name == "." || name == "..") return std::nullopt;
  try {
    const std::string head = codec::read_head(fs::parent_directory(directory) + "/global/pg_control", 12);
    if (head.size() < 12) return std::nullopt;
    const auto version = number_at<std::uint32_t>(head, 8);
    if (version < 900 || version > 5000) return std::nullopt;
    return number_at<std::uint64_t>(head, 0);
  } catch (const Error&) {
    return std::nullopt;  // not beside a data directory, or not for us to read
  }
}

}  // namespace barman::clients
