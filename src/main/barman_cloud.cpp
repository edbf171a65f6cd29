#include "barman/cloud_cli/program.h"

int main(int argc, char** argv) { return barman::cloud::cli::program_main(argc, argv, barman::cloud::open_url); }
