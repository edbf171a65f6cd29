#include "barman/fs/host.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "barman/core/error.h"
#include "barman/core/on_exit.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/file.h"

namespace barman::fs {
namespace {

class LocalHost : public Host {
 public:
  LocalHost(std::string search_path, std::chrono::milliseconds patience)
      : runner_(std::move(search_path)), patience_(patience) {}

  bool is_remote() const override { return false; }
  std::chrono::milliseconds patience() const override { return patience_; }
  exec::Runner& runner() override { return runner_; }

  bool exists(const std::string& path) override { return fs::exists(path); }
  bool is_directory(const std::string& path) override { return fs::is_directory(path); }
  std::vector<std::string> list(const std::string& directory) override { return list_directory_if_exists(directory); }

  void make_directories(const std::string& path, mode_t mode) override {
    if (fs::is_directory(path)) return;
    fs::make_directories(parent_directory(path));
    if (::mkdir(path.c_str(), mode) == 0) {
      if (::chmod(path.c_str(), mode) != 0) throw_errno("set mode of", path);
      return;
    }
    const int error = errno;
    if (error == EEXIST && fs::is_directory(path)) return;
    throw_errno("create directory", path, error);
  }

  std::string read_file(const std::string& path) override { return fs::read_file(path); }
  std::optional<std::string> read_file_if_exists(const std::string& path) override {
    return fs::read_file_if_exists(path);
  }

  void write_file(const std::string& path, std::string_view bytes, mode_t mode) override {
    FileReplacement replacement(path, 0600);
    replacement.write(bytes);
    if (::fchmod(replacement.fd(), mode) != 0) throw_errno("set mode of", replacement.temporary_path());
    replacement.commit();
  }

  void create_empty_files(const std::string& directory, const std::vector<std::string>& names) override {
    for (const std::string& name : names) open_file(in_directory(directory, name), O_WRONLY | O_CREAT);
  }

  void rename(const std::string& from, const std::string& to) override { rename_file(from, to); }
  void remove_file(const std::string& path) override { fs::remove_file(path); }
  void remove_tree(const std::string& path) override { fs::remove_tree(path); }

  void symlink(const std::string& target, const std::string& link) override {
    const std::string temporary = temporary_name_for(link);
    make_symlink(target, temporary);
    OnExit discard([&] { ::unlink(temporary.c_str()); });
    if (::rename(temporary.c_str(), link.c_str()) != 0) throw_errno("create symbolic link", link);
    discard.dismiss();
  }

  void check_writable(const std::string& directory) override {
    const std::string probe = temporary_name_for(in_directory(directory, "barman-write-test"));
    open_file(probe, O_WRONLY | O_CREAT | O_EXCL, 0600);
    fs::remove_file(probe);
  }

  std::optional<mode_t> mode(const std::string& path) override {
    const auto info = stat_if_exists(path);
    return info ? std::optional(static_cast<mode_t>(info->st_mode & 07777)) : std::nullopt;
  }

  RsyncWay rsync_way() const override { return {}; }
  std::string rsync_path(std::string_view path) const override { return std::string(path); }

 private:
  exec::LocalRunner runner_;
  std::chrono::milliseconds patience_;
};

}  // namespace

std::unique_ptr<Host> make_local_host(std::chrono::milliseconds patience, std::string search_path) {
  return std::make_unique<LocalHost>(std::move(search_path), patience);
}

std::unique_ptr<Host> make_host(const std::optional<std::string>& ssh_command,
                                const std::vector<std::string>& extra_options, std::chrono::milliseconds patience,
                                std::string search_path) {
  if (!ssh_command || ssh_command->empty()) return make_local_host(patience, std::move(search_path));
  return make_remote_host(*ssh_command, extra_options, patience, std::move(search_path));
}

const std::vector<std::string>& batch_ssh_options() {
  static const std::vector<std::string> options = {"-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no"};
  return options;
}

}  // namespace barman::fs
