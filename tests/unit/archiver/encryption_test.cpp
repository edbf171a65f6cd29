#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/xattr.h>

#include "archiver_fixture.h"
#include "barman/archiver/archive_wal.h"
#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "unit/gpg_home.h"

namespace barman::archiver {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

class EncryptedWal : public WithGpg<ArchiverFixture> {
 protected:
  EncryptedWal() {
    config.compression = "zstd";
    config.encryption = "gpg";
    config.encryption_key_id = GpgHome::key;
  }
  void give_passphrase() { config.encryption_passphrase_command = home_->command(); }
  std::string sent(const std::string& name, const archive::Delivery& delivery = {}) {
    const std::string to = path("sent");
    {
      const UniqueFd out = fs::open_file(to, O_WRONLY | O_CREAT | O_TRUNC);
      archive::WalArchive(config, locks).open(name, false)->send(out.get(), delivery);
    }
    return fs::read_file(to);
  }
  std::string columns(const std::string& wal) const {
    for (const std::string& line : split(index(), '\n'))
      if (line.starts_with(wal + '\t')) return line.substr(line.rfind('\t', line.rfind('\t') - 1) + 1);
    return "(none)";
  }
};

TEST_F(EncryptedWal, IsCompressedThenEncryptedUnderItsNameAndComesBack) {
  const std::string bytes(300'000, 'w'), history = "1\t0/1\tx\n";
  put("incoming/" + w1, bytes, 1700000001, 0640);
  put("incoming/00000002.history", history);
  EXPECT_EQ(archive(), 2U);
  EXPECT_THAT(names("incoming"), IsEmpty());
  EXPECT_THAT(names("wals/0000000100000000"), ElementsAre(w1));
  const auto info = fs::stat_if_exists(path("main/" + hash(w1)));
  EXPECT_LT(info->st_size, 2000) << "compressed first";
  EXPECT_EQ(info->st_mode & 07777U, 0640U);
  EXPECT_EQ(info->st_mtim.tv_sec, 1700000001);
  EXPECT_TRUE(codec::looks_encrypted(content(hash(w1))));
  EXPECT_TRUE(codec::looks_encrypted(content("wals/00000002.history")));
  EXPECT_EQ(columns(w1), "zstd\tgpg");
  EXPECT_THAT(index(), HasSubstr(w1 + "\t" + std::to_string(info->st_size) + "\t1700000001.25\tzstd\tgpg\n"));
  EXPECT_EQ(columns("00000002.history"), "zstd\tgpg");
  give_passphrase();
  EXPECT_EQ(sent(w1), bytes);
  EXPECT_EQ(sent("00000002.history"), history);
  put("packed", sent(w1, {.keep_compression = true}));
  EXPECT_EQ(codec::detect_file(path("main/packed")), codec::Algorithm::zstd) << "decrypted, and that is all";
  put("packed", sent(w1, {.recompress = codec::Algorithm::bzip2}));
  fs::remove_file(path("unpacked"));
  codec::decode_file(path("main/packed"), path("unpacked"), codec::stored_as(codec::Algorithm::bzip2));
  EXPECT_EQ(fs::read_file(path("unpacked")), bytes);
}

TEST_F(EncryptedWal, IsNotCompressedTwiceNorWhereNothingSaysSo) {
  const std::string bytes(50'000, 'w');
  put("plain", bytes);
  fs::make_directories(path("main/incoming"));
  codec::encode_file(path("main/plain"), path("main/incoming/" + w1), {{.algorithm = codec::Algorithm::gzip}});
  archive();
  EXPECT_EQ(columns(w1), "gzip\tgpg");
  config.compression.reset();
  put("incoming/" + w2, bytes);
  archive();
  EXPECT_EQ(columns(w2), "None\tgpg");
  give_passphrase();
  EXPECT_EQ(sent(w1), bytes);
  EXPECT_EQ(sent(w2), bytes);
}

TEST_F(EncryptedWal, GivesBackAsItCameWhatCameEncrypted) {
  put("incoming/" + w1, "-----BEGIN PGP MESSAGE-----\nof another key");
  archive();
  EXPECT_EQ(columns(w1), "zstd\tgpg");
  give_passphrase();
  EXPECT_EQ(sent(w1), "-----BEGIN PGP MESSAGE-----\nof another key");
}

TEST_F(EncryptedWal, LeavesNothingClearAndTheSourceWhereGpgFails) {
  config.encryption_key_id = "nobody@barman.test";
  put("incoming/" + w1, std::string(200'000, 'w'));
  put("incoming/" + w2, "x");
  try {
    archive();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::config);
    EXPECT_THAT(error.what(), HasSubstr("cannot encrypt '" + path("main/incoming/" + w1) + "': gpg: "));
  }
  EXPECT_THAT(names("incoming"), ElementsAre(w1, w2));
  EXPECT_THAT(names("wals/0000000100000000"), IsEmpty());
  EXPECT_THAT(index(), testing::Not(HasSubstr(w1)));
  config.encryption_key_id = GpgHome::key;
  EXPECT_EQ(archive(), 2U) << "and the next run takes them";
}

TEST_F(EncryptedWal, NeedsAKeyBeforeAnythingIsTouched) {
  config.encryption_key_id.reset();
  put("incoming/" + w1, "x");
  put("incoming/junk", "x");
  try {
    archive();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::config);
    EXPECT_THAT(error.what(), HasSubstr("needs encryption_key_id"));
  }
  EXPECT_THAT(names("incoming"), ElementsAre(w1, "junk"));
  EXPECT_THAT(notifier.lines, IsEmpty());
}

TEST_F(EncryptedWal, TakesARetryForWhatItIsByDecrypting) {
  give_passphrase();
  for (int round = 0; round < 2; ++round) {
    put("incoming/" + w1, "archived");
    ::removexattr(path("main/" + hash(w1)).c_str(), "user.barman_native.content");
    EXPECT_EQ(archive(), 1U);
  }
  EXPECT_THAT(names("errors"), IsEmpty());
  put("incoming/" + w1, "other");
  archive();
  EXPECT_THAT(names("errors"), ElementsAre(MatchesRegex(w1 + "\\..*\\.duplicate")));
  EXPECT_EQ(sent(w1), "archived");
}

TEST_F(EncryptedWal, TakesARetryForWhatItIsByTheDigestBesideIt) {
  for (const char* command : {"", "echo wrong"}) {
    if (*command != '\0') config.encryption_passphrase_command = command;
    put("incoming/" + w1, "archived");
    archive();
    if (::getxattr(path("main/" + hash(w1)).c_str(), "user.barman_native.content", nullptr, 0) <= 0)
      GTEST_SKIP() << "this file system keeps no extended attributes";
    put("incoming/" + w1, "archived");
    EXPECT_EQ(archive(), 1U);
    EXPECT_THAT(names("errors"), IsEmpty()) << command;
  }
  const std::string stored = content(hash(w1));
  put("incoming/" + w1, "other");
  archive();
  EXPECT_EQ(names("errors").size(), 1U) << "another content is none";
  ::truncate(path("main/" + hash(w1)).c_str(), static_cast<off_t>(stored.size() - 1));
  put("incoming/" + w1, "archived");
  archive();
  EXPECT_EQ(names("errors").size(), 2U) << "nor is a file that was cut off the one that was written";
}

TEST_F(EncryptedWal, GivesWayToAWholeOneWhereItIsDamagedAndCanBeLookedInto) {
  give_passphrase();
  put("incoming/" + w1, std::string(100'000, 'w'));
  config.compression.reset();
  archive();
  std::string damaged = content(hash(w1));
  damaged[50'000] = static_cast<char>(damaged[50'000] ^ 1);
  put(hash(w1), damaged);
  put("incoming/" + w1, std::string(100'000, 'w'));
  archive();
  EXPECT_THAT(names("errors"), ElementsAre(MatchesRegex(w1 + "\\..*\\.damaged")));
  EXPECT_EQ(sent(w1), std::string(100'000, 'w'));
}

TEST_F(EncryptedWal, GetsTheLineThatItLacksWithItsCompression) {
  for (const bool command : {false, true}) {
    if (command) {
      give_passphrase();
      config.compression = "gzip";  // meanwhile
    }
    put("incoming/" + w1, "one");
    if (!command) archive();
    put("wals/main-xlog.db", "");
    put("incoming/" + w1, "one");
    EXPECT_EQ(archive(), 1U);
    EXPECT_EQ(columns(w1), "zstd\tgpg");
  }
}

TEST_F(EncryptedWal, KeepsItsCompressionInARebuiltIndex) {
  put("incoming/" + w1, "one");
  put("incoming/" + w2, "two");
  archive();
  const std::string before = index();
  archive::WalArchive(config, locks).rebuild_index();
  EXPECT_EQ(index(), before);
  put("wals/main-xlog.db", before.substr(0, before.find('\n') + 1) + "a line that is none\n");
  archive::WalArchive(config, locks).rebuild_index();
  EXPECT_EQ(columns(w1), "zstd\tgpg");
  EXPECT_EQ(columns(w2), "None\tgpg") << "nobody knows";
  give_passphrase();
  EXPECT_EQ(sent(w2), "two");
}

}  // namespace
}  // namespace barman::archiver
