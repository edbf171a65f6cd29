// The tar stream that put-wal reads. After a first byte, whose bits say what is put right in the rest, so that changed
// streams are more than refused: 1 the checksums of headers, 2 the digests in SHA256SUMS.
#include "barman/archiver/put_wal.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <span>

#include "barman/core/digest.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "fuzz.h"
#include "unit/fs/memory_directory.h"

namespace barman::fuzz {
namespace {

constexpr std::size_t block = 512, checksum_at = 148, checksum_size = 8, size_at = 124, size_size = 12,
                      digest_size = 64;
const std::string waiting = "000000010000000000000008", archived = "000000010000000000000009",
                  archived_path = "/wals/0000000100000000/" + archived, packed = "\x1f\x8b\x08 what was there before";

struct Silent : Notifier {
  void info(std::string_view, Logged) override {}
  void warning(std::string_view, Logged) override {}
  void error(std::string_view, Logged) override {}
  void debug(std::string_view) override {}
};

struct Server {
  Server() {
    config.name = "main";
    config.backup_directory = path();
    config.basebackups_directory = path() + "/base";
    config.wals_directory = config.xlogdb_directory = path() + "/wals";
    config.incoming_wals_directory = path() + "/incoming";
    config.streaming_wals_directory = path() + "/streaming";
    config.errors_directory = path() + "/errors";
    for (const char* name : {"/incoming", "/errors", "/wals/0000000100000000"}) fs::make_directories(path() + name);
    std::ofstream(path() + archived_path) << packed;
  }
  const std::string& path() const { return directory.path(); }
  fs::TemporaryDirectory directory{"barman-fuzz-put-wal-", memory_directory()};
  config::ServerConfig config;
  fs::LockDirectory locks{directory.path(), "main"};
};

std::size_t size_in(std::string_view header) {
  std::size_t size = 0;
  for (const char c : trim(header.substr(size_at, size_size).substr(0, header.substr(size_at, size_size).find('\0'))))
    if (c >= '0' && c <= '7' && size < (std::size_t{1} << 40)) size = size * 8 + static_cast<std::size_t>(c - '0');
  return size;
}

void put_header_right(std::span<char> header) {
  std::ranges::fill(header.subspan(checksum_at, checksum_size), ' ');
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  const std::string digits = fmt::format("{:06o}", sum);
  std::ranges::copy(digits, header.begin() + checksum_at);
  header[checksum_at + digits.size()] = '\0';
}

void put_digests_right(std::span<char> lines, const std::map<std::string, std::string, std::less<>>& digests) {
  const std::string_view text(lines.data(), lines.size());
  for (std::size_t begin = 0; begin < text.size();) {
    const std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
    if (line.size() > digest_size + 2)
      if (const auto found = digests.find(line.substr(digest_size + 2)); found != digests.end())
        std::ranges::copy(found->second, lines.begin() + static_cast<std::ptrdiff_t>(begin));
    begin += line.size() + 1;
  }
}

std::string put_right(std::string stream, bool headers, bool sums) {
  std::map<std::string, std::string, std::less<>> digests;
  for (std::size_t at = 0; at + block <= stream.size();) {
    const std::span<char> header = std::span(stream).subspan(at, block);
    if (headers) put_header_right(header);
    at += block;
    const std::size_t size = std::min(size_in({header.data(), block}), stream.size() - at);
    const std::span<char> content = std::span(stream).subspan(at, size);
    const std::string name(header.data(), ::strnlen(header.data(), 100));
    if (sums && name == "SHA256SUMS") put_digests_right(content, digests);
    Digest digest(DigestKind::sha256);
    digest.update({content.data(), content.size()});
    digests[name] = digest.hex();
    at += std::min((size + block - 1) / block * block, stream.size() - at);
    if (header[0] == '\0') break;
  }
  return stream;
}

// A descriptor to read `bytes` from; rewound memory, as a pipe would need a second process.
UniqueFd readable(std::string_view bytes) {
  UniqueFd fd(::memfd_create("stream", MFD_CLOEXEC));
  fs::write_all(fd.get(), bytes, "stream");
  ::lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

void require_order(const Server& server) {
  std::vector<std::string> top = fs::list_directory(server.path());
  require(top == std::vector<std::string>{"errors", "incoming", "wals"}, "nothing is put beside the directories");
  for (const std::string& name : fs::list_directory(server.config.incoming_wals_directory)) {
    require(is_any_wal_name(name), "what arrives has a WAL file's name", name);
    require(S_ISREG(fs::lstat_if_exists(server.config.incoming_wals_directory + '/' + name)->st_mode),
            "what arrives is a file", name);
  }
  constexpr std::size_t suffix = std::string_view(".20261121T072640Z.duplicate").size();
  for (const std::string& name : fs::list_directory(server.config.errors_directory))
    require(name.size() > suffix && is_any_wal_name(name.substr(0, name.size() - suffix)),
            "what is put aside has a WAL file's name", name);
  require(fs::read_file(server.config.incoming_wals_directory + '/' + waiting) == packed, "what waits is not replaced");
  require(fs::read_file(server.path() + archived_path) == packed, "what is archived is not touched");
  require(fs::list_directory(server.path() + "/wals/0000000100000000").size() == 1, "nothing is put into the archive");
}

void empty(const std::string& directory) {
  for (const std::string& name : fs::list_directory(directory)) fs::remove_file(directory + '/' + name);
}

}  // namespace

void one_input(std::string_view bytes) {
  static const Server server;
  if (bytes.empty()) return;
  const auto wish = static_cast<unsigned char>(bytes.front());
  const std::string stream = put_right(std::string(bytes.substr(1)), wish & 1, wish & 2);
  std::ofstream(server.config.incoming_wals_directory + '/' + waiting) << packed;
  Silent notifier;
  accepts([&] {
    archiver::put_wal(archive::WalArchive(server.config, server.locks), notifier, readable(stream).get(),
                      " (SSH host: 192.0.2.1)");
  });
  require_order(server);
  empty(server.config.incoming_wals_directory);
  empty(server.config.errors_directory);
}

}  // namespace barman::fuzz
