#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "barman/archiver/archived_files.h"
#include "barman/archiver/get_wal.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "ssh_client.h"

namespace barman::cli {
namespace {

constexpr int exit_bad_request = 3;
constexpr std::string_view logger = "barman.server";

struct GetWalArguments {
  std::string server, wal;
  std::optional<std::string> output_directory;
  std::optional<codec::Algorithm> recompress;
  std::optional<std::int64_t> peek;
  bool partial = false, keep_compression = false, test = false;
};

std::string join_path(const std::string& directory, const std::string& name) {
  return directory.ends_with('/') ? directory + name : directory + '/' + name;
}

// Why a file cannot be made at `path`; 0 when nothing speaks against it.
int reason_not_to_write(const std::string& directory, const std::string& path) {
  if (fs::is_directory(path)) return EISDIR;
  if (::access(directory.c_str(), F_OK) != 0) return errno;
  if (!fs::is_directory(directory)) return ENOTDIR;
  return ::access(directory.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
}

bool reader_has_gone(int fd) {
  struct ::pollfd poll {
    fd, POLLOUT, 0
  };
  return ::poll(&poll, 1, 0) > 0 && (poll.revents & POLLERR);
}

void send_to_file(const config::ServerConfig& config, const archiver::WalSource& source, const std::string& path,
                  const archiver::Delivery& delivery) {
  const auto info = fs::stat_if_exists(path);
  if (info && !S_ISREG(info->st_mode)) {  // a pipe or a device has to stay what it is
    const fs::UniqueFd fd = fs::open_file(path, O_WRONLY);
    return source.send(config, fd.get(), delivery);
  }
  fs::FileReplacement file(path);
  source.send(config, file.fd(), delivery);
  file.commit();
}

int send_to_standard_output(Session& session, const config::ServerConfig& config, const archiver::WalSource& source,
                            const archiver::Delivery& delivery) {
  try {
    source.send(config, STDOUT_FILENO, delivery);
  } catch (const Error& error) {
    if (error.code() != Errc::io || !reader_has_gone(STDOUT_FILENO)) throw;
    log::info(logger, "The reader of {} has gone: {}", source.path(), error.what());
    return 1;
  }
  session.writer().raw({});  // the file was the answer
  return 0;
}

int deliver(Session& session, const config::ServerConfig& config, const GetWalArguments& args) {
  output::Writer& writer = session.writer();
  const std::string note = ssh_client_note();
  std::string path;
  if (args.output_directory) {
    path = join_path(*args.output_directory, args.wal);
    if (const int reason = reason_not_to_write(*args.output_directory, path)) {
      writer.error(fmt::format("Unable to open '{0}' file{1}: [Errno {2}] {3}: '{0}'", path, note, reason,
                               std::strerror(reason)));
      return exit_bad_request;
    }
  }
  const auto source = archiver::WalSource::open(config, args.wal, args.partial);
  if (!source) {
    writer.error(fmt::format("WAL file '{}' not found in server '{}'{}", args.wal, config.name, note));
    return 1;
  }
  const archiver::Delivery delivery{.keep_compression = args.keep_compression, .recompress = args.recompress};
  const std::string sending = fmt::format("Sending WAL '{}' for server '{}'",
                                          source->path().substr(source->path().rfind('/') + 1), config.name);
  if (path.empty()) {
    log::info(logger, "{} to standard output{}", sending, note);
    return send_to_standard_output(session, config, *source, delivery);
  }
  writer.info(fmt::format("{} into '{}' file{}", sending, path, note));
  send_to_file(config, *source, path, delivery);
  return 0;
}

int get_wal(Session& session, const GetWalArguments& args) {
  const auto* config = session.select_one(args.server, {.disabled = Disabled::refuse});
  if (config == nullptr) return 0;
  output::Writer& writer = session.writer();
  if (args.test) {
    writer.info(fmt::format("Ready to retrieve WAL files from the server {}", config->name));
    return 0;
  }
  if (!is_any_wal_name(args.wal)) {
    writer.error(fmt::format("'{}' is not a valid wal file name{}", args.wal, ssh_client_note()));
    return exit_bad_request;
  }
  if (args.recompress && args.keep_compression) {
    writer.error(
        fmt::format("argument `{}` not allowed with argument `keep-compression`", codec::name(*args.recompress)));
    return 1;
  }
  if (args.peek) {
    for (const std::string& name : archiver::peek_wals(*config, args.wal, *args.peek))
      writer.info(name, Notifier::Logged::no);
    return 0;
  }
  return deliver(session, *config, args);
}

OptionSpec recompress_flag(std::vector<std::string> names, std::optional<codec::Algorithm>& target,
                           codec::Algorithm algorithm, std::string help) {
  OptionSpec spec;
  spec.names = std::move(names);
  spec.kind = OptionSpec::Kind::flag;
  spec.help = std::move(help);
  spec.store = [&target, algorithm](const std::string&) -> std::optional<std::string> {
    target = algorithm;
    return std::nullopt;
  };
  return spec;
}

void declare(Options& options, GetWalArguments& args) {
  options.value({"--output-directory", "-o"}, args.output_directory, "OUTPUT_DIRECTORY",
                "put the WAL file into this directory instead of standard output");
  options.flag({"--partial", "-P"}, args.partial, "also hand out a segment that is not complete yet");
  options.custom(recompress_flag({"--gzip", "-z", "-x"}, args.recompress, codec::Algorithm::gzip,
                                 "compress the output with gzip"));
  options.custom(
      recompress_flag({"--bzip2", "-j"}, args.recompress, codec::Algorithm::bzip2, "compress the output with bzip2"));
  options.flag({"--keep-compression"}, args.keep_compression, "hand out the file as it is stored");
  options.number({"--peek", "-p"}, args.peek, Number::positive, "SIZE",
                 "list up to SIZE WAL files that follow one another, beginning with this one");
  options.flag({"--test", "-t"}, args.test, "tell whether WAL files can be had, and do nothing; WAL_NAME is ignored");
  options.positional("server_name", args.server, "server that the WAL file belongs to");
  options.positional("wal_name", args.wal, "name of the WAL file");
}

}  // namespace

Command get_wal_command() {
  const auto args = std::make_shared<GetWalArguments>();
  return {.name = "get-wal",
          .aliases = {},
          .summary = "Hand out a WAL file, decompressed; for restore_command.",
          .declare = [args](Options& options) { declare(options, *args); },
          .run = [args](Session& session) { return get_wal(session, *args); }};
}

}  // namespace barman::cli
