#include "barman/codec/gpg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "barman/core/error.h"
#include "child_stage.h"
#include "samples.h"
#include "unit/failure_of.h"
#include "unit/gpg_home.h"

namespace barman::codec {
namespace {

using samples::noise;
using samples::wal_like;
using samples::Workspace;
using testing::HasSubstr;

class Encryption : public WithGpg<testing::Test> {
 protected:
  static Stage gpg(const std::string& recipient = GpgHome::key, const std::string& command = home_->command()) {
    Gpg settings{.recipient = recipient, .patience = std::chrono::seconds(60)};
    if (!command.empty()) settings.passphrase = std::make_shared<Passphrase>(command, "");
    return {.algorithm = Algorithm::gpg, .gpg = std::make_shared<const Gpg>(settings)};
  }
  static Stage packing(Algorithm algorithm) { return {.algorithm = algorithm, .level = "low"}; }

  Workspace work;
};

TEST_F(Encryption, RoundTripsAnySizeAloneAndBehindEveryCompression) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{700'001}}) {
    const std::string bytes = wal_like(size);
    const std::string alone = work.encoded(bytes, {gpg()});
    EXPECT_TRUE(looks_encrypted(alone));
    EXPECT_EQ(work.decoded(alone, {gpg()}), bytes) << size;
    EXPECT_EQ(work.decoded(alone, stored_encrypted(gpg().gpg)), bytes) << size;
  }
  for (const Algorithm algorithm : samples::in_process()) {
    const std::string bytes = wal_like(300'000);
    const std::string packed = work.encoded(bytes, {packing(algorithm), gpg()});
    EXPECT_TRUE(looks_encrypted(packed)) << name(algorithm);
    EXPECT_LT(packed.size(), bytes.size() * 9 / 10) << "compressed first";
    EXPECT_EQ(work.decoded(packed, {packing(algorithm), gpg()}), bytes) << name(algorithm);
    EXPECT_EQ(work.decoded(packed, stored_encrypted(gpg().gpg)), bytes) << "recognised, " << name(algorithm);
  }
}

TEST_F(Encryption, IsWhatTheProgramReadsAndReadsWhatItWrote) {
  const std::string bytes = noise(200'000);
  const std::string ours = work.put("ours", work.encoded(bytes, {gpg()}));
  EXPECT_EQ(GpgHome::run({"--passphrase", GpgHome::passphrase, "--decrypt", ours}), bytes);
  GpgHome::run({"--recipient", GpgHome::key, "--output", work.path("theirs"), "--encrypt", work.put("clear", bytes)});
  EXPECT_EQ(work.decoded(fs::read_file(work.path("theirs")), {gpg()}), bytes);
}

TEST_F(Encryption, RecognisesACustomFormatBelowItAndLeavesWhatIsNone) {
  const Stage settings{.algorithm = Algorithm::custom,
                       .custom_compression_filter = "printf MAGIC; cat",
                       .custom_decompression_filter = "tail -c +6",
                       .custom_magic = "MAGIC"};
  const std::string bytes = noise(100'000);
  EXPECT_EQ(work.decoded(work.encoded(bytes, {settings, gpg()}), stored_encrypted(gpg().gpg, settings)), bytes);
  EXPECT_EQ(work.decoded(work.encoded(bytes, {gpg()}), stored_encrypted(gpg().gpg, settings)), bytes);
  Stage no_magic = settings;
  no_magic.custom_magic.clear();
  EXPECT_EQ(work.decoded(work.encoded(bytes, {settings, gpg()}), stored_encrypted(gpg().gpg, no_magic)), bytes);
}

TEST_F(Encryption, GivesBackWhatHadBeenEncryptedBefore) {
  const std::string inner = work.encoded(wal_like(50'000), {gpg()});
  EXPECT_EQ(work.decoded(work.encoded(inner, {packing(Algorithm::zstd), gpg()}), stored_encrypted(gpg().gpg)), inner);
}

TEST_F(Encryption, NamesAKeyThatIsUnknownOrNotTrusted) {
  const Error unknown = failure_of([&] { work.encoded("x", {gpg("nobody@barman.test")}); });
  EXPECT_EQ(unknown.code(), Errc::config);
  EXPECT_THAT(unknown.what(), HasSubstr("cannot encrypt '"));
  EXPECT_THAT(unknown.what(), HasSubstr("gpg: nobody@barman.test: skipped: No"));
  EXPECT_THAT(unknown.hint(), HasSubstr("import the public key of encryption_key_id into the key ring in '"));
  const Error stranger = failure_of([&] {
    work.encoded(wal_like(900'000), {packing(Algorithm::gzip), gpg(GpgHome::untrusted)});
  });
  EXPECT_EQ(stranger.code(), Errc::config);
  EXPECT_THAT(stranger.what(), HasSubstr("There is no assurance this key belongs to the named user"));
  EXPECT_THAT(stranger.hint(), HasSubstr("is not trusted"));
  const Error none = failure_of([&] { work.encoded("x", {gpg("")}); });
  EXPECT_EQ(none.code(), Errc::config);
  EXPECT_THAT(none.what(), HasSubstr("encryption_key_id is unset"));
  EXPECT_FALSE(fs::exists(work.path("c.out"))) << "nothing is left of it";
}

TEST_F(Encryption, DoesNotTakeAWrongPassphraseForDamage) {
  const std::string packed = work.encoded(wal_like(200'000), {packing(Algorithm::gzip), gpg()});
  for (const Recipe& recipe :
       {Recipe{gpg(GpgHome::key, "echo wrong")}, stored_encrypted(gpg(GpgHome::key, "echo wrong").gpg)}) {
    const Error wrong = failure_of([&] { work.decoded(packed, recipe); });
    EXPECT_EQ(wrong.code(), Errc::config);
    EXPECT_THAT(wrong.what(), HasSubstr("cannot decrypt '"));
    EXPECT_THAT(wrong.what(), HasSubstr("Bad passphrase"));
    EXPECT_THAT(wrong.hint(), HasSubstr("encryption_passphrase_command"));
  }
  EXPECT_EQ(failure_of([&] { work.decoded(packed, {gpg(GpgHome::key, "")}); }).code(), Errc::config) << "without one";
}

TEST_F(Encryption, NamesTheSecretKeyThatIsMissing) {
  const std::string packed = work.encoded("x", {gpg()});
  const std::string address = work.path("public");
  GpgHome::run({"--output", address, "--export", GpgHome::key});
  const GpgHome other;
  other.forget_secret_key();
  const Error missing = failure_of([&] { work.decoded(packed, {gpg()}); });
  home_->use();
  EXPECT_EQ(missing.code(), Errc::config);
  EXPECT_THAT(missing.what(), HasSubstr("No secret key"));
  EXPECT_THAT(missing.hint(), HasSubstr("import the secret key "));
}

TEST_F(Encryption, SaysThatContentIsDamagedCutOrForeign) {
  const std::string packed = work.encoded(noise(900'000), {gpg()});
  std::string flipped = packed;
  flipped[500'000] = static_cast<char>(flipped[500'000] ^ 1);
  for (const std::string& bad : {flipped, packed.substr(0, 600'000), std::string("nothing of the kind")}) {
    EXPECT_EQ(failure_of([&] { work.decoded(bad, {gpg()}); }).code(), Errc::corrupt);
    EXPECT_EQ(failure_of([&] { work.decoded(bad, stored_encrypted(gpg().gpg)); }).code(), Errc::corrupt);
  }
}

TEST_F(Encryption, ShowsAWatchWhatIsEncryptedFromAFileAndFromAPipe) {
  const std::string bytes = "skipped" + noise(40'000);  // as much as a pipe holds
  for (const Recipe& recipe : {Recipe{gpg()}, Recipe{packing(Algorithm::zstd), gpg()}}) {
    for (const bool piped : {false, true}) {
      Pipe pipe;
      UniqueFd input = fs::open_file(work.put("bytes", bytes), O_RDONLY);
      ASSERT_EQ(::lseek(input.get(), 7, SEEK_SET), 7);
      if (piped) {
        fs::write_all(pipe.writing.get(), bytes.substr(7), "pipe");
        pipe.writing.reset();
        input = std::move(pipe.reading);
      }
      const UniqueFd out = fs::open_file(work.put("packed", ""), O_WRONLY);
      std::string seen;
      int ends = 0;
      encode(input.get(), out.get(), recipe, "bytes", [&](std::string_view piece) {
        seen += piece;
        ends += piece.empty() ? 1 : 0;
      });
      EXPECT_EQ(seen, bytes.substr(7));
      EXPECT_EQ(ends, 1);
      EXPECT_EQ(work.decoded(fs::read_file(work.path("packed")), recipe), seen);
    }
  }
}

TEST_F(Encryption, ComparesWhatIsEncryptedWithWhatIsNot) {
  const std::string bytes = wal_like(400'000);
  std::string other = bytes;
  other.back() = static_cast<char>(other.back() ^ 1);
  const std::string stored = work.put("stored", work.encoded(bytes, {packing(Algorithm::zstd), gpg()}));
  EXPECT_TRUE(same_content(work.put("a", bytes), {}, stored, stored_encrypted(gpg().gpg)));
  EXPECT_FALSE(same_content(work.put("b", other), {}, stored, stored_encrypted(gpg().gpg)));
  EXPECT_FALSE(same_content(work.put("c", noise(400'000)), {}, stored, stored_encrypted(gpg().gpg)));
}

TEST_F(Encryption, WorksInManyThreadsWithOnePassphrase) {
  const std::string count = work.path("count");
  const Stage stage = gpg(GpgHome::key, "echo once >>'" + count + "'; " + home_->command());
  const std::string packed = work.put("packed", work.encoded(wal_like(100'000), {stage}));
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&, i] { decode_file(packed, work.path("out" + std::to_string(i)), {stage}); });
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 6; ++i) EXPECT_EQ(fs::read_file(work.path("out" + std::to_string(i))), wal_like(100'000));
  EXPECT_EQ(fs::read_file(count), "once\n");
}

TEST_F(Encryption, SaysThatThereIsNoGpg) {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nonexistent", 1);
  const Error missing = failure_of([&] { work.encoded("x", {gpg()}); });
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(missing.code(), Errc::config);
  EXPECT_THAT(missing.what(), HasSubstr("gpg not in PATH"));
  EXPECT_THAT(missing.hint(), HasSubstr("install gnupg"));
}

TEST_F(Encryption, EndsAGpgThatDoesNothing) {
  const std::string place = work.path("bin");
  fs::make_directories(place);
  work.put("bin/gpg", "#!/bin/sh\nexec sleep 100\n");
  ASSERT_EQ(::chmod(work.path("bin/gpg").c_str(), 0755), 0);
  const Gpg settings{.recipient = "x", .search_path = place, .patience = std::chrono::milliseconds(200)};
  const Stage stage{.algorithm = Algorithm::gpg, .gpg = std::make_shared<const Gpg>(settings)};
  const Error hung = failure_of([&] { work.encoded(noise(900'000), {packing(Algorithm::gzip), stage}); });
  EXPECT_EQ(hung.code(), Errc::timeout);
  EXPECT_THAT(hung.what(), HasSubstr("nothing moved"));
}

TEST(APassphrase, IsTheFirstLineWithoutBlanksAround) {
  EXPECT_EQ(Passphrase("printf ' two words \\n\\n'", "").get().view(), "two words");
  EXPECT_EQ(Passphrase("exec printf no-newline", "").get().view(), "no-newline");
}

TEST(APassphrase, FailsWithTheWordsOfItsCommandOnce) {
  const Workspace work;
  Passphrase failing("echo x >>'" + work.path("runs") + "'; echo 'vault is sealed' >&2; exit 3", "");
  for (int i = 0; i < 2; ++i) {
    const Error failure = failure_of([&] { failing.get(); });
    EXPECT_EQ(failure.code(), Errc::config);
    EXPECT_STREQ(failure.what(), "encryption_passphrase_command: it failed: vault is sealed");
  }
  EXPECT_EQ(fs::read_file(work.path("runs")), "x\n");
  Passphrase silent("true", "");
  EXPECT_STREQ(failure_of([&] { silent.get(); }).what(), "encryption_passphrase_command: it printed nothing");
  Passphrase endless("head -c 50000 /dev/zero | tr '\\0' x", "");
  EXPECT_THAT(failure_of([&] { endless.get(); }).what(), HasSubstr("more than"));
}

TEST(APassphrase, IsOneForOneCommand) {
  EXPECT_EQ(Passphrase::from("echo a"), Passphrase::from("echo a"));
  EXPECT_NE(Passphrase::from("echo a"), Passphrase::from("echo b"));
}

TEST(APassphrase, IsWaitedForNoLongerThanItsCommandRuns) {
  EXPECT_EQ(Passphrase("sleep 5 & echo there", "").get().view(), "there") << "what it leaves behind holds the pipe";
}

}  // namespace
}  // namespace barman::codec
