#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "samples.h"
#include "stage.h"

namespace barman::codec {
namespace {

using samples::from_hex;
using samples::noise;
using samples::wal_like;
using samples::Workspace;
using testing::HasSubstr;

std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::corrupt);
    return error.what();
  }
  return {};
}

class EachCodec : public testing::TestWithParam<Algorithm> {
 protected:
  Stage settings(std::string level = "low") const { return {.algorithm = GetParam(), .level = std::move(level)}; }
  Workspace work;
};

TEST_P(EachCodec, RoundTripsAnySize) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65535}, std::size_t{65536},
                                 std::size_t{65537}, std::size_t{700'001}}) {
    const std::string bytes = wal_like(size);
    const std::string packed = work.compressed(bytes, settings());
    EXPECT_EQ(detect(packed), GetParam() == Algorithm::pygzip || GetParam() == Algorithm::pigz ? Algorithm::gzip
                              : GetParam() == Algorithm::pybzip2                               ? Algorithm::bzip2
                                                                                               : GetParam());
    EXPECT_EQ(work.decompressed(packed, GetParam()), bytes) << size;
  }
}

TEST_P(EachCodec, KeepsWhatDoesNotCompress) {
  const std::string bytes = noise(300'000);
  const std::string packed = work.compressed(bytes, settings());
  EXPECT_LT(packed.size(), bytes.size() + bytes.size() / 50 + 100);
  EXPECT_EQ(work.decompressed(packed, GetParam()), bytes);
}

TEST_P(EachCodec, AcceptsTheEndsOfItsLevels) {
  const auto range = level_range(GetParam());
  if (!range) return;
  const std::string bytes = wal_like(20'000);
  for (const int level : {range->min, range->medium, range->max})
    EXPECT_EQ(work.decompressed(work.compressed(bytes, settings(std::to_string(level))), GetParam()), bytes) << level;
}

TEST_P(EachCodec, ReadsFromAndWritesToPipes) {
  const std::string bytes = wal_like(400'000);
  int in[2], out[2];
  ASSERT_EQ(::pipe(in), 0);
  ASSERT_EQ(::pipe(out), 0);
  std::thread feeder([&] {
    fs::write_all(in[1], bytes, "pipe");
    ::close(in[1]);
  });
  std::thread worker([&] {
    encode(in[0], out[1], {settings()}, "pipe");
    ::close(out[1]);
  });
  int back[2];
  ASSERT_EQ(::pipe(back), 0);
  std::thread unpacker([&] {
    decode(out[0], back[1], stored_as(GetParam()), "pipe");
    ::close(back[1]);
  });
  std::string got;
  std::vector<char> buffer(64 * 1024);
  while (const std::size_t count = fs::read_some(back[0], buffer, "pipe")) got.append(buffer.data(), count);
  feeder.join();
  worker.join();
  unpacker.join();
  for (const int fd : {in[0], out[0], back[0]}) ::close(fd);
  EXPECT_EQ(got, bytes);
}

TEST_P(EachCodec, StartsAtThePositionOfTheDescriptor) {
  const std::string path = work.put("in", "skipped" + wal_like(5000));
  const UniqueFd in = fs::open_file(path, O_RDONLY);
  ASSERT_EQ(::lseek(in.get(), 7, SEEK_SET), 7);
  {
    const UniqueFd out = fs::open_file(work.path("out"), O_WRONLY | O_CREAT);
    encode(in.get(), out.get(), {settings()}, path);
  }
  EXPECT_EQ(work.decompressed(fs::read_file(work.path("out")), GetParam()), wal_like(5000));
}

TEST_P(EachCodec, SaysThatAStreamIsCut) {
  const std::string packed = work.compressed(wal_like(200'000), settings());
  for (const std::size_t size : {packed.size() - 1, packed.size() / 2, std::size_t{12}}) {
    const std::string text = message_of([&] { work.decompressed(packed.substr(0, size), GetParam()); });
    EXPECT_THAT(text, HasSubstr("truncated")) << size << " of " << packed.size();
    EXPECT_THAT(text,
                HasSubstr("cannot decompress '" + work.path("d.in") + "' (" + std::string(name(GetParam())) + ")"));
    EXPECT_FALSE(fs::exists(work.path("d.out")));
  }
}

TEST_P(EachCodec, SaysThatAStreamIsEmpty) {
  EXPECT_THAT(message_of([&] { work.decompressed("", GetParam()); }), HasSubstr("empty"));
}

TEST_P(EachCodec, NoticesEveryDamagedByteOfTheContent) {
  const std::string bytes = wal_like(3000);
  const std::string packed = work.compressed(bytes, settings());
  int undetected = 0;
  for (std::size_t at = 0; at < packed.size(); at += 7) {
    std::string damaged = packed;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x24);
    try {
      // A header may carry bits that mean nothing; what is delivered must then still be right.
      if (work.decompressed(damaged, GetParam()) != bytes) ++undetected;
    } catch (const Error&) {
    }
  }
  EXPECT_EQ(undetected, 0);
}

TEST_P(EachCodec, RefusesAnotherFormat) {
  EXPECT_THROW(work.decompressed("This is not what the codec reads, by any means.", GetParam()), Error);
}

TEST_P(EachCodec, ReadsStreamsOneAfterTheOther) {
  const std::string first = wal_like(70'000, 1), second = wal_like(80'000, 2);
  EXPECT_EQ(work.decompressed(work.compressed(first, settings()) + work.compressed(second, settings()), GetParam()),
            first + second);
}

TEST_P(EachCodec, TakesWhatFollowsTheStreamForDamage) {
  if (GetParam() == Algorithm::snappy) return;  // a chunk format: what follows is one more chunk
  const std::string bytes = wal_like(90'000);
  const std::string packed = work.compressed(bytes, settings());
  EXPECT_THROW(work.decompressed(packed + "something else", GetParam()), Error);
  EXPECT_THROW(work.decompressed(packed + std::string(300'000, 'x'), GetParam()), Error);
  EXPECT_EQ(work.decompressed(packed + std::string(512, '\0'), GetParam()), bytes) << "padding is none";
}

TEST_P(EachCodec, ShowsAWatchWhatItPassesOn) {
  const std::string bytes = wal_like(300'000);
  const std::string packed = work.put("packed", work.compressed(bytes, settings()));
  std::string seen;
  int ends = 0;
  decode_file(packed, work.path("to"), stored_as(GetParam()), [&](std::string_view piece) {
    seen += piece;
    ends += piece.empty() ? 1 : 0;
  });
  EXPECT_EQ(seen, bytes);
  EXPECT_EQ(ends, 1);
  fs::remove_file(work.path("to"));
  EXPECT_THROW(decode_file(packed, work.path("to"), stored_as(GetParam()),
                           [](std::string_view) { throw Error(Errc::corrupt, "no"); }),
               Error);
  EXPECT_FALSE(fs::exists(work.path("to")));
}

TEST_P(EachCodec, ShowsAWatchWhatItEncodes) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{300'000}}) {
    const std::string bytes = wal_like(size);
    const UniqueFd in = fs::open_file(work.put("bytes", bytes), O_RDONLY);
    const UniqueFd out = fs::open_file(work.put("packed", ""), O_WRONLY);
    std::string seen;
    int ends = 0;
    encode(in.get(), out.get(), {settings()}, "bytes", [&](std::string_view piece) {
      seen += piece;
      ends += piece.empty() ? 1 : 0;
    });
    EXPECT_EQ(seen, bytes);
    EXPECT_EQ(ends, 1);
    EXPECT_EQ(work.decompressed(fs::read_file(work.path("packed")), GetParam()), bytes);
  }
}

TEST_P(EachCodec, ComparesContents) {
  const std::string bytes = wal_like(300'000);
  std::string other = bytes;
  other.back() = static_cast<char>(other.back() + 1);
  const Recipe recipe = stored_as(GetParam());
  const std::string packed = work.put("packed", work.compressed(bytes, settings()));
  const std::string plain = work.put("plain", bytes);
  const std::string different = work.put("different", other);
  const std::string shorter = work.put("shorter", bytes.substr(0, bytes.size() - 1));
  EXPECT_TRUE(same_content(packed, recipe, plain, {}));
  EXPECT_TRUE(same_content(plain, {}, packed, recipe));
  EXPECT_TRUE(same_content(packed, recipe, packed, recipe));
  EXPECT_FALSE(same_content(packed, recipe, different, {}));
  EXPECT_FALSE(same_content(packed, recipe, shorter, {}));
  EXPECT_FALSE(same_content(plain, {}, shorter, {}));
}

INSTANTIATE_TEST_SUITE_P(Codecs, EachCodec, testing::ValuesIn(samples::in_process()),
                         [](const auto& row) { return std::string(name(row.param)); });

// Streams written by the codecs of Python (and by python-snappy) for 224 bytes of text.
std::string golden_text() {
  std::string text;
  for (int i = 0; i < 8; ++i) text += "record " + std::to_string(i) + " of the golden file\n";
  return text;
}
struct ForeignCase {
  const char* label;
  Algorithm algorithm;
  std::string_view hex;
};
class Foreign : public testing::TestWithParam<ForeignCase> {};
TEST_P(Foreign, StreamIsRead) {
  const Workspace work;
  EXPECT_EQ(work.decompressed(from_hex(GetParam().hex), GetParam().algorithm), golden_text());
}
INSTANTIATE_TEST_SUITE_P(
    Golden, Foreign,
    testing::Values(
        ForeignCase{
            "snappy", Algorithm::snappy,
            "ff060000734e6150705900480000bf8c985ae0016c7265636f72642030206f662074686520676f6c64656e2066696c650a0d1c00"
            "316a1c0000326a1c0000336a1c0000346a1c0000356a1c0000366a1c0000374e1c00"},
        ForeignCase{
            "gzip", Algorithm::gzip,
            "1f8b08000000000002032b4a4dce2f4a513050c84f5328c9485548cfcf4949cd5348cbcc49e52a82c819e29133c223678c47ce"
            "048f9c291e39333c72e6d8e400f1d20915e0000000"},
        ForeignCase{
            "bzip2", Algorithm::bzip2,
            "425a6839314159265359552008b00000685980001040007f800fe5940020007051a32068d32340aaa068c8f5007a90207830119"
            "e95b6bb470371a8f87a1e0c0723e19848a8c448b0a09122824643f177245385090552008b00"},
        ForeignCase{
            "xz", Algorithm::xz,
            "fd377a585a000004e6d6b4460200210116000000742fe5a3e000df00355d0039194891b1a3b6c86ed839931068d946d88673c09"
            "f4de54c4a0eb151223603b5a4b05d1fb17f2c772e985221656fb8a10ebf873b0000000000afb83b83deeb9dbc000151e0010000"
            "0035afef94b1c467fb020000000004595a"},
        ForeignCase{
            "lz4", Algorithm::lz4,
            "04224d186840e0000000000000004348000000f30d7265636f72642030206f662074686520676f6c64656e2066696c650a1c001f"
            "311c00081f321c00081f331c00081f341c00081f351c00081f361c00081b371c005066696c650a00000000"},
        ForeignCase{
            "zstd", Algorithm::zstd,
            "28b52ffd20e0c5010034027265636f72642030206f662074686520676f6c64656e2066696c650a3132333435363708008016101e08"
            "1908058407420682e0dde904"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(Gzip, HandlesFilesAboveTheWholeFileLimit) {
  const Workspace work;
  const Stage settings{.algorithm = Algorithm::gzip, .level = "1"};
  const std::string bytes(17 * 1024 * 1024, 'w');
  EXPECT_EQ(work.decompressed(work.compressed(bytes, settings), Algorithm::gzip), bytes);
}

TEST(Gzip, DoesNotTrustALyingTrailer) {
  const Workspace work;
  std::string packed = work.compressed(wal_like(4000), {.algorithm = Algorithm::gzip});
  packed.replace(packed.size() - 4, 4, from_hex("ffffff7f"));
  EXPECT_THAT(message_of([&] { work.decompressed(packed, Algorithm::gzip); }), HasSubstr("incorrect length check"));
}

TEST(Gzip, IgnoresZeroPadding) {
  const Workspace work;
  const std::string packed = work.compressed("content", {.algorithm = Algorithm::gzip});
  EXPECT_EQ(work.decompressed(packed + std::string(1000, '\0'), Algorithm::gzip), "content");
}

TEST(Snappy, SkipsPaddingAndReservedChunksButNotUnknownOnes) {
  const Workspace work;
  const std::string packed = work.compressed("content", {.algorithm = Algorithm::snappy});
  EXPECT_EQ(work.decompressed(packed + from_hex("fe030000000000") + from_hex("80010000aa"), Algorithm::snappy),
            "content");
  EXPECT_THAT(message_of([&] { work.decompressed(packed + from_hex("0201000000"), Algorithm::snappy); }),
              HasSubstr("unknown chunk type 2"));
}

TEST(Recompress, ChangesTheCodecInOnePass) {
  const Workspace work;
  const std::string bytes = wal_like(100'000);
  const UniqueFd in =
      fs::open_file(work.put("a.zst", work.compressed(bytes, {.algorithm = Algorithm::zstd})), O_RDONLY);
  {
    const UniqueFd out = fs::open_file(work.path("a.bz2"), O_WRONLY | O_CREAT);
    transcode(in.get(), out.get(), stored_as(Algorithm::zstd), stored_as(Algorithm::bzip2), "a.zst");
  }
  EXPECT_EQ(work.decompressed(fs::read_file(work.path("a.bz2")), Algorithm::bzip2), bytes);
}

class Custom : public testing::Test {
 protected:
  Stage settings{.algorithm = Algorithm::custom,
                 .custom_compression_filter = "tr a-z b-za | cat",
                 .custom_decompression_filter = "tr b-za a-z"};
  Workspace work;
};

TEST_F(Custom, RunsTheFiltersThroughAShell) {
  EXPECT_EQ(work.compressed("hello world", settings), "ifmmp xpsme");
  EXPECT_EQ(work.decompressed("ifmmp xpsme", Algorithm::custom, settings), "hello world");
}

TEST_F(Custom, ComparesWithoutATemporaryFile) {
  EXPECT_TRUE(same_content(work.put("a", "ifmmp"), {settings}, work.put("b", "hello"), {}));
  EXPECT_FALSE(
      same_content(work.put("c", std::string(500'000, 'b')), {settings}, work.put("d", std::string(500'000, 'b')), {}));
}

TEST_F(Custom, TellsTheFiltersOwnWords) {
  settings.custom_compression_filter = "echo no room >&2; exit 3";
  const std::string text = message_of([&] { work.compressed("x", settings); });
  EXPECT_THAT(text, HasSubstr("no room"));
  EXPECT_FALSE(fs::exists(work.path("c.out")));
  settings.custom_decompression_filter = "cat; exit 4";
  EXPECT_THAT(message_of([&] { work.decompressed("x", Algorithm::custom, settings); }), HasSubstr("exit 4"));
}

TEST_F(Custom, AsksForAMissingFilter) {
  settings.custom_compression_filter.clear();
  try {
    work.compressed("x", settings);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::config);
    EXPECT_THAT(error.what(), HasSubstr("custom_compression_filter"));
  }
}

// Stages one behind the other: the last one applied is the first one undone.
class Chain : public testing::Test {
 protected:
  static void SetUpTestSuite() { signals::install(); }  // a child may read less than it is offered: no SIGPIPE
  // A byte is written as another one, in place of encryption.
  Stage disguise{.algorithm = Algorithm::custom,
                 .custom_compression_filter = "tr '\\000-\\377' '\\001-\\377\\000'",
                 .custom_decompression_filter = "tr '\\001-\\377\\000' '\\000-\\377'"};
  Stage gzip{.algorithm = Algorithm::gzip};
  std::string bytes = wal_like(1'000'000);
  Workspace work;
};

TEST_F(Chain, CompressesAndThenDisguises) {
  const Recipe recipe{gzip, disguise};
  const std::string stored = work.encoded(bytes, recipe);
  EXPECT_EQ(detect(stored), std::nullopt);
  EXPECT_EQ(detect(work.decoded(stored, {disguise})), Algorithm::gzip);
  EXPECT_EQ(work.decoded(stored, recipe), bytes);
}

TEST_F(Chain, DisguisesAndThenCompresses) {
  const Recipe recipe{disguise, gzip};
  const std::string stored = work.encoded(bytes, recipe);
  EXPECT_EQ(detect(stored), Algorithm::gzip);
  EXPECT_NE(work.decoded(stored, {gzip}), bytes);
  EXPECT_EQ(work.decoded(stored, recipe), bytes);
}

TEST_F(Chain, MayBeAsLongAsWanted) {
  const Recipe recipe{disguise, {.algorithm = Algorithm::zstd}, disguise, disguise, {.algorithm = Algorithm::lz4}};
  EXPECT_EQ(work.decoded(work.encoded(bytes, recipe), recipe), bytes);
  EXPECT_EQ(work.decoded(work.encoded("", recipe), recipe), "");
}

TEST_F(Chain, OfNoStageKeepsContentAsItIs) {
  EXPECT_EQ(work.encoded(bytes, {}), bytes);
  EXPECT_EQ(work.decoded(bytes, {}), bytes);
}

TEST_F(Chain, IsTranscodedIntoAnotherInOnePass) {
  const std::string stored = work.put("stored", work.encoded(bytes, {gzip, disguise}));
  const Recipe other{{.algorithm = Algorithm::xz, .level = "1"}, disguise};
  {
    const UniqueFd in = fs::open_file(stored, O_RDONLY);
    const UniqueFd out = fs::open_file(work.path("other"), O_WRONLY | O_CREAT);
    transcode(in.get(), out.get(), {gzip, disguise}, other, "stored");
  }
  EXPECT_EQ(work.decoded(fs::read_file(work.path("other")), other), bytes);
  EXPECT_TRUE(same_content(stored, {gzip, disguise}, work.path("other"), other));
}

TEST_F(Chain, TakesAndGivesPieces) {
  const Recipe recipe{gzip, disguise};
  std::string stored;
  StreamEncoder encoder(recipe, "pieces", [&](std::string_view piece) { stored += piece; });
  for (std::size_t at = 0; at < bytes.size(); at += 12'345) encoder.write(std::string_view(bytes).substr(at, 12'345));
  encoder.finish();
  const UniqueFd in = fs::open_file(work.put("stored", stored), O_RDONLY);
  StreamDecoder decoder(in.get(), recipe, "pieces");
  std::string got;
  std::vector<char> buffer(54'321);
  while (const std::size_t size = decoder.read(buffer)) got.append(buffer.data(), size);
  EXPECT_EQ(got, bytes);
}

// What reads one member, or frame, and no more gets everything.
class Workers : public testing::TestWithParam<std::size_t> {};

TEST_P(Workers, MakeOneGzipMember) {
  std::string content;
  for (std::size_t i = 0; content.size() < GetParam(); ++i) content += std::to_string(i * i);
  content.resize(GetParam());
  Stage stage{.algorithm = Algorithm::gzip};
  stage.workers = 3;
  std::string stored;
  StreamEncoder encoder({stage}, "workers", [&](std::string_view piece) { stored += piece; });
  for (std::size_t at = 0; at < content.size(); at += 100'001)
    encoder.write(std::string_view(content).substr(at, 100'001));
  encoder.finish();
  const auto whole = gunzip_whole(stored, content.size());
  ASSERT_TRUE(whole);
  EXPECT_TRUE(whole->view() == content);
}

INSTANTIATE_TEST_SUITE_P(Sizes, Workers,
                         testing::Values(0, 1, 512 * 1024 - 1, 512 * 1024, 512 * 1024 + 1, 5 * 1024 * 1024 + 7));

TEST_F(Chain, DecodesWhatAFunctionReads) {
  const std::string stored = work.encoded(bytes, {gzip, disguise});
  std::size_t at = 0;
  StreamDecoder decoder(
      [&](std::span<char> buffer) {
        const std::size_t got = stored.copy(buffer.data(), std::min<std::size_t>(buffer.size(), 1000), at);
        at += got;
        return got;
      },
      {gzip, disguise}, "function");
  std::string got;
  std::vector<char> buffer(54'321);
  while (const std::size_t size = decoder.read(buffer)) got.append(buffer.data(), size);
  EXPECT_EQ(got, bytes);
}

TEST_F(Chain, FailsWithAnyOfItsStages) {
  const std::string stored = work.encoded(bytes, {gzip, disguise});
  EXPECT_THAT(message_of([&] {
                work.decoded(stored.substr(0, stored.size() / 2), {gzip, disguise});
              }),
              HasSubstr("' (gzip, custom): it is truncated"));
  EXPECT_FALSE(fs::exists(work.path("d.out")));
  disguise.custom_compression_filter = "cat; echo no key >&2; exit 5";
  EXPECT_THAT(message_of([&] { work.encoded(bytes, {gzip, disguise}); }), HasSubstr("no key"));
  EXPECT_THAT(message_of([&] { work.encoded(bytes, {disguise, gzip}); }), HasSubstr("no key"));
  disguise.custom_compression_filter = "exit 6";
  EXPECT_THAT(message_of([&] { work.encoded(bytes, {gzip, disguise}); }), HasSubstr("exit 6")) << "it reads nothing";
  disguise.custom_decompression_filter = "head -c 1000; echo enough >&2; exit 7";
  EXPECT_THAT(message_of([&] { work.decoded(work.encoded(bytes, {gzip}), {disguise, gzip}); }), HasSubstr("enough"));
}

TEST(Files, TargetIsPrivateAndMustNotExist) {
  const Workspace work;
  const std::string source = work.put("s", "content");
  encode_file(source, work.path("t"), stored_as(Algorithm::gzip));
  EXPECT_EQ(fs::stat_if_exists(work.path("t"))->st_mode & 0777U, 0600U);
  EXPECT_THROW(encode_file(source, work.path("t"), stored_as(Algorithm::gzip)), Error);
  EXPECT_TRUE(fs::exists(work.path("t"))) << "somebody else's file must stay";
  EXPECT_THROW(encode_file(work.path("missing"), work.path("u"), stored_as(Algorithm::gzip)), Error);
  EXPECT_FALSE(fs::exists(work.path("u")));
}

}  // namespace
}  // namespace barman::codec
