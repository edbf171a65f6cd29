#include "decrypt.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <thread>

#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/exec/programs.h"
#include "barman/fs/file.h"

namespace barman::restore {

namespace {

// Lets so much through in a second, on the average.
class Throttle {
 public:
  explicit Throttle(std::int64_t kilobytes_per_second) : rate_(kilobytes_per_second * 1024) {}
  void operator()(std::string_view piece) {
    if (rate_ <= 0) return;
    passed_ += static_cast<std::int64_t>(piece.size());
    const std::chrono::milliseconds due(passed_ * 1000 / rate_);
    const auto early = due - std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start_);
    if (early.count() > 0) signals::sleep_ms(static_cast<int>(early.count()));
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::int64_t rate_, passed_ = 0;
  Clock::time_point start_ = Clock::now();
};

// Decrypts an archive into a pipe, in a thread of its own, and keeps what went wrong. As the pipe stays open here, a
// reader that ends too early cannot make it fail: what it has failed of when the reader has ended is its own.
class Decryption {
 public:
  Decryption(const std::string& archive, codec::Recipe recipe, std::int64_t bandwidth_limit) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("create", "pipe");
    clear_ = UniqueFd(ends[0]);
    thread_ = std::thread([this, archive, recipe = std::move(recipe), bandwidth_limit, out = ends[1]] {
      const UniqueFd write_end(out);
      try {
        const UniqueFd in = fs::open_file(archive, O_RDONLY);
        Throttle throttle(bandwidth_limit);
        codec::decode(in.get(), write_end.get(), recipe, archive,
                      bandwidth_limit > 0 ? codec::Watch(std::ref(throttle)) : codec::Watch());
      } catch (...) {
        failure_ = std::current_exception();
      }
      done_ = true;
    });
  }
  Decryption(const Decryption&) = delete;
  Decryption& operator=(const Decryption&) = delete;
  ~Decryption() { finish(); }

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

void decrypt_and_unpack(const PackedBackup& packed, const std::string& archive, const ClearTarget& target,
                        ServerContext& server) {
  codec::Stage stage;
  stage.algorithm = codec::Algorithm::gpg;
  stage.gpg = server.gpg();
  Decryption decryption(archive, {stage}, target.host.is_remote() ? target.bandwidth_limit : 0);
  exec::Command command(tar_argv(packed.compression(), "-", target.directory, target.exclude),
                        exec::Limits::unless_silent(target.host.patience()));
  command.input_fd = decryption.clear();
  command.on_output_line = [](std::string_view) {};  // only shows that it is alive
  const exec::Outcome outcome = target.host.runner().run(command);
  if (!outcome.ok() && !decryption.has_failed())
    throw Error(Errc::remote, fmt::format("cannot unpack '{}': {}", archive, exec::describe(command, outcome)));
  if (const std::exception_ptr failure = decryption.finish()) std::rethrow_exception(failure);
}

}  // namespace barman::restore
