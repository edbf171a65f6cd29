#pragma once
#include <optional>
#include <string>
#include <vector>

#include "barman/exec/command.h"
#include "barman/usage/options.h"

namespace barman::clients {

// Where Barman is, as the command line says.
struct Remote {
  std::string host;
  std::string user = "barman";
  std::optional<std::string> port;
  std::optional<std::string> config;  // configuration file over there
};

// The options that say so, in the two places where usage lists them.
void declare_remote_user(usage::Options& options, Remote& remote);
void declare_remote_config(usage::Options& options, Remote& remote);

struct GetWalRequest {
  std::string server;
  std::string wal;
  bool test = false;
  std::optional<int> peek = std::nullopt;
  bool gzip = false;
  bool bzip2 = false;
  bool keep_compression = false;
  bool partial = false;
};

inline constexpr int ssh_connection_failed = 255;

// argv of the ssh program, whose last words make the remote command line. Words that a shell could read in another way
// are quoted for it.
std::vector<std::string> put_wal_argv(const Remote& remote, const std::string& server, bool test);
std::vector<std::string> get_wal_argv(const Remote& remote, const GetWalRequest& request);

// Runs ssh with its standard error passed through, line by line, and standard output on `output_fd` (-1: in the
// outcome).
exec::Outcome run_ssh(exec::Runner& runner, std::vector<std::string> argv, int input_fd, int output_fd);

// Runs ssh, prints all it said and one line end on standard output, and returns its status.
int run_ssh_test(exec::Runner& runner, std::vector<std::string> argv);

}  // namespace barman::clients
