#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace barman::archiver {

enum class DigestKind { sha256, md5 };

// A running checksum.
class Digest {
 public:
  explicit Digest(DigestKind kind);
  ~Digest();
  void update(std::string_view bytes);
  std::string hex();  // lower case; ends the computation

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string file_digest(const std::string& path, DigestKind kind);

}  // namespace barman::archiver
