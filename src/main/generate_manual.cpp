// Writes the manual pages and the completion of shells into a directory, or docs/configuration.md to standard output:
// part of the build, not installed.
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "barman/cli/completion.h"
#include "barman/cli/manual.h"
#include "barman/clients/gatekeeper.h"
#include "barman/clients/wal_archive.h"
#include "barman/clients/wal_restore.h"
#include "barman/cloud_cli/program.h"
#include "barman/fs/file.h"

namespace {

namespace fs = barman::fs;
namespace cli = barman::cli;

void write(const std::string& directory, const std::string& name, const std::string& text) {
  fs::make_directories(directory);
  fs::replace_file(directory + "/" + name, text);
}

// Programs that may be installed without the others. bash and fish look for a file with the name of the program: the
// first one holds it all, and the rest read that. zsh looks into all files.
void write_completion(const std::string& share, const std::string& packaging, const cli::OtherPrograms& known,
                      const std::vector<std::string>& programs) {
  const auto functions = [&](const std::string& file) { return fs::read_file(packaging + "/" + file); };
  const std::string bash = share + "/bash-completion/completions", fish = share + "/fish/vendor_completions.d";
  const std::string& first = programs.front();
  for (const std::string& program : programs) {
    const bool whole = program == first;
    write(bash, program,
          whole ? cli::bash_completion_tables(known) + functions("bash-completion/barman.bash")
                : ". \"${BASH_SOURCE[0]%/*}/" + first + "\"\n");
    write(fish, program + ".fish",
          whole ? cli::fish_completion_tables(known) + functions("fish-completion/barman.fish")
                : "source (status dirname)/" + first + ".fish\n");
  }
  write(share + "/zsh/site-functions", "_" + first,
        cli::zsh_completion_tables(known, programs) + functions("zsh-completion/_barman"));
}

void write_completions(const std::string& share, const std::string& packaging) {
  cli::OtherPrograms known = {{"barman-wal-archive", barman::clients::wal_archive_options()},
                              {"barman-wal-restore", barman::clients::wal_restore_options()}};
  std::vector<std::string> cloud_programs;
  for (auto& [program, options] : barman::cloud::cli::options_of_programs()) {
    cloud_programs.push_back(program);
    known.emplace(program, std::move(options));
  }
  write_completion(share, packaging, known, {"barman"});
  write_completion(share, packaging, known, {"barman-wal-archive", "barman-wal-restore"});
  write_completion(share, packaging, known, cloud_programs);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--configuration")
    return std::fputs(barman::cli::configuration_markdown().c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? 1 : 0;
  if (argc != 3) {
    std::fputs("usage: generate-manual DIRECTORY PACKAGING | --configuration\n", stderr);
    return 2;
  }
  try {
    const std::string directory = argv[1];
    std::vector<barman::usage::ManualPage> pages = barman::cli::manual_pages();
    pages.push_back(barman::clients::wal_archive_manual());
    pages.push_back(barman::clients::wal_restore_manual());
    pages.push_back(barman::clients::gatekeeper_manual());
    for (auto& page : barman::cloud::cli::manual_pages()) pages.push_back(std::move(page));
    for (const auto& page : pages) {
      const std::string section = directory + "/man/man" + page.file.substr(page.file.rfind('.') + 1);
      barman::fs::make_directories(section);
      barman::fs::replace_file(section + "/" + page.file, page.text);
    }
    write_completions(directory, argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "generate-manual: %s\n", error.what());
    return 1;
  }
  return 0;
}
