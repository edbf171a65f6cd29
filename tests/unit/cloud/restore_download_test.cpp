#include "restore_download.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
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

TEST_F(Downloads, GiveTheRestWhereAStretchIsLeftOut) {
  std::minstd_rand random(11);
  const auto up_to = [&random](std::uint64_t most) { return random() % (most + 1); };
  int left_out = 0;
  for (int turn = 0; turn < 200; ++turn) {
    SCOPED_TRACE(turn);
    const std::uint64_t unit = 1 + up_to(2 * piece);
    Download download(store_, "key", content_.size(),
                      {.piece = unit, .connections = 1 + up_to(3), .ahead = 1 + up_to(4)});
    std::string all;
    while (all.size() < content_.size()) {
      std::string some(1 + up_to(piece), '\0');
      const std::size_t got = download.read(some);
      ASSERT_GT(got, 0U);
      all += some.substr(0, got);
      const std::uint64_t size = up_to(content_.size() - all.size());
      const auto stretch = download.leave_out(size, 512, piece);
      if (stretch.size == 0) continue;
      ++left_out;
      ASSERT_EQ(stretch.skipped + stretch.size, size);
      ASSERT_EQ(stretch.skipped % 512, 0U);
      ASSERT_GE(stretch.size, piece);
      std::string apart;
      for (std::uint64_t at = 0; at < stretch.size; at += piece)
        download.fetch(stretch.object_offset + at, std::min<std::uint64_t>(piece, stretch.size - at),
                       [&](std::string_view bytes) { apart += bytes; });
      std::string before(stretch.skipped, '\0');
      for (std::size_t filled = 0; filled < before.size();) {
        const std::size_t now = download.read(std::span(before).subspan(filled));
        ASSERT_GT(now, 0U);
        filled += now;
      }
      all += before + apart;
    }
    char more;
    EXPECT_EQ(download.read({&more, 1}), 0U);
    ASSERT_TRUE(all == content_);
  }
  EXPECT_GT(left_out, 100);
}

TEST_F(Downloads, LeaveNothingOutThatTheObjectDoesNotHave) {
  Download download(store_, "key", content_.size(), {.piece = piece, .connections = 1, .ahead = 1});
  EXPECT_EQ(download.leave_out(content_.size() + 1, 512, piece).size, 0U);
  EXPECT_EQ(download.leave_out(piece, 512, 2 * piece).size, 0U) << "less than is worth it";
  EXPECT_EQ(read_all(download), content_);
}

TEST_F(Downloads, NoticeThatTheObjectIsAnotherOneApart) {
  Download download(store_, "key", content_.size(), {.piece = piece, .connections = 1, .ahead = 1});
  char first;
  ASSERT_EQ(download.read({&first, 1}), 1U);
  const auto stretch = download.leave_out(content_.size() - 1, 512, piece);
  ASSERT_GT(stretch.size, piece);
  store_.put("key", store::Body::of(std::string(content_.size(), 'x')), {});
  EXPECT_THROW(download.fetch(stretch.object_offset, piece, [](std::string_view) {}), store::StoreError);
}

TEST_F(Downloads, TellOfWhatArrives) {
  std::atomic<std::size_t> arrived = 0;
  Download download(
      store_, "key", content_.size(),
      {.piece = piece, .connections = 3, .ahead = 4, .arrived = [&](std::size_t bytes) { arrived += bytes; }});
  read_all(download);
  EXPECT_EQ(arrived, content_.size());
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
