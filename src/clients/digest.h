#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace barman::clients {

enum class HashAlgorithm { sha256, md5 };

std::string_view sums_file_name(HashAlgorithm algorithm);  // the member that carries the checksums

// A running checksum.
class Digest {
 public:
  explicit Digest(HashAlgorithm algorithm);
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  ~Digest();
  void update(std::string_view bytes);
  std::string hex();  // ends it; lower case

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256_hex(std::string_view text);

}  // namespace barman::clients
