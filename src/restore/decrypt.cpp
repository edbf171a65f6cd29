#include "decrypt.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <thread>

#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/rate_limit.h"
#include "barman/exec/programs.h"
#include "barman/fs/file.h"

namespace barman::restore {

namespace {

constexpr std::uint64_t kilobyte = 1024;

// Decodes an archive into a pipe, in a thread of its own, and keeps what went wrong. As the pipe stays open here, a
// reader that ends too early cannot make it fail: what it has failed of when the reader has ended is its own.
class Decoding {
 public:
  Decoding(const std::string& archive, codec::Recipe recipe, std::int64_t bandwidth_limit) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("create", "pipe");
    clear_ = UniqueFd(ends[0]);
    thread_ = std::thread([this, archive, recipe = std::move(recipe), bandwidth_limit, out = ends[1]] {
      const UniqueFd write_end(out);
      try {
        const UniqueFd in = fs::open_file(archive, O_RDONLY);
        RateLimit rate(static_cast<std::uint64_t>(bandwidth_limit) * kilobyte);
        const codec::Watch pass = [&rate](std::string_view piece) { rate.pass(piece.size()); };
        codec::decode(in.get(), write_end.get(), recipe, archive, rate.limited() ? pass : codec::Watch());
      } catch (...) {
        failure_ = std::current_exception();
      }
      done_ = true;
    });
  }
  Decoding(const Decoding&) = delete;
  Decoding& operator=(const Decoding&) = delete;
  ~Decoding() { finish(); }

  int clear() const { return clear_.get(); }
  bool has_failed() const { return done_ && failure_; }
  // Nobody reads any more; what it throws afterwards is why.
  std::exception_ptr finish() {
    clear_.reset();
    if (thread_.joinable()) thread_.join();
    return failure_;
  }

 private:
  UniqueFd clear_;
  std::exception_ptr failure_;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

}  // namespace

void require_decryption(const Chain& chain, ServerContext& server) {
  for (auto member = chain.rbegin(); member != chain.rend(); ++member) {
    if (!(*member)->encryption) continue;
    if (!server.gpg()->passphrase)
      throw Error(Errc::config,
                  fmt::format("Encrypted backup '{}' was found for server '{}', but 'encryption_passphrase_command' is "
                              "not configured correctly. Please fix it before attempting a restore.",
                              (*member)->backup_id, server.config().name));
    exec::program_path("gpg", server.config().search_path());
    server.gpg()->passphrase->get();
    return;
  }
}

void unpack_through_pipe(const PackedBackup& packed, const std::string& archive, const ClearTarget& target,
                         ServerContext& server) {
  codec::Stage stage;
  stage.algorithm = codec::Algorithm::gpg;
  if (packed.encrypted()) stage.gpg = server.gpg();
  const codec::Recipe recipe = packed.encrypted() ? codec::Recipe{stage} : codec::Recipe();
  Decoding decoding(archive, recipe, target.bandwidth_limit);
  exec::Command command(tar_argv(packed.compression(), "-", target.directory, target.exclude),
                        exec::Limits::unless_silent(target.host.patience()));
  command.input_fd = decoding.clear();
  command.on_output_line = [](std::string_view) {};  // only shows that it is alive
  const exec::Outcome outcome = target.host.runner().run(command);
  if (!outcome.ok() && !decoding.has_failed())
    throw Error(Errc::remote, fmt::format("cannot unpack '{}': {}", archive, exec::describe(command, outcome)));
  if (const std::exception_ptr failure = decoding.finish()) std::rethrow_exception(failure);
}

}  // namespace barman::restore
