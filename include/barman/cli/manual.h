#pragma once
#include <string>
#include <vector>

namespace barman::cli {

// A page for man(1): "barman-backup.1" and its text in roff (man(7)).
struct ManualPage {
  std::string file;
  std::string text;
};

// barman(1), a page for every verb and alias, and barman(5), from the tables that the parsers read.
std::vector<ManualPage> manual_pages();

// The tables that packaging/bash-completion/barman.bash works from, as bash arrays.
std::string completion_tables();

}  // namespace barman::cli
