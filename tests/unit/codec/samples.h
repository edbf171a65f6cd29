#pragma once
#include <fcntl.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "barman/codec/codec.h"
#include "barman/fs/file.h"

namespace barman::codec::samples {

// Bytes like those of a WAL segment: runs that compress, between bytes that do not.
inline std::string wal_like(std::size_t size, std::uint32_t seed = 1) {
  std::string bytes;
  bytes.reserve(size);
  while (bytes.size() < size) {
    seed = seed * 1664525 + 1013904223;
    if (seed >> 31)
      bytes.append(std::min<std::size_t>(size - bytes.size(), seed >> 25 & 63), static_cast<char>(seed >> 8));
    else
      bytes += static_cast<char>(seed >> 16);
  }
  return bytes;
}

inline std::string noise(std::size_t size, std::uint32_t seed = 7) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
  return bytes;
}

inline std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

inline const std::vector<Algorithm>& in_process() {
  static const std::vector<Algorithm> all{Algorithm::gzip,    Algorithm::bzip2, Algorithm::pygzip,
                                          Algorithm::pybzip2, Algorithm::pigz,  Algorithm::xz,
                                          Algorithm::zstd,    Algorithm::lz4,   Algorithm::snappy};
  return all;
}

// A directory of its own with helpers that read and write files in it.
class Workspace {
 public:
  std::string path(std::string_view name) const { return directory_.path() + "/" + std::string(name); }
  std::string put(std::string_view name, std::string_view bytes) const {
    const UniqueFd fd = fs::open_file(path(name), O_WRONLY | O_CREAT | O_TRUNC);
    fs::write_all(fd.get(), bytes, path(name));
    return path(name);
  }
  std::string encoded(std::string_view bytes, const Recipe& recipe) const {
    fs::remove_file(path("c.out"));
    encode_file(put("c.in", bytes), path("c.out"), recipe);
    return fs::read_file(path("c.out"));
  }
  std::string decoded(std::string_view bytes, const Recipe& recipe) const {
    fs::remove_file(path("d.out"));
    decode_file(put("d.in", bytes), path("d.out"), recipe);
    return fs::read_file(path("d.out"));
  }
  std::string compressed(std::string_view bytes, const Stage& stage) const { return encoded(bytes, {stage}); }
  std::string decompressed(std::string_view bytes, Algorithm algorithm, const Stage& settings = {}) const {
    return decoded(bytes, stored_as(algorithm, settings));
  }

 private:
  // In memory where there is such a place: hundreds of small files are written.
  fs::TemporaryDirectory directory_{"barman-codec-test-", fs::is_directory("/dev/shm") ? "/dev/shm" : ""};
};

}  // namespace barman::codec::samples
