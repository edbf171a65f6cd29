#include "barman/archiver/get_wal.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive_fixture.h"
#include "barman/core/error.h"

namespace barman::archiver {
namespace {

using compress::Algorithm;
using testing::HasSubstr;

class GetWal : public ArchiveFixture {
 protected:
  void put_compressed(const std::string& name, const std::string& bytes, Algorithm algorithm) {
    put("plain", bytes);
    fs::make_directories(fs::parent_directory(path("main/" + name)));
    compress::compress_file(path("main/plain"), path("main/" + name), {.algorithm = algorithm});
  }
  std::string sent(const std::string& name, const Delivery& delivery = {}, bool partial = false) {
    const auto source = WalSource::open(config, name, partial);
    if (!source) return "(not found)";
    const std::string to = path("sent");
    {
      const fs::UniqueFd out = fs::open_file(to, O_WRONLY | O_CREAT | O_TRUNC);
      source->send(config, out.get(), delivery);
    }
    return fs::read_file(to);
  }
  std::string unpacked(const std::string& bytes, Algorithm algorithm) {
    put("packed", bytes);
    fs::remove_file(path("unpacked"));
    compress::decompress_file(path("main/packed"), path("unpacked"), algorithm, {});
    return fs::read_file(path("unpacked"));
  }
};

TEST_F(GetWal, SendsTheContent) {
  EXPECT_EQ(sent(w1), "(not found)");
  put(hash(w1), "plain");
  EXPECT_EQ(sent(w1), "plain");
  put_compressed(hash(w2), "packed", Algorithm::zstd);
  EXPECT_EQ(sent(w2), "packed");
}

TEST_F(GetWal, SendsStoredBytesWhenAsked) {
  put_compressed(hash(w1), "packed", Algorithm::xz);
  EXPECT_EQ(sent(w1, {.keep_compression = true}), content(hash(w1)));
  put(hash(w2), "plain");
  EXPECT_EQ(sent(w2, {.keep_compression = true}), "plain");
}

TEST_F(GetWal, RecompressesUnlessItIsStoredThatWay) {
  put_compressed(hash(w1), "packed", Algorithm::gzip);
  EXPECT_EQ(sent(w1, {.recompress = Algorithm::gzip}), content(hash(w1)));
  EXPECT_EQ(unpacked(sent(w1, {.recompress = Algorithm::bzip2}), Algorithm::bzip2), "packed");
  put(hash(w2), "plain");
  EXPECT_EQ(unpacked(sent(w2, {.recompress = Algorithm::gzip}), Algorithm::gzip), "plain");
}

TEST_F(GetWal, SendsPartialsUntouched) {
  put_compressed("streaming/" + w1 + ".partial", "x", Algorithm::gzip);
  EXPECT_EQ(sent(w1), "(not found)");
  EXPECT_EQ(sent(w1, {.recompress = Algorithm::bzip2}, true), content("streaming/" + w1 + ".partial"));
}

TEST_F(GetWal, CustomWithoutMagicMeansEverythingElse) {
  config.compression = "custom";
  config.custom_compression_filter = "tr a-y b-z";
  config.custom_decompression_filter = "tr b-z a-y";
  put(hash(w1), "bcd");
  EXPECT_EQ(sent(w1), "abc");
  put_compressed(hash(w2), "packed", Algorithm::gzip);
  EXPECT_EQ(sent(w2), "packed");
  EXPECT_EQ(unpacked(sent(w1, {.recompress = Algorithm::gzip}), Algorithm::gzip), "abc");
}

TEST_F(GetWal, SaysThatAFileIsDamaged) {
  put_compressed(hash(w1), std::string(5000, 'x'), Algorithm::gzip);
  put(hash(w1), content(hash(w1)).substr(0, 20));
  try {
    sent(w1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("Error decompressing WAL: cannot decompress '" + path("main/" + hash(w1)) + "' (gzip): "));
  }
}

TEST_F(GetWal, RefusesEncryptedFiles) {
  put(hash(w1), "-----BEGIN PGP MESSAGE-----");
  for (const bool command : {false, true}) {
    if (command) config.encryption_passphrase_command = "cat secret";
    try {
      sent(w1, {.keep_compression = true});
      FAIL();
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("Encrypted WAL file '" + w1 + "' detected"));
      EXPECT_EQ(error.code(), command ? Errc::unsupported : Errc::config);
    }
  }
}

TEST_F(GetWal, FollowsLinksInTheArchiveOnly) {
  put("elsewhere", "secret");
  for (const char* place : {"incoming/", "streaming/"}) {
    fs::make_symlink(path("main/elsewhere"), path("main/" + std::string(place) + w1));
    EXPECT_EQ(sent(w1), "(not found)") << place;
    EXPECT_EQ(sent(w1, {}, true), "(not found)") << place;
  }
  fs::make_directories(fs::parent_directory(path("main/" + hash(w1))));
  fs::make_symlink(path("main/elsewhere"), path("main/" + hash(w1)));  // an administrator moved it to other disks
  EXPECT_EQ(sent(w1), "secret");
}

TEST_F(GetWal, AnOpenedFileMayMove) {
  put("incoming/" + w1, "content");
  const auto source = WalSource::open(config, w1, false);
  fs::remove_file(path("main/incoming/" + w1));
  const fs::UniqueFd out = fs::open_file(path("sent"), O_WRONLY | O_CREAT | O_TRUNC);
  source->send(config, out.get(), {});
  EXPECT_EQ(fs::read_file(path("sent")), "content");
}

}  // namespace
}  // namespace barman::archiver
