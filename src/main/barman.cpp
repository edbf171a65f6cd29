#include "barman/cli/main.h"

int main(int argc, char** argv) { return barman::cli::run(argc, argv); }
