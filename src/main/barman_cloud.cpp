#include "barman/cloud/program.h"

int main(int argc, char** argv) { return barman::cloud::program_main(argc, argv, barman::cloud::open_url); }
