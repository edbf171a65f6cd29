#include "barman/archive/wal_source.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <vector>

#include "barman/archive/wal_file.h"
#include "barman/archive/wal_queue.h"
#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/wal_content.h"

namespace barman::archive {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;

std::string head_of(int fd, std::size_t size, const std::string& path) {
  std::string head(size, '\0');
  const ssize_t got = ::pread(fd, head.data(), head.size(), 0);
  if (got < 0) throw_errno("read", path);
  head.resize(static_cast<std::size_t>(got));
  return head;
}

void copy(int input, int output, const std::string& path) {
  std::vector<char> buffer(buffer_size);
  while (const std::size_t got = fs::read_some(input, buffer, path)) {
    signals::throw_if_pending();
    fs::write_output(output, {buffer.data(), got});
  }
}

void copy_plain(const WalName& wal, int input, int output, const std::string& path) {
  if (const auto problem = plain_problem(wal, input, path)) refuse_damaged(path, *problem);
  copy(input, output, path);
}

}  // namespace

void WalSource::send(int output, const Delivery& delivery) const {
  const std::string_view name = base_name(path_);
  const int input = fd_.get();
  const auto wal = parse_wal_name(name);
  if (!wal) throw Error(Errc::refused, fmt::format("'{}' is no WAL file", path_));
  // What pg_receivewal writes is never compressed, whatever its first bytes look like.
  if (wal->kind == WalKind::partial && fs::parent_directory(path_) == WalQueue(config_, Origin::streaming).directory())
    return copy_plain(*wal, input, output, path_);
  const codec::Stage settings = codec_settings(config_);
  const std::string head = head_of(input, head_size(settings), path_);
  const bool encrypted = codec::looks_encrypted(head);
  if (encrypted) require_passphrase(config_, name);
  const auto stored = encrypted ? std::nullopt : algorithm_of(head, config_, settings);
  const auto& wanted = delivery.recompress;
  if (!encrypted) {
    const bool as_it_is =
        delivery.keep_compression || (wanted ? stored && codec::same_format(*stored, *wanted) : !stored);
    if (as_it_is && stored) return copy(input, output, path_);  // to be judged where it is unpacked
    if (as_it_is) return copy_plain(*wal, input, output, path_);
  }
  ContentCheck check(*wal, path_);
  const codec::Watch watch = [&](std::string_view piece) { check(piece); };
  try {
    const codec::Recipe from = stored_recipe(head, config_, settings), to = codec::stored_as(wanted);
    if (encrypted && delivery.keep_compression)
      return codec::decode(input, output, {from.back()}, path_, [](std::string_view) {});
    if (!wanted) return codec::decode(input, output, from, path_, watch);
    if (!from.empty()) return codec::transcode(input, output, from, to, path_, watch);
    if (const auto problem = plain_problem(*wal, input, path_)) refuse_damaged(path_, *problem);
    codec::encode(input, output, to, path_);
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) throw;
    throw Error(Errc::corrupt, fmt::format("Error decompressing WAL: {}", error.what()), error.hint());
  }
}

}  // namespace barman::archive
