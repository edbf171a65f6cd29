#include "put_wal.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <thread>
#include <vector>

#include "barman/core/digest.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/core/unique_fd.h"
#include "barman/fs/scratch.h"
#include "barman/tar/writer.h"
#include "barman/wal/wal_content.h"
#include "program.h"

namespace barman::clients {

namespace {

constexpr int exit_local = 2, exit_connection = 3;
constexpr std::int64_t ns_per_second = 1'000'000'000;

std::int64_t to_ns(const timespec& time) { return time.tv_sec * ns_per_second + time.tv_nsec; }

std::string cannot_execute(int error_number, const std::string& path) {
  return "Error executing ssh: " + os_error_text(error_number, path);
}

// The bytes to send, and what the tar header says of them.
class Source {
 public:
  Source(const std::string& path, const PutWalSettings& settings) : path_(path) {
    file_ = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info = {};
    if (!file_ || ::fstat(file_.get(), &info) != 0) throw Failure(exit_local, cannot_execute(errno, path));
    if (S_ISDIR(info.st_mode)) throw Failure(exit_local, "WAL_PATH cannot be a directory: " + path);
    if (!S_ISREG(info.st_mode)) throw Failure(exit_local, "WAL_PATH is not a regular file: " + path);
    identity_ = identity_of(info);
    member_.name = base_name(path);
    member_.size = identity_.size;
    member_.mode = info.st_mode & 07777U;
    member_.mtime = info.st_mtim;
    refuse_unfit();
    if (settings.compression) compress(settings);
  }

  const tar::Member& member() const { return member_; }
  const FileIdentity& identity() const { return identity_; }
  const std::string& path() const { return path_; }

  std::size_t read(std::vector<char>& buffer) const {
    ssize_t got = 0;
    do got = ::read(compressed_ ? compressed_.get() : file_.get(), buffer.data(), buffer.size());
    while (got < 0 && errno == EINTR);
    if (got < 0) throw_errno("read", path_);
    return static_cast<std::size_t>(got);
  }

  // PostgreSQL writes no more to a segment that it hands to archive_command.
  void expect_unchanged() const {
    struct stat info = {};
    if (::fstat(file_.get(), &info) != 0) throw_errno("stat", path_);
    const FileIdentity now = identity_of(info);
    if (now.size != identity_.size || now.mtime_ns != identity_.mtime_ns)
      throw Error(Errc::io, fmt::format("'{}' was changed while it was read", path_));
  }

 private:
  // Also a Barman that takes everything must not get half a segment.
  void refuse_unfit() const {
    const auto wal = parse_wal_name(member_.name);
    if (!wal) return;
    const std::string head = codec::read_head(path_, segment_header_size);
    if (const auto problem = wal_problem(*wal, head, member_.size, Unrecognised::accept))
      throw Failure(exit_local,
                    fmt::format("WAL_PATH does not hold the WAL file of its name: {} ({})", path_, *problem));
  }

  void compress(const PutWalSettings& settings) {
    compressed_ = fs::open_nameless_file();
    const codec::Stage stage{.algorithm = *settings.compression, .level = settings.level};
    codec::encode(file_.get(), compressed_.get(), {stage}, path_);
    expect_unchanged();
    const off_t size = ::lseek(compressed_.get(), 0, SEEK_CUR);
    if (size < 0 || ::lseek(compressed_.get(), 0, SEEK_SET) != 0) throw_errno("seek in", "temporary file");
    member_.size = static_cast<std::uint64_t>(size);
  }

  std::string path_;
  UniqueFd file_, compressed_;
  FileIdentity identity_;
  tar::Member member_;
};

void send(const Source& source, bool md5, const tar::Writer::Sink& sink) {
  constexpr std::size_t buffer_size = 256 * 1024;
  tar::Writer tar(sink);
  Digest digest(md5 ? DigestKind::md5 : DigestKind::sha256);
  std::vector<char> buffer(buffer_size);
  std::uint64_t sent = 0;
  tar.begin(source.member());
  while (const std::size_t got = source.read(buffer)) {
    const std::string_view bytes(buffer.data(), got);
    sent += got;
    if (sent > source.member().size) break;
    digest.update(bytes);
    tar.data(bytes);
  }
  if (sent != source.member().size)
    throw Error(Errc::io, fmt::format("'{}' was changed while it was read", source.path()));
  source.expect_unchanged();
  tar.end_member();
  const std::string sums = fmt::format("{} *{}\n", digest.hex(), source.member().name);
  tar::Member listed;
  listed.name = md5 ? "MD5SUMS" : "SHA256SUMS";
  listed.size = sums.size();
  tar.begin(listed);
  tar.data(sums);
  tar.end_member();
  tar.finish();
}

// Pours the stream into a pipe from a thread of its own, for as long as somebody is there to read it.
class Pour {
 public:
  Pour(const Source& source, bool md5) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("create", "pipe");
    read_end_ = UniqueFd(ends[0]);
    write_end_ = UniqueFd(ends[1]);
    reader_gone_ = UniqueFd(::eventfd(0, EFD_CLOEXEC));
    if (!reader_gone_) throw_errno("create", "eventfd");
    ::fcntl(write_end_.get(), F_SETFL, O_NONBLOCK);
    thread_ = std::thread([this, &source, md5] { run(source, md5); });
  }
  Pour(const Pour&) = delete;
  Pour& operator=(const Pour&) = delete;
  ~Pour() { stop(); }

  int read_end() const { return read_end_.get(); }

  // To be called once the reader has ended. True: it was given everything. Throws what went wrong on this side.
  bool finish() {
    stop();
    if (failure_) std::rethrow_exception(failure_);
    return complete_;
  }

 private:
  struct ReaderGone {};

  void stop() {
    if (!thread_.joinable()) return;
    ::eventfd_write(reader_gone_.get(), 1);
    thread_.join();
  }

  void run(const Source& source, bool md5) {
    try {
      send(source, md5, [this](std::string_view bytes) { write(bytes); });
      complete_ = true;
    } catch (const ReaderGone&) {
    } catch (...) {
      failure_ = std::current_exception();
    }
    write_end_.reset();  // without the end of the archive when it is not complete: put-wal refuses it
  }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(write_end_.get(), bytes.data(), bytes.size());
      if (written >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno == EAGAIN) {
        wait_for_room();
      } else if (errno != EINTR) {
        throw_errno("write to", "ssh");
      }
    }
  }

  void wait_for_room() const {
    pollfd watched[] = {{write_end_.get(), POLLOUT, 0}, {reader_gone_.get(), POLLIN, 0}};
    if (::poll(watched, 2, -1) < 0 && errno != EINTR) throw_errno("poll", "ssh");
    if (watched[1].revents != 0) throw ReaderGone();
  }

  UniqueFd read_end_, write_end_, reader_gone_;
  bool complete_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

[[noreturn]] void local_failure(const std::string& text) {
  throw TransferFailed(text, exit_local, "Error executing ssh: " + text);
}

exec::Outcome run_put_wal(exec::Runner& runner, const PutWalSettings& settings, const Pour& pour) {
  try {
    return run_ssh(runner, put_wal_argv(settings.remote, settings.server, false), pour.read_end(), STDOUT_FILENO);
  } catch (const Error& error) {
    if (error.code() == Errc::not_found) local_failure(os_error_text(ENOENT, "ssh"));
    if (error.code() == Errc::io) local_failure(error.what());
    throw;
  }
}

bool all_was_sent(Pour& pour) {
  try {
    return pour.finish();
  } catch (const Error& error) {
    throw TransferFailed(error.what(), exit_local, error.what());
  }
}

}  // namespace

FileIdentity identity_of(const struct ::stat& info) {
  return {info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size), to_ns(info.st_mtim), to_ns(info.st_ctim)};
}

FileIdentity put_wal(exec::Runner& runner, const PutWalSettings& settings, const std::string& path) {
  const Source source(path, settings);
  Pour pour(source, settings.md5);
  const exec::Outcome outcome = run_put_wal(runner, settings, pour);
  const bool complete = all_was_sent(pour);
  if (outcome.status != 0) {
    const bool connection = outcome.status == ssh_connection_failed;
    throw TransferFailed(
        fmt::format("ArchiverFailure:Remote 'barman put-wal' command has failed! (exit code {})", outcome.status),
        connection ? exit_connection : outcome.status,
        connection ? "Connection problem with ssh" : "Remote 'barman put-wal' command has failed!");
  }
  if (!complete) local_failure(fmt::format("[Errno {}] Broken pipe", EPIPE));
  return source.identity();
}

}  // namespace barman::clients
