#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/store/object_store.h"
#include "command.h"

// Options of the programs that write: tags, sizes, encryption.
namespace barman::cloud::cli {

// --tags K,V K,V and --tag K,V, of which one may be given.
struct TagOptions {
  std::vector<std::string> list;
  store::Tags appended;
  // Failure(usage) for a member of the list that is no tag.
  store::Tags tags() const;
};
// `prefix`: "" or "history-".
void declare_tags(usage::Options& options, TagOptions& tags, const std::string& prefix, const std::string& what);

// "100GB", "5MiB", "1234": powers of 1024 with B, of 1000 with iB, as Barman has it.
void declare_size(usage::Options& options, std::vector<std::string> names, std::uint64_t& target,
                  const std::string& metavar, const std::string& help);

void declare_encryption(usage::Options& options, CommonOptions& common, std::string metavar);
void declare_kms_key_id(usage::Options& options, CommonOptions& common);
void declare_kms_key_name(usage::Options& options, CommonOptions& common);
void declare_encryption_scope(usage::Options& options, CommonOptions& common);

}  // namespace barman::cloud::cli
