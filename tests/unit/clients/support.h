#pragma once
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "barman/fs/file.h"
#include "fakes/runner.h"
#include "unit/wal/segment_page.h"

namespace barman::clients {

inline std::string read_descriptor(int fd) {
  std::string text;
  char buffer[65536];
  for (ssize_t got = 0; (got = ::read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  return text;
}

inline void write_file(const std::string& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

using fakes::FakeRunner;  // a remote side: what it does with standard input and output, and its status

// A tar stream as a simple reader sees it: name to content; pax records as "name<pax" entries.
struct TarContent {
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> pax;
  std::map<std::string, std::string> headers;
  bool complete = false;  // ended by two empty blocks
};

inline TarContent read_tar(const std::string& stream) {
  TarContent content;
  std::string pending_pax;
  for (std::size_t at = 0; at + 512 <= stream.size();) {
    const std::string header = stream.substr(at, 512);
    at += 512;
    if (header == std::string(512, '\0')) {
      content.complete = stream.compare(at, 512, std::string(512, '\0')) == 0;
      return content;
    }
    const std::string name = header.substr(0, 100).c_str();
    const std::size_t size = std::stoul(header.substr(124, 11), nullptr, 8);
    const std::string data = stream.substr(at, size);
    at += (size + 511) / 512 * 512;
    if (header[156] == 'x') {
      pending_pax = data;
      continue;
    }
    content.files[name] = data;
    content.headers[name] = header;
    content.pax[name] = pending_pax;
    pending_pax.clear();
  }
  return content;
}

inline std::string whole_segment(std::uint64_t address, std::uint64_t system_id) {
  constexpr std::uint32_t size = 1024 * 1024;
  std::string content = segment_page(address, system_id, size);
  content.resize(size, 'w');
  return content;
}

}  // namespace barman::clients
