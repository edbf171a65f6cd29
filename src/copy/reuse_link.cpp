#include "reuse_link.h"

#include <unistd.h>

#include <cerrno>

#include "barman/fs/file.h"

namespace barman::copy {
namespace {

constexpr mode_t private_mode = 0700;

// The name comes from the other end.
bool stays_below(const std::string& name) {
  return !name.starts_with('/') && ("/" + name + "/").find("/../") == std::string::npos;
}

bool link_file(const std::string& from, const std::string& to) { return ::link(from.c_str(), to.c_str()) == 0; }

}  // namespace

bool link_from_reuse_directory(const Item& item, const std::string& name) {
  if (!stays_below(name)) return false;
  const std::string from = *item.reuse_directory + "/" + name, to = item.destination + "/" + name;
  if (link_file(from, to)) return true;
  if (errno != ENOENT) return false;
  fs::make_directories(fs::parent_directory(to), private_mode);
  return link_file(from, to);
}

}  // namespace barman::copy
