#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "barman/fs/host.h"

namespace barman::fs {

// A host behind any runner that takes remote argv; `ssh_words` are what rsync gets. The tests' way in.
std::unique_ptr<Host> make_runner_host(std::unique_ptr<exec::Runner> runner, std::vector<std::string> ssh_words,
                                       std::chrono::milliseconds patience);

}  // namespace barman::fs
