#pragma once
#include <pthread.h>
#include <sys/types.h>

#include <cstdint>

// What the processes of one disturbed run share: a file that libbarman_faults maps, made anew by each run's driver as a
// file of zeros.
namespace faults {

inline constexpr std::size_t most_processes = 128;

struct State {
  std::int64_t free_bytes;  // FAULT_FULL: what is left of the disk; first, so that a driver in any language finds them
  std::int64_t free_files;
  std::uint32_t ready;            // the lock is initialised
  pthread_mutex_t lock;           // held over each call and its line in the journal; robust and shared
  std::uint64_t calls;            // state-changing calls seen so far
  std::uint64_t struck;           // how many of them were disturbed
  std::uint64_t syncs;            // grows with every sync, so that each process knows which files may be clean again
  std::uint64_t saved;            // names given out in the directory of saved files
  pid_t process[most_processes];  // those that loaded the library and did not end by themselves; 0: a free place
};

}  // namespace faults
