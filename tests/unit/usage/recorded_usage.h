#pragma once
#include <fstream>
#include <string>

// The block of tests/data/usage.txt for "barman", "barman backup" or "barman-wal-archive"; "" when there is none.
inline std::string recorded_usage(const std::string& program) {
  std::ifstream file(BARMAN_TEST_DATA "/usage.txt");
  std::string block;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("usage: ")) inside = line.starts_with("usage: " + program + " [-h]");
    if (inside && !line.starts_with('#')) block += line + "\n";
  }
  return block;
}
