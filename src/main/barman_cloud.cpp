#include <cstdlib>

#include "barman/cloud_cli/program.h"

// Everything was written and closed by then. What libcurl and the libraries behind it do at the end of a process takes
// longer than some of the programs do: PostgreSQL starts one for each WAL file.
int main(int argc, char** argv) { std::_Exit(barman::cloud::cli::program_main(argc, argv, barman::cloud::open_url)); }
