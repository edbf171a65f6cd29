#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
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
  };
  Download(store::ObjectStore& store, std::string key, std::uint64_t size, const Limits& limits);
  ~Download() { ended_ = true; }  // what is under way is given up

  // 0 at the end only. Throws StoreError(damaged) where the object is not the same from piece to piece, or has another
  // size than the listing said.
  std::size_t read(std::span<char> buffer);

 private:
  struct Piece {
    std::string bytes, etag;
  };
  Piece fetch(std::size_t number) const;
  [[noreturn]] void changed() const;

  store::ObjectStore& store_;
  const std::string key_;
  const std::uint64_t size_;
  const Limits limits_;
  Piece current_;
  std::size_t at_ = 0;  // in the current piece
  std::string etag_;
  std::atomic<bool> ended_ = false;
  OrderedResults<Piece> pieces_;
};

}  // namespace barman::cloud
