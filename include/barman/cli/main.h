#pragma once

namespace barman::cli {

// The whole program: parses argv, runs the verb, returns the exit code.
int run(int argc, char** argv);

}  // namespace barman::cli
