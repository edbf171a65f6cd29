#include "archive_parts.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "backup_logger.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/signals.h"

namespace barman::cloud {
namespace {

constexpr std::chrono::milliseconds look_for_signals{100};

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// What is sent goes after who may still be reading it.
struct SentPart {
  explicit SentPart(std::unique_ptr<PartBuffer> its_part)
      : part(std::move(its_part)), body(store::Body::of(part->content())) {}
  std::unique_ptr<PartBuffer> part;
  store::Body body;
};

}  // namespace

std::size_t PartBuffer::append(std::string_view bytes) {
  const std::size_t now = std::min(bytes.size(), size_ - filled_);
  if (bytes.data() != bytes_.get() + filled_) std::memcpy(bytes_.get() + filled_, bytes.data(), now);
  filled_ += now;
  return now;
}

void TransferTimes::add(double from, double to) {
  begin = begin == 0 ? from : std::min(begin, from);
  end = std::max(end, to);
  sum += to - from;
}

PartUploads::PartUploads(const ArchivePlan& plan, std::size_t jobs) : plan_(plan) {
  // More threads than buffers would have nothing to send.
  for (std::size_t worker = 0; worker < std::min(jobs, plan.buffers); ++worker)
    if (!threads_.start([this, worker] { work(worker); })) break;
}

void PartUploads::check() {
  if (!failed_) return;
  const std::lock_guard lock(mutex_);
  std::rethrow_exception(failure_);
}

void PartUploads::wait_until(std::unique_lock<std::mutex>& lock, const std::function<bool()>& holds) {
  while (!failure_ && !holds()) {
    changed_.wait_for(lock, look_for_signals);
    signals::throw_if_pending();
  }
  if (failure_) std::rethrow_exception(failure_);
}

std::unique_ptr<PartBuffer> PartUploads::borrow() {
  std::unique_lock lock(mutex_);
  wait_until(lock, [&] { return !free_.empty() || made_ < plan_.buffers; });
  if (free_.empty()) {
    ++made_;
    return std::make_unique<PartBuffer>(plan_.part_size);
  }
  std::unique_ptr<PartBuffer> part = std::move(free_.back());
  free_.pop_back();
  return part;
}

void PartUploads::give_back(std::unique_ptr<PartBuffer> part) {
  part->clear();
  const std::lock_guard lock(mutex_);
  free_.push_back(std::move(part));
}

void PartUploads::send(const std::shared_ptr<ArchiveObject>& object, int number, std::unique_ptr<PartBuffer> part,
                       const std::shared_ptr<TransferTimes>& times) {
  const auto sent = std::make_shared<SentPart>(std::move(part));  // std::function wants what can be copied
  sent->body.begin_checksums(plan_.checksums);                    // while it waits for its turn
  {
    const std::lock_guard lock(mutex_);
    ++object->on_their_way;
  }
  add([this, object, number, times, sent](std::size_t worker) {
    log::info(logger, "Uploading '{}', part '{}' (worker {})", object->key, number, worker);
    const double begun = seconds_now();
    object->upload->put_part(number, sent->body);
    sent->body = {};
    give_back(std::move(sent->part));
    {
      const std::lock_guard lock(mutex_);
      times->add(begun, seconds_now());
    }
    arrived(object);
  });
}

void PartUploads::arrived(const std::shared_ptr<ArchiveObject>& object) {
  std::function<void()> finished;
  {
    const std::lock_guard lock(mutex_);
    if (--object->on_their_way == 0) finished = std::exchange(object->when_arrived, nullptr);
  }
  if (finished) finish_now(*object, finished);
}

void PartUploads::finish_now(const ArchiveObject& object, const std::function<void()>& finished) {
  log::info(logger, "Completing '{}'", object.key);
  object.upload->finish();
  finished();
}

void PartUploads::finish(const std::shared_ptr<ArchiveObject>& object) {
  add([object](std::size_t worker) {
    log::info(logger, "Completing '{}' (worker {})", object->key, worker);
    object->upload->finish();
  });
}

void PartUploads::finish_when_arrived(const std::shared_ptr<ArchiveObject>& object, std::function<void()> finished) {
  {
    const std::lock_guard lock(mutex_);
    if (object->on_their_way > 0) {
      object->when_arrived = std::move(finished);
      return;
    }
  }
  add([object, finished = std::move(finished)](std::size_t) { finish_now(*object, finished); });
}

void PartUploads::add(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_) std::rethrow_exception(failure_);
    if (!threads_.empty()) {
      waiting_.push_back(std::move(task));
      changed_.notify_all();
      return;
    }
  }
  task(0);
}

void PartUploads::wait() {
  std::unique_lock lock(mutex_);
  wait_until(lock, [&] { return waiting_.empty() && running_ == 0; });
}

void PartUploads::fail(std::exception_ptr failure) {
  const std::lock_guard lock(mutex_);
  if (failure_) return;
  failure_ = std::move(failure);
  failed_ = true;
  waiting_.clear();
  changed_.notify_all();
}

void PartUploads::stop() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  threads_.join();
}

void PartUploads::run(const Task& task, std::size_t worker) {
  try {
    task(worker);
  } catch (...) {
    fail(std::current_exception());
  }
}

void PartUploads::work(std::size_t worker) {
  log::info(logger, "Upload process started (worker {})", worker);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
    if (waiting_.empty()) break;
    const Task task = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_;
    lock.unlock();
    run(task, worker);
    lock.lock();
    --running_;
    changed_.notify_all();
  }
  lock.unlock();
  log::info(logger, "Upload process stopped (worker {})", worker);
}

}  // namespace barman::cloud
