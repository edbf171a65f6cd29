// What the machine needs for the bare work, to compare with: nothing is checked, nothing is made durable unless said.
//   bench-bound JOB
//     deflate|zstd|lz4|lz4hc DIRECTORY FILE...  compress each file on all cores, as archive-wal is asked to
//     inflate DIRECTORY FILE...                 gunzip each file on all cores
//     gunzip FILE                               to standard output
//     test-gzip FILE...                         gunzip each file on all cores, into memory
//     rename DIRECTORY FILE...                  sync, rename, sync the directory
//     read FILE...                              one pass over each that finds every line, all at once
//     rewrite FILE TARGET                       one read, one write, one fsync
//     spawn COUNT DIRECTORY...                  start COUNT processes that do nothing; list each directory
//     silent-port FILE                          listen, never answer; the port's number goes into FILE
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <lz4frame.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Bytes = std::vector<char>;
using Words = std::vector<std::string>;
// What "medium" means, the level that is used when none is configured; lz4 for many files takes its fast compressor.
constexpr int gzip_level = 6;
constexpr int zstd_level = 4;
constexpr int lz4_fast_level = 0, lz4hc_level = 6;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "bench-bound: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

int open_or_fail(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (fd < 0) fail(path);
  return fd;
}

Bytes read_whole(const std::string& path) {
  const int fd = open_or_fail(path, O_RDONLY);
  struct ::stat info {};
  if (::fstat(fd, &info) != 0) fail(path);
  Bytes bytes(static_cast<std::size_t>(info.st_size));
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t got = ::read(fd, bytes.data() + at, bytes.size() - at);
    if (got <= 0) fail(path);
    at += static_cast<std::size_t>(got);
  }
  ::close(fd);
  return bytes;
}

void write_whole(int fd, const Bytes& bytes, const std::string& path) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t put = ::write(fd, bytes.data() + at, bytes.size() - at);
    if (put < 0) fail(path);
    at += static_cast<std::size_t>(put);
  }
}

std::string in(const std::string& directory, const std::string& file) {
  return directory + file.substr(file.rfind('/') == std::string::npos ? 0 : file.rfind('/'));
}

void sync_directory(const std::string& path) {
  const int fd = open_or_fail(path, O_RDONLY | O_DIRECTORY);
  if (::fsync(fd) != 0) fail(path);
  ::close(fd);
}

// ---- Codecs ---------------------------------------------------------------------------------------------------------

Bytes deflate(const Bytes& plain) {
  libdeflate_compressor* const compressor = libdeflate_alloc_compressor(gzip_level);
  Bytes packed(libdeflate_gzip_compress_bound(compressor, plain.size()));
  packed.resize(libdeflate_gzip_compress(compressor, plain.data(), plain.size(), packed.data(), packed.size()));
  libdeflate_free_compressor(compressor);
  return packed;
}

Bytes zstd(const Bytes& plain) {
  Bytes packed(ZSTD_compressBound(plain.size()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), zstd_level));
  return packed;
}

template <int level>
Bytes lz4(const Bytes& plain) {
  LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
  preferences.compressionLevel = level;
  preferences.frameInfo.blockSizeID = LZ4F_max4MB;
  Bytes packed(LZ4F_compressFrameBound(plain.size(), &preferences));
  packed.resize(LZ4F_compressFrame(packed.data(), packed.size(), plain.data(), plain.size(), &preferences));
  return packed;
}

Bytes inflate(const Bytes& packed) {
  libdeflate_decompressor* const decompressor = libdeflate_alloc_decompressor();
  std::uint32_t size = 0;
  std::memcpy(&size, packed.data() + packed.size() - sizeof size, sizeof size);
  Bytes plain(size);
  if (libdeflate_gzip_decompress(decompressor, packed.data(), packed.size(), plain.data(), plain.size(), nullptr) !=
      LIBDEFLATE_SUCCESS) {
    errno = EINVAL;
    fail("inflate");
  }
  libdeflate_free_decompressor(decompressor);
  return plain;
}

void on_all_cores(std::size_t begin, std::size_t end, const std::function<void(std::size_t)>& each) {
  std::atomic<std::size_t> next = begin;
  const auto work = [&] {
    for (std::size_t i = next++; i < end; i = next++) each(i);
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) threads.emplace_back(work);
}

void convert_all(const Words& words, const std::function<Bytes(const Bytes&)>& convert) {
  on_all_cores(1, words.size(), [&](std::size_t i) {
    const std::string target = in(words[0], words[i]);
    const int fd = open_or_fail(target, O_WRONLY | O_CREAT | O_TRUNC);
    write_whole(fd, convert(read_whole(words[i])), target);
    ::close(fd);
  });
}

void test_gzip(const Words& words) {
  on_all_cores(0, words.size(), [&](std::size_t i) { inflate(read_whole(words[i])); });
}

// ---- Files ----------------------------------------------------------------------------------------------------------

void rename_all(const Words& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    const int fd = open_or_fail(words[i], O_RDONLY);
    if (::fsync(fd) != 0) fail(words[i]);
    ::close(fd);
    if (::rename(words[i].c_str(), in(words[0], words[i]).c_str()) != 0) fail(words[i]);
  }
  sync_directory(words[0]);
}

// Every line's end is looked for: that is what reading an index cannot do without.
std::size_t read_lines(const std::string& path, int copy_to) {
  const int fd = open_or_fail(path, O_RDONLY);
  Bytes buffer(std::size_t{256} << 10);
  std::size_t lines = 0;
  for (ssize_t got = 0; (got = ::read(fd, buffer.data(), buffer.size())) != 0;) {
    if (got < 0) fail(path);
    const std::string_view text(buffer.data(), static_cast<std::size_t>(got));
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) ++lines;
    if (copy_to >= 0 && ::write(copy_to, text.data(), text.size()) != got) fail("write");
  }
  ::close(fd);
  return lines;
}

void rewrite(const std::string& source, const std::string& target) {
  const int fd = open_or_fail(target, O_WRONLY | O_CREAT | O_TRUNC);
  read_lines(source, fd);
  if (::fsync(fd) != 0) fail(target);
  ::close(fd);
}

// ---- Processes and ports --------------------------------------------------------------------------------------------

void spawn_and_list(const Words& words) {
  char program[] = "/bin/true";
  char* argv[] = {program, nullptr};
  const int count = std::atoi(words[0].c_str());
  for (int i = 0; i < count; ++i) {
    pid_t pid = 0;
    if (::posix_spawn(&pid, program, nullptr, nullptr, argv, environ) != 0) fail(program);
  }
  for (std::size_t i = 1; i < words.size(); ++i) {
    DIR* const directory = ::opendir(words[i].c_str());
    if (directory == nullptr) fail(words[i]);
    while (::readdir(directory) != nullptr) {
    }
    ::closedir(directory);
  }
  while (::wait(nullptr) > 0) {
  }
}

[[noreturn]] void listen_silently(const std::string& file) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 1000) != 0) fail("listen");
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
  const std::string number = std::to_string(ntohs(address.sin_port)) + "\n";
  const std::string temporary = file + ".tmp";
  const int out = open_or_fail(temporary, O_WRONLY | O_CREAT | O_TRUNC);
  if (::write(out, number.data(), number.size()) < 0 || ::rename(temporary.c_str(), file.c_str()) != 0) fail(file);
  ::close(out);
  for (;;) ::pause();
}

int run(const std::string& job, const Words& words) {
  if (job == "deflate")
    convert_all(words, deflate);
  else if (job == "zstd")
    convert_all(words, zstd);
  else if (job == "lz4")
    convert_all(words, lz4<lz4_fast_level>);
  else if (job == "lz4hc")
    convert_all(words, lz4<lz4hc_level>);
  else if (job == "inflate")
    convert_all(words, inflate);
  else if (job == "gunzip")
    write_whole(STDOUT_FILENO, inflate(read_whole(words[0])), words[0]);
  else if (job == "rename")
    rename_all(words);
  else if (job == "test-gzip")
    test_gzip(words);
  else if (job == "read")
    on_all_cores(0, words.size(), [&](std::size_t i) { read_lines(words[i], -1); });
  else if (job == "rewrite" && words.size() == 2)
    rewrite(words[0], words[1]);
  else if (job == "spawn")
    spawn_and_list(words);
  else if (job == "silent-port")
    listen_silently(words[0]);
  else
    return 2;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: bench-bound JOB ARGUMENT...\n", stderr);
    return 2;
  }
  return run(argv[1], Words(argv + 2, argv + argc));
}
