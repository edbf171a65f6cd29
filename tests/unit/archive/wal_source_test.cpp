#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "archive_fixture.h"
#include "barman/archive/wal_archive.h"
#include "barman/core/error.h"

namespace barman::archive {
namespace {

using codec::Algorithm;
using testing::HasSubstr;

class GetWal : public ArchiveFixture {
 protected:
  void put_compressed(const std::string& name, const std::string& bytes, Algorithm algorithm) {
    put("plain", bytes);
    fs::make_directories(fs::parent_directory(path("main/" + name)));
    codec::encode_file(path("main/plain"), path("main/" + name), {{.algorithm = algorithm}});
  }
  std::string sent(const std::string& name, const Delivery& delivery = {}, bool partial = false) {
    const auto source = wal_archive().open(name, partial);
    if (!source) return "(not found)";
    const std::string to = path("sent");
    {
      const UniqueFd out = fs::open_file(to, O_WRONLY | O_CREAT | O_TRUNC);
      source->send(out.get(), delivery);
    }
    return fs::read_file(to);
  }
  std::string unpacked(const std::string& bytes, Algorithm algorithm) {
    put("packed", bytes);
    fs::remove_file(path("unpacked"));
    codec::decode_file(path("main/packed"), path("unpacked"), codec::stored_as(algorithm));
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

TEST_F(GetWal, UnpacksAnArchivedPartialSegment) {
  put_compressed("wals/0000000100000000/" + w1 + ".partial", "packed", Algorithm::gzip);
  EXPECT_EQ(sent(w1 + ".partial"), "packed");
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

// What is wrong with it, and that nothing wrong was sent.
std::string problem_of(const std::function<std::string()>& send) {
  try {
    return "sent " + send();
  } catch (const Error& error) {
    return error.what();
  }
}

TEST_F(GetWal, RefusesWhatIsNotTheSegmentOfItsName) {
  const std::string whole = whole_segment(w1);
  const std::map<std::string, std::string> cases = {
      {whole.substr(0, 8192), "8192 bytes of a WAL segment of 1048576 bytes"},
      {whole + "x", "1048577 bytes of a WAL segment of 1048576 bytes"},
      {"", "it is empty"},
      {whole_segment(w2), "it begins as segment " + w2},
      {std::string(1024 * 1024, '\0'), "it begins with zeros instead of the header of a WAL segment"}};
  for (const auto& [bytes, problem] : cases) {
    put(hash(w1), bytes);
    EXPECT_EQ(problem_of([&] { return sent(w1); }),
              "'" + path("main/" + hash(w1)) + "' does not hold the WAL file of its name: " + problem);
    EXPECT_EQ(fs::read_file(path("sent")), "");
    if (bytes.empty()) continue;
    fs::remove_file(path("main/" + hash(w1)));
    put_compressed(hash(w1), bytes, Algorithm::gzip);
    for (const auto& recompress : {std::optional<Algorithm>(), std::optional(Algorithm::bzip2)})
      EXPECT_THAT(problem_of([&] { return sent(w1, {.recompress = recompress}); }), HasSubstr(problem));
    fs::remove_file(path("main/" + hash(w1)));
  }
  put(hash(w1), whole);
  EXPECT_EQ(sent(w1), whole);
}

TEST_F(GetWal, RefusesBytesBehindACompressedSegment) {
  for (const Algorithm algorithm :
       {Algorithm::gzip, Algorithm::zstd, Algorithm::lz4, Algorithm::xz, Algorithm::bzip2}) {
    fs::remove_file(path("main/" + hash(w1)));
    put_compressed(hash(w1), whole_segment(w1), algorithm);
    EXPECT_EQ(sent(w1), whole_segment(w1));
    put(hash(w1), content(hash(w1)) + "rest of something else");
    EXPECT_THAT(problem_of([&] { return sent(w1); }), HasSubstr("something else follows the end"))
        << codec::name(algorithm);
  }
}

TEST_F(GetWal, NeedsAPassphraseForEncryptedFiles) {
  put(hash(w1), "-----BEGIN PGP MESSAGE-----");
  try {
    sent(w1, {.keep_compression = true});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("Encrypted WAL file '" + w1 + "' detected"));
    EXPECT_EQ(error.code(), Errc::config);
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
  const auto source = wal_archive().open(w1);
  fs::remove_file(path("main/incoming/" + w1));
  const UniqueFd out = fs::open_file(path("sent"), O_WRONLY | O_CREAT | O_TRUNC);
  source->send(out.get(), {});
  EXPECT_EQ(fs::read_file(path("sent")), "content");
}

}  // namespace
}  // namespace barman::archive
