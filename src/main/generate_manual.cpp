// Writes the manual pages and the bash completion into a directory, or docs/configuration.md to standard output: part
// of the build, not installed.
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "barman/cli/manual.h"
#include "barman/clients/gatekeeper.h"
#include "barman/clients/wal_archive.h"
#include "barman/clients/wal_restore.h"
#include "barman/cloud_cli/program.h"
#include "barman/fs/file.h"

namespace {

// bash looks for a file with the name of the program. Of those that may be installed without the others one holds it
// all, and the rest read that.
void write_completions(const std::string& directory, const std::string& text,
                       const std::vector<std::string>& programs) {
  barman::fs::make_directories(directory);
  for (const std::string& program : programs)
    barman::fs::replace_file(directory + program, program == programs.front()
                                                      ? text
                                                      : ". \"${BASH_SOURCE[0]%/*}/" + programs.front() + "\"\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--configuration")
    return std::fputs(barman::cli::configuration_markdown().c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? 1 : 0;
  if (argc != 3) {
    std::fputs("usage: generate-manual DIRECTORY COMPLETION_FUNCTIONS | --configuration\n", stderr);
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
    std::map<std::string, std::vector<barman::usage::OptionSpec>> programs = {
        {"barman-wal-archive", barman::clients::wal_archive_options()},
        {"barman-wal-restore", barman::clients::wal_restore_options()}};
    std::vector<std::string> cloud_programs;
    for (auto& [program, options] : barman::cloud::cli::options_of_programs()) {
      cloud_programs.push_back(program);
      programs.emplace(program, std::move(options));
    }
    const std::string completion = barman::cli::completion_tables(programs) + barman::fs::read_file(argv[2]);
    const std::string completions = directory + "/bash-completion/completions/";
    write_completions(completions, completion, {"barman"});
    write_completions(completions, completion, {"barman-wal-archive", "barman-wal-restore"});
    write_completions(completions, completion, cloud_programs);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "generate-manual: %s\n", error.what());
    return 1;
  }
  return 0;
}
