#include "restore_download.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "barman/fs/file.h"
#include "failing_store.h"

namespace barman::cloud {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t piece = 64 * 1024;

class Downloads : public testing::Test {
 protected:
  Downloads() {
    for (std::size_t i = 0; i < 16 * piece + 5; ++i) content_ += static_cast<char>(i % 251);
    store_.put("key", store::Body::of(content_), {});
  }
  std::string read_all(Download& download) const {
    std::string all;
    std::vector<char> buffer(100'000);
    while (const std::size_t got = download.read(buffer)) all.append(buffer.data(), got);
    return all;
  }
  // Whether so many pieces are asked for, though nobody reads any.
  bool are_asked_for(int pieces, milliseconds limit) const {
    for (milliseconds waited{0}; store_.gets < pieces && waited < limit; waited += milliseconds(10))
      std::this_thread::sleep_for(milliseconds(10));
    return store_.gets >= pieces;
  }
  fs::TemporaryDirectory directory_{"barman-download-test"};
  FailingStore store_{directory_.path()};
  std::string content_;
};

TEST_F(Downloads, GiveTheObjectBack) {
  Download download(store_, "key", content_.size(), {.piece = piece, .connections = 3, .ahead = 4});
  EXPECT_TRUE(are_asked_for(4, milliseconds(30'000))) << "ahead of whoever reads";
  EXPECT_EQ(read_all(download), content_);
}

TEST_F(Downloads, KeepToTheirRateAlsoAheadOfWhoeverReads) {
  RateLimit rate(2 * piece);  // a second
  const auto begin = RateLimit::Clock::now();
  Download download(store_, "key", content_.size(), {.piece = piece, .connections = 3, .ahead = 8, .rate = &rate});
  EXPECT_FALSE(are_asked_for(7, milliseconds(500))) << "three connections, and one piece more in that time";
  std::vector<char> buffer(3 * piece);
  for (std::size_t got = 0; got < 3 * piece;) got += download.read(std::span(buffer).subspan(got));
  EXPECT_GE(RateLimit::Clock::now() - begin, milliseconds(1000)) << "the first one passes at once";
}

}  // namespace
}  // namespace barman::cloud
