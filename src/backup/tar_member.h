#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace barman::backup {

// Finds one small regular file in a tar stream as pg_basebackup writes it (ustar), fed piece by piece.
class TarMember {
 public:
  explicit TarMember(std::string name) : name_(std::move(name)) {}
  // False: found, or the end; nothing more is needed. Throws Error(corrupt) for what is no tar stream.
  bool feed(std::string_view bytes);
  const std::optional<std::string>& content() const { return content_; }

 private:
  bool header(std::string_view block);
  std::string name_;
  std::string pending_;                // not yet enough for what is next
  unsigned long long skip_ = 0;        // bytes of an uninteresting member
  std::optional<std::size_t> wanted_;  // bytes of ours
  std::optional<std::string> content_;
};

// backup_label out of an archive of pg_basebackup, compressed or not.
std::string backup_label_in(const std::string& archive);

}  // namespace barman::backup
