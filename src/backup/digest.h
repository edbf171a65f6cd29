#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "manifest_entry.h"

struct evp_md_ctx_st;

namespace barman::backup {

class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  std::string hex();  // ends it

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

// Fills in what the content of a file tells: digest, and the size that was read.
void digest_file(const std::string& path, ManifestEntry& entry);

}  // namespace barman::backup
