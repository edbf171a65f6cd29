#pragma once
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive_plan.h"
#include "barman/core/parallel.h"
#include "barman/store/object_store.h"

namespace barman::cloud {

// What one part is gathered in.
class PartBuffer {
 public:
  explicit PartBuffer(std::size_t size) : size_(size), bytes_(new char[size]) {}  // takes memory as it is filled
  std::span<char> room() { return {bytes_.get() + filled_, size_ - filled_}; }
  std::size_t append(std::string_view bytes);  // how many had room; what lies in room() already is not copied
  bool full() const { return filled_ == size_; }
  std::string_view content() const { return {bytes_.get(), filled_}; }
  void clear() { filled_ = 0; }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
  std::size_t filled_ = 0;
};

// One object on its way: its upload. Shared by who fills it and who sends it.
struct ArchiveObject {
  ArchiveObject(std::string its_key, std::unique_ptr<store::Upload> its_upload)
      : key(std::move(its_key)), upload(std::move(its_upload)) {}
  std::string key;
  std::unique_ptr<store::Upload> upload;
  bool may_appear = false;             // its completion was asked for, and nothing keeps what appears
  int on_their_way = 0;                // parts; this and the next belong to PartUploads
  std::function<void()> when_arrived;  // what follows its end; set once no more parts do
};

struct TransferTimes {
  double begin = 0, end = 0;  // seconds on a steady clock; 0: nothing was sent
  double sum = 0;             // of all parts
  void add(double from, double to);
};

// The connections and buffers that all archives of one backup share. The first failure, wherever it happens, ends
// everything: every later call throws it. So does a signal.
class PartUploads {
 public:
  PartUploads(const ArchivePlan& plan, std::size_t jobs);
  PartUploads(const PartUploads&) = delete;
  PartUploads& operator=(const PartUploads&) = delete;
  ~PartUploads() { stop(); }

  // An empty one, once one is free.
  std::unique_ptr<PartBuffer> borrow();
  // Sends it as the part of that number. The time it takes is added to `times`, to be read after wait().
  void send(const std::shared_ptr<ArchiveObject>& object, int number, std::unique_ptr<PartBuffer> part,
            const std::shared_ptr<TransferTimes>& times);
  void finish(const std::shared_ptr<ArchiveObject>& object);
  // The same as soon as all its parts have arrived, and `finished` then. No more of it may be sent.
  void finish_when_arrived(const std::shared_ptr<ArchiveObject>& object, std::function<void()> finished);
  void wait();  // until all that was sent has arrived

  void fail(std::exception_ptr failure);  // unless there was one before
  void check();                           // throws it
  // Drops what waits, and ends once what is being sent has arrived or failed.
  void stop();

 private:
  using Task = std::function<void(std::size_t worker)>;
  void add(Task task);
  void arrived(const std::shared_ptr<ArchiveObject>& object);
  static void finish_now(const ArchiveObject& object, const std::function<void()>& finished);
  void work(std::size_t worker);
  void run(const Task& task, std::size_t worker);
  void wait_until(std::unique_lock<std::mutex>& lock, const std::function<bool()>& holds);
  void give_back(std::unique_ptr<PartBuffer> part);

  const ArchivePlan plan_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> waiting_;
  std::vector<std::unique_ptr<PartBuffer>> free_;
  std::size_t made_ = 0;     // buffers
  std::size_t running_ = 0;  // tasks
  bool ended_ = false;
  std::atomic<bool> failed_ = false;
  std::exception_ptr failure_;
  ThreadGroup threads_;
};

}  // namespace barman::cloud
