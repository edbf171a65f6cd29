#pragma once
#include <cstdint>
#include <ctime>
#include <string>

namespace barman::tar {

inline constexpr char regular_file = '0';
inline constexpr char hard_link = '1';
inline constexpr char symbolic_link = '2';
inline constexpr char directory = '5';

// One member of an archive: what its header says, extended headers applied.
struct Member {
  std::string name;  // a directory's may end in '/'
  char type = regular_file;
  std::uint64_t size = 0;
  std::uint32_t mode = 0644;
  std::timespec mtime{};
  std::string link;  // what a link leads to
  std::uint64_t uid = 0, gid = 0;
  std::string user, group;
};

}  // namespace barman::tar
