// bench-measure RESULT-FILE COMMAND [ARGUMENT...]
// Runs the command and waits until it and everything it has started, detached children too, has ended. Appends to the
// file: seconds of wall time, of user and of system time of all of them, KiB of the largest single process, exit
// status.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace {

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(125);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

int exit_status(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: bench-measure RESULT-FILE COMMAND [ARGUMENT...]\n", stderr);
    return 2;
  }
  // Opened before, closed in the command.
  std::FILE* const result = std::fopen(argv[1], "ae");
  if (result == nullptr) fail(argv[1]);
  // Orphans come to us.
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) fail("prctl");

  const auto start = std::chrono::steady_clock::now();
  const pid_t command = ::fork();
  if (command < 0) fail("fork");
  if (command == 0) {
    ::execvp(argv[2], argv + 2);
    std::perror(argv[2]);
    ::_exit(127);
  }
  int status = 0;
  for (;;) {
    int one = 0;
    const pid_t ended = ::waitpid(-1, &one, 0);
    if (ended < 0 && errno == EINTR) continue;
    if (ended < 0) break;  // nobody is left
    if (ended == command) status = exit_status(one);
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;

  rusage used{};
  if (::getrusage(RUSAGE_CHILDREN, &used) != 0) fail("getrusage");
  std::fprintf(result, "%.6f\t%.6f\t%.6f\t%ld\t%d\n", wall.count(), seconds(used.ru_utime), seconds(used.ru_stime),
               used.ru_maxrss, status);
  if (std::fclose(result) != 0) fail(argv[1]);
  return status;
}
