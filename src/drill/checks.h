#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "barman/drill/statements.h"
#include "barman/exec/command.h"
#include "barman/report/drill.h"
#include "programs.h"
#include "session.h"
#include "settings.h"

namespace barman::drill {

using Check = report::Drill::Check;

// What the checks run with: programs of the server's version, and how long one may do nothing.
struct CheckTools {
  const Programs& programs;
  exec::Runner& runner;
  std::chrono::seconds patience;
};

// A manifest; empty path: the backup has none. One that was made here of a copy by rsync lists no tablespaces.
struct Manifest {
  std::string path;
  bool has_tablespaces = true;
};
// The files of a cluster that was restored and not started, against it.
Check check_manifest(const CheckTools& tools, const std::string& data, const Manifest& manifest);

// Every table and every B-tree: by pg_amcheck, or else by reading.
Check check_content(const CheckTools& tools, const Sessions& sessions, const std::string& sockets);

Check check_statements(const Sessions& sessions, const std::vector<Statement>& statements);

// Every page of a cluster that was stopped cleanly.
Check check_page_checksums(const CheckTools& tools, const std::string& data, bool enabled);

// The beginning of what a program said, on one line.
std::string shortened(std::string_view text);

}  // namespace barman::drill
