#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "barman/config/change.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::config {
namespace {

bool replace_keeping_owner(const std::string& file, const struct ::stat& info, std::string_view text) {
  if (::access(fs::parent_directory(file).c_str(), W_OK | X_OK) != 0) return false;
  fs::FileReplacement replacement(file, S_IRUSR | S_IWUSR);
  if (::fchown(replacement.fd(), info.st_uid, info.st_gid) != 0) return false;
  if (::fchmod(replacement.fd(), info.st_mode & 07777) != 0) throw_errno("set mode of", replacement.temporary_path());
  replacement.write(text);
  replacement.commit();
  return true;
}

void overwrite(const std::string& file, std::string_view text) {
  const fs::UniqueFd fd = fs::open_file(file, O_WRONLY);
  fs::write_all(fd.get(), text, file);
  if (::ftruncate(fd.get(), static_cast<off_t>(text.size())) != 0) throw_errno("shorten", file);
  fs::sync_fd(fd.get(), file);
}

}  // namespace

void write_configuration_file(const std::string& path, std::string_view text) {
  const std::string file = fs::real_path(path);
  const auto info = fs::stat_if_exists(file);
  if (!info) return fs::replace_file(file, text);
  if (!replace_keeping_owner(file, *info, text)) overwrite(file, text);
}

}  // namespace barman::config
