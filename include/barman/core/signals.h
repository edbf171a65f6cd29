#pragma once

// SIGINT and SIGTERM set a flag and wake whoever polls; nothing happens inside the handler. SIGPIPE and SIGXFSZ are
// ignored: write() reports them.
namespace barman::signals {

void install();           // once, at the start of main
int pending();            // 0, or the signal that asked us to stop
int wake_fd();            // readable from the moment a signal has arrived; for poll()
void clear();             // forget it (a command that handles Ctrl-C itself and continues)
void throw_if_pending();  // Interrupted
// Sleeps, but returns early (false) when a signal arrives.
bool sleep_ms(int milliseconds);

// For work that has to be done on the way out of an interruption, such as removing what others must not find: in its
// scope the signal that asked us to stop is forgotten, afterwards it is pending again. A further one interrupts.
class Deferral {
 public:
  Deferral();
  Deferral(const Deferral&) = delete;
  Deferral& operator=(const Deferral&) = delete;
  ~Deferral();

 private:
  int number_;
};

}  // namespace barman::signals
