#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "barman/core/parallel.h"
#include "barman/core/unique_fd.h"
#include "barman/web/routes.h"

namespace barman::web {

struct Exchange;

// Threads that answer, so that the one which serves the connections never waits.
class Workers {
 public:
  // `answer` is called by all of them, for slow exchanges by half of them at the same time.
  Workers(std::size_t threads, std::function<void(Exchange&)> answer);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers();  // joins

  void give(Exchange& exchange, Pace pace);
  // Those that have been answered since the last call; ready_fd() is readable when there may be some.
  std::vector<Exchange*> take_answered();
  int ready_fd() const { return ready_.get(); }
  void join();  // when all that was given is answered

 private:
  void work();
  std::deque<Exchange*>* next();  // the queue whose turn it is; nullptr: nobody's
  std::function<void(Exchange&)> answer_;
  UniqueFd ready_;
  std::mutex mutex_;
  std::condition_variable given_;
  std::deque<Exchange*> quick_, slow_;
  std::size_t slow_at_work_ = 0, most_slow_ = 1;
  std::vector<Exchange*> answered_;
  bool ending_ = false;
  ThreadGroup threads_;
};

}  // namespace barman::web
