#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "barman/codec/format.h"
#include "barman/codec/gpg.h"

// What content goes through on its way into a file and out of it again.
namespace barman::codec {

// One thing that is done to content, and what doing and undoing it needs.
struct Stage {
  Algorithm algorithm = Algorithm::gzip;
  std::string level = "medium";             // of resolve_level()
  std::optional<int> preset{};              // the algorithm's own number instead: neither clamped nor translated
  std::string custom_compression_filter{};  // shell text, stdin to stdout
  std::string custom_decompression_filter{};
  std::string custom_magic{};  // raw bytes; empty: none
  std::shared_ptr<const Gpg> gpg{};
  // For decoding: what the first bytes show, none of them for bytes that are of no format, and not `algorithm`. What
  // lies below an encryption cannot be told before.
  bool recognised = false;
  // Threads that compress beside the one that writes, where the format can have them without a reader's noticing: one
  // zstd frame, one gzip member. 0: none, and the bytes depend on the content alone.
  int workers = 0;
};

// The stages in the order in which they are applied to what is stored: compress, then encrypt. They are undone from the
// last to the first. Empty: content is stored as it is.
using Recipe = std::vector<Stage>;

// The recipe of a file that detect() has looked at; `settings` has what a custom algorithm needs.
Recipe stored_as(std::optional<Algorithm> algorithm, const Stage& settings = {});

// Sees content piece by piece before it is passed on, and its end as an empty piece. What it throws ends the work.
using Watch = std::function<void(std::string_view)>;

// Codecs run in this process (pigz, pygzip and pybzip2 write what gzip and bzip2 write); custom runs its filter through
// sh -c. Both directions stream with bounded memory. `input` and `output` are descriptors at their position; failures
// are Errors naming `what` (for messages) and the recipe. What is written is standard: the command-line tools read it.
// `watch` sees what is read.
void encode(int input, int output, const Recipe& recipe, const std::string& what, const Watch& watch = {});
// `watch` sees what is decoded.
void decode(int input, int output, const Recipe& recipe, const std::string& what, const Watch& watch = {});
// Decodes and encodes again in one pass.
void transcode(int input, int output, const Recipe& from, const Recipe& to, const std::string& what,
               const Watch& watch = {});
// Decodes for the watch alone.
void inspect(int input, const Recipe& recipe, const std::string& what, const Watch& watch);

// Whole-file forms; `target` is created (must not exist) with mode 0600 and not synced.
void encode_file(const std::string& source, const std::string& target, const Recipe& recipe);
void decode_file(const std::string& source, const std::string& target, const Recipe& recipe, const Watch& watch = {});

// True when both hold the same bytes once decoded. Streams, no temporary file.
bool same_content(const std::string& a, const Recipe& a_recipe, const std::string& b, const Recipe& b_recipe);

// The recipe of a file that looks_encrypted(): whatever compression is found below the encryption.
Recipe stored_encrypted(std::shared_ptr<const Gpg> gpg, const Stage& settings = {});

class Encoder;
class Source;

// For whoever makes a stream piece by piece: what is written comes out of `sink` encoded.
class StreamEncoder {
 public:
  using Sink = std::function<void(std::string_view)>;
  StreamEncoder(Recipe recipe, std::string what, Sink sink);
  StreamEncoder(const StreamEncoder&) = delete;
  StreamEncoder& operator=(const StreamEncoder&) = delete;
  ~StreamEncoder();
  void write(std::string_view bytes);
  void finish();

 private:
  Recipe recipe_;
  std::string what_;
  Sink sink_;
  std::unique_ptr<Encoder> encoder_;
};

// For whoever reads one: the content of a descriptor from its position on, decoded. The descriptor is not owned.
class StreamDecoder {
 public:
  using Read = std::function<std::size_t(std::span<char>)>;  // 0 at the end only
  StreamDecoder(int fd, Recipe recipe, std::string what);
  // The same of what comes from somewhere else. What `read` throws gets out as it is.
  StreamDecoder(Read read, Recipe recipe, std::string what);
  StreamDecoder(const StreamDecoder&) = delete;
  StreamDecoder& operator=(const StreamDecoder&) = delete;
  ~StreamDecoder();
  std::size_t read(std::span<char> buffer);  // 0 at the end only

 private:
  Recipe recipe_;
  std::string what_;
  std::unique_ptr<Source> source_;
};

}  // namespace barman::codec
