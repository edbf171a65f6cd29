#include "filter.h"

#include <fcntl.h>
#include <unistd.h>

#include <exception>
#include <thread>

#include "barman/core/error.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/file.h"
#include "stream.h"

namespace barman::codec {
namespace {

// The child runs in a thread of its own while its output is read from a pipe here.
class FilterSource : public Source {
 public:
  FilterSource(int input, const std::string& filter) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("create a pipe for", filter);
    reading_.reset(ends[0]);
    writing_.reset(ends[1]);
    thread_ = std::thread([this, input, filter] {
      try {
        run_filter(input, writing_.get(), filter);
      } catch (...) {
        failure_ = std::current_exception();
      }
      writing_.reset();
    });
  }
  FilterSource(const FilterSource&) = delete;
  FilterSource& operator=(const FilterSource&) = delete;
  ~FilterSource() override {
    reading_.reset();  // a child that still writes ends with SIGPIPE
    if (thread_.joinable()) thread_.join();
  }

  std::size_t read(std::span<char> buffer) override {
    const std::size_t got = fs::read_some(reading_.get(), buffer, "filter output");
    if (got == 0 && thread_.joinable()) {
      thread_.join();
      if (failure_) std::rethrow_exception(failure_);
    }
    return got;
  }

 private:
  fs::UniqueFd reading_;
  fs::UniqueFd writing_;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace

void run_filter(int input, int output, const std::string& filter) {
  exec::Command command({"sh", "-c", filter}, exec::Limits::none());
  command.input_fd = input;
  command.output_fd = output;
  const exec::Outcome outcome = exec::LocalRunner().run(command);
  if (!outcome.ok()) throw CodecFailure("filter '" + filter + "': " + exec::describe(command, outcome));
}

std::unique_ptr<Source> make_filter_source(int input, const std::string& filter) {
  return std::make_unique<FilterSource>(input, filter);
}

}  // namespace barman::codec
