#pragma once
#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/exec/command.h"

namespace barman::fs {

// A machine whose files we look at and change: this one, or one behind ssh. Code that uses a Host does not know which;
// only make_*_host does. Failures are Errors with the path and the remote text.
class Host {
 public:
  virtual ~Host() = default;
  virtual bool is_remote() const = 0;
  virtual exec::Runner& runner() = 0;

  virtual bool exists(const std::string& path) = 0;
  virtual bool is_directory(const std::string& path) = 0;
  virtual std::vector<std::string> list(
      const std::string& directory) = 0;  // names with dot files, sorted; missing: empty
  virtual void make_directories(const std::string& path, mode_t mode) = 0;  // mkdir -p -m: of the last, if created
  virtual std::string read_file(const std::string& path) = 0;
  virtual std::optional<std::string> read_file_if_exists(const std::string& path) = 0;
  virtual void write_file(const std::string& path, std::string_view bytes,
                          mode_t mode) = 0;  // durable: temp, sync, rename
  virtual void create_empty_files(const std::string& directory,
                                  const std::vector<std::string>& names) = 0;  // those that exist stay; not synced
  virtual void rename(const std::string& from, const std::string& to) = 0;
  virtual void remove_file(const std::string& path) = 0;                         // a missing one is fine
  virtual void remove_tree(const std::string& path) = 0;                         // a missing one is fine
  virtual void symlink(const std::string& target, const std::string& link) = 0;  // replaces an existing link
  virtual void check_writable(const std::string& directory) = 0;    // creates and removes a file; throws when it cannot
  virtual std::optional<mode_t> mode(const std::string& path) = 0;  // permission bits

  // How rsync gets there: nothing here; {"-e", "ssh ..."} there, over a connection that is kept for one rsync after the
  // other where ssh can do that.
  struct RsyncWay {
    std::vector<std::string> options;
    std::shared_ptr<const void> needs{};  // as long as it runs
  };
  virtual RsyncWay rsync_way() const = 0;
  // How rsync names a path: "path" here, " :path" there (the blank is the host name that rsync appends to the -e
  // words).
  virtual std::string rsync_path(std::string_view path) const = 0;
  // How long a command may take that looks or changes little, and an rsync to or from there do nothing; 0: for ever.
  virtual std::chrono::milliseconds patience() const = 0;
};

// What exceeds `patience` is given up; 0 is for configurations that say so.
std::unique_ptr<Host> make_local_host(std::chrono::milliseconds patience, std::string search_path = {});
// `ssh_command`: as configured; `extra_options` follow it (backup and check add BatchMode, restore does not).
std::unique_ptr<Host> make_remote_host(std::string_view ssh_command, const std::vector<std::string>& extra_options,
                                       std::chrono::milliseconds patience, std::string search_path = {});
// The remote one if there is an ssh_command, else this machine.
std::unique_ptr<Host> make_host(const std::optional<std::string>& ssh_command,
                                const std::vector<std::string>& extra_options, std::chrono::milliseconds patience,
                                std::string search_path = {});

// "-o BatchMode=yes -o StrictHostKeyChecking=no", as words.
const std::vector<std::string>& batch_ssh_options();

}  // namespace barman::fs
