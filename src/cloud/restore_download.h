#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>

#include "barman/core/parallel.h"
#include "barman/core/rate_limit.h"
#include "barman/store/object_store.h"

namespace barman::cloud {

// One object from its first byte to its last, fetched in pieces over several connections. Memory: `ahead` pieces and
// the one that is being read.
class Download {
 public:
  struct Limits {
    std::uint64_t piece = 4 * 1024 * 1024;
    std::size_t connections = 4;
    std::size_t ahead = 8;
    RateLimit* rate = nullptr;  // of all downloads that share it; must outlive this
    // Told of bytes as they arrive, by any thread. What it throws ends the download.
    std::function<void(std::size_t)> arrived{};
  };
  using Take = std::function<void(std::string_view)>;

  Download(store::ObjectStore& store, std::string key, std::uint64_t size, const Limits& limits);
  ~Download() { ended_ = true; }  // what is under way is given up

  // 0 at the end only. Throws StoreError(damaged) where the object is not the same from piece to piece, or has another
  // size than the listing said.
  std::size_t read(std::span<char> buffer);

  // What is left out of what read() gives: the end of the bytes that it would have given next.
  struct Stretch {
    std::uint64_t skipped = 0;  // of those bytes: read() still gives them
    std::uint64_t object_offset = 0, size = 0;
  };
  // Leaves out of the next `size` bytes what no piece was begun for, from a multiple of `alignment` behind here on,
  // where that is at least `least` bytes. A stretch can be had without a copy in memory, and by larger requests.
  Stretch leave_out(std::uint64_t size, std::uint64_t alignment, std::uint64_t least);
  // Takes such bytes, in order. By any thread, also while others read.
  void fetch(std::uint64_t object_offset, std::uint64_t size, const Take& take) const;
  std::size_t connections() const { return limits_.connections; }

 private:
  struct Piece {
    std::uint64_t offset = 0;
    std::string bytes, etag;
  };
  struct Bytes {
    std::uint64_t begin = 0, end = 0;
    std::uint64_t size() const { return end - begin; }
  };
  Piece make(std::size_t number);
  Bytes piece(std::size_t number);
  Bytes next_piece();
  std::string get(const Bytes& wanted, const Take& take) const;
  [[noreturn]] void changed() const;

  store::ObjectStore& store_;
  const std::string key_;
  const std::uint64_t size_;
  const Limits limits_;
  Piece current_;
  std::size_t at_ = 0;  // in the current piece
  std::string etag_;
  std::atomic<bool> ended_ = false;

  // Which bytes a piece has is decided when it is begun, in the order of their numbers.
  std::mutex mutex_;
  std::map<std::size_t, Bytes> begun_;  // before their turn, for a thread that has not got here yet
  std::size_t numbered_ = 0;
  std::uint64_t next_ = 0;  // byte, of the next piece
  Bytes left_out_;          // the last stretch

  OrderedResults<Piece> pieces_;
};

}  // namespace barman::cloud
