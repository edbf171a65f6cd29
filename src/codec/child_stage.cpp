#include "child_stage.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <thread>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::codec {
namespace {

// A child that a separate thread waits for. It reads a descriptor or what exchange() offers; its output is read here.
class RunningChild {
 public:
  RunningChild(ChildWork work, std::optional<int> input) {
    Pipe output;
    UniqueFd input_end;
    if (!input) {
      Pipe offers;
      if (::fcntl(offers.writing.get(), F_SETFL, O_NONBLOCK) != 0) throw_errno("use", "pipe");
      to_ = std::move(offers.writing);
      input_end = std::move(offers.reading);
    }
    from_ = std::move(output.reading);
    const int reads = input ? *input : input_end.get();
    // The thread closes the child's ends, so that what waits at ours notices that it is gone.
    thread_ = std::thread(
        [this, work = std::move(work), reads, in = std::move(input_end), out = std::move(output.writing)]() mutable {
          try {
            work(reads, out.get());
          } catch (...) {
            failure_ = std::current_exception();
          }
          in.reset();
          out.reset();
        });
  }
  RunningChild(const RunningChild&) = delete;
  RunningChild& operator=(const RunningChild&) = delete;
  ~RunningChild() {
    to_.reset();
    from_.reset();  // a child that still writes ends with SIGPIPE
    if (thread_.joinable()) thread_.join();
  }

  // Waits until the child has taken some of `offer`, which then begins later, or has written something, and returns how
  // many bytes of that are in `buffer`. A child that takes no more need not: the rest of the offer is dropped.
  std::size_t exchange(std::string_view& offer, std::span<char> buffer) {
    ::pollfd waiting[2] = {{to_.get(), POLLOUT, 0}, {from_.get(), POLLIN, 0}};
    if (::poll(waiting, 2, -1) < 0) {
      if (errno == EINTR) return 0;
      throw_errno("wait for", "child");
    }
    if (waiting[0].revents != 0) give(offer);
    if (waiting[1].revents == 0) return 0;
    const std::size_t got = fs::read_some(from_.get(), buffer, "output of a child");
    if (got == 0) offer = {};
    return got;
  }
  void end_of_input() { to_.reset(); }
  // Only after the end of the input. 0: the child ended, and succeeded.
  std::size_t read(std::span<char> buffer) {
    const std::size_t got = fs::read_some(from_.get(), buffer, "output of a child");
    if (got == 0 && thread_.joinable()) {
      thread_.join();
      if (failure_) std::rethrow_exception(failure_);
    }
    return got;
  }

 private:
  void give(std::string_view& offer) {
    const ssize_t taken = ::write(to_.get(), offer.data(), offer.size());
    if (taken >= 0)
      offer.remove_prefix(static_cast<std::size_t>(taken));
    else if (errno == EPIPE)
      offer = {};
    else if (errno != EAGAIN && errno != EINTR)
      throw_errno("write to", "child");
  }

  UniqueFd to_, from_;
  std::exception_ptr failure_;
  std::thread thread_;
};

class ChildEncoder : public Encoder {
 public:
  explicit ChildEncoder(ChildWork work) : child_(std::move(work), std::nullopt), out_(buffer_size) {}
  void push(std::string_view bytes, const Output& output) override {
    while (!bytes.empty())
      if (const std::size_t got = child_.exchange(bytes, out_)) output({out_.data(), got});
  }
  void finish(const Output& output) override {
    child_.end_of_input();
    while (const std::size_t got = child_.read(out_)) output({out_.data(), got});
  }

 private:
  RunningChild child_;
  std::vector<char> out_;
};

class ChildDecoder : public Source {
 public:
  ChildDecoder(std::unique_ptr<Source> input, ChildWork work)
      : input_(std::move(input)), input_ended_(input_->descriptor()), child_(std::move(work), input_->descriptor()) {}
  std::string name() const override { return input_->name(); }
  std::size_t read(std::span<char> buffer) override {
    while (!input_ended_) {
      if (offer_.empty()) next_offer();
      if (const std::size_t got = input_ended_ ? 0 : child_.exchange(offer_, buffer)) return got;
    }
    return child_.read(buffer);
  }

 private:
  void next_offer() {
    in_.resize(buffer_size);
    const std::size_t got = input_->read(in_);
    offer_ = {in_.data(), got};
    if (got > 0) return;
    input_ended_ = true;
    child_.end_of_input();
  }

  std::unique_ptr<Source> input_;
  bool input_ended_;  // or the child reads it itself
  std::vector<char> in_;
  std::string_view offer_;
  RunningChild child_;
};

}  // namespace

Pipe::Pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("create", "pipe");
  reading.reset(ends[0]);
  writing.reset(ends[1]);
}

std::unique_ptr<Encoder> make_child_encoder(ChildWork work) { return std::make_unique<ChildEncoder>(std::move(work)); }

std::unique_ptr<Source> make_child_decoder(std::unique_ptr<Source> input, ChildWork work) {
  return std::make_unique<ChildDecoder>(std::move(input), std::move(work));
}

}  // namespace barman::codec
