#include "barman/archiver/put_wal.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <list>
#include <map>
#include <vector>

#include "barman/archive/errors_directory.h"
#include "barman/archive/wal_file.h"
#include "barman/core/digest.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/fs/stream.h"
#include "barman/fs/unpublished_file.h"
#include "barman/tar/reader.h"
#include "barman/wal/segment.h"
#include "barman/wal/wal_content.h"

namespace barman::archiver {

namespace {

using archive::Origin;

constexpr std::string_view logger = "barman.server";
constexpr std::uint64_t longest_sums = 16 * 1024 * 1024;

// A sender lists a file a line. With more invalid lines than this it is not a list of checksums.
constexpr std::size_t most_bad_lines = 10, longest_shown = 200;
constexpr std::size_t most_nameless = 64;  // each is an open descriptor

struct Received {
  std::string name;
  fs::UnpublishedFile file;
  std::string sum;  // SHA-256, or MD5 after an MD5SUMS
};

struct Sum {
  std::string name;
  std::string sum;
};

std::string file_digest(const std::string& path, DigestKind kind) {
  const UniqueFd fd = fs::open_file(path, O_RDONLY);
  Digest digest(kind);
  fs::read_blocks(fd.get(), path, [&](std::string_view block) { digest.update(block); });
  return digest.hex();
}

// One type byte as Python shows it: b'5', b'\x07'.
std::string type_text(char type) {
  const auto byte = static_cast<unsigned char>(type);
  if (byte < 0x20 || byte > 0x7e) return fmt::format("b'\\x{:02x}'", byte);
  return fmt::format("b'{}'", type);
}

// What is wrong about the configuration of the codec is for archive-wal to say: here nothing is compressed.
codec::Stage codec_of(const config::ServerConfig& config) {
  try {
    return archive::codec_settings(config);
  } catch (const Error& error) {
    if (error.code() != Errc::config) throw;
    return {};
  }
}

class Reception {
 public:
  Reception(const archive::WalArchive& archive, Notifier& notifier, int input, const std::string& sender)
      : config_(archive.config()),
        archive_(archive),
        incoming_(archive.queue(Origin::file)),
        notifier_(notifier),
        in_put_wal_(fmt::format(" in put-wal for server '{}'{}", config_.name, sender)),
        by_put_wal_(fmt::format(" by put-wal for server '{}'{}", config_.name, sender)),
        tar_([input](std::span<char> buffer) { return fs::read_stream(input, buffer, "standard input"); }),
        codec_(codec_of(config_)),
        head_size_(std::max(archive::head_size(codec_), segment_header_size)) {}

  void run() {
    fs::make_directories(incoming_.directory());
    receive_all();
    verify_sums();
    for (Received& file : files_) accept(file);
    fs::sync_directory(incoming_.directory());
    if (!conflict_.empty())
      throw Error(
          Errc::refused, conflict_,
          fmt::format("the sender keeps its file; find out whether two clusters send to server '{}'", config_.name));
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const { throw Error(Errc::refused, what + in_put_wal_); }

  void receive_all() {
    while (auto member = next_member()) {
      std::string name = member->name;
      if (name.starts_with("./")) name.erase(0, 2);
      if (member->type == '5') name.erase(name.find_last_not_of('/') + 1);
      if (member->type != '0')
        refuse(fmt::format("Unsupported file type '{}' for file '{}'", type_text(member->type), name));
      if (name == "SHA256SUMS" || name == "MD5SUMS")
        read_sums(*member, name == "MD5SUMS" ? DigestKind::md5 : DigestKind::sha256);
      else
        receive(*member, name);
    }
  }

  std::optional<tar::Member> next_member() {
    try {
      return tar_.next();
    } catch (const Error& error) {
      rethrow_damage(error);
    }
  }
  std::size_t read_member(std::span<char> buffer) {
    try {
      return tar_.read(buffer);
    } catch (const Error& error) {
      rethrow_damage(error);
    }
  }
  [[noreturn]] void rethrow_damage(const Error& error) const {
    if (error.code() != Errc::corrupt) throw error;
    throw Error(
        Errc::corrupt, error.what(),
        fmt::format(
            "put-wal of server '{}' reads an uncompressed tar stream from standard input, as barman-wal-archive "
            "sends it",
            config_.name));
  }

  void receive(const tar::Member& member, const std::string& name) {
    const auto wal = parse_wal_name(name);  // base names only: no path, nothing hidden, nothing overlong
    if (!wal) refuse(fmt::format("Unsupported filename '{}'", name));
    if (member.size == 0 || member.size > largest_delivery(wal->kind)) refuse_size(name, member.size);
    Received received{name, fs::UnpublishedFile(incoming_.directory(), files_.size() >= most_nameless), {}};
    fs::UnpublishedFile& file = received.file;
    Digest digest(DigestKind::sha256);
    std::string head;
    std::vector<char> buffer(256 * 1024);
    while (const std::size_t got = read_member(buffer)) {
      if (head.size() < head_size_) head.append(buffer.data(), std::min(got, head_size_ - head.size()));
      digest.update({buffer.data(), got});
      fs::write_all(file.fd(), {buffer.data(), got}, file.place());
    }
    if (const auto problem = wal_problem(*wal, head, member.size, unrecognised(head)))
      refuse(fmt::format("Unsupported content of file '{}' ({})", name, *problem));
    const struct ::timespec times[2] = {member.mtime, member.mtime};
    if (::futimens(file.fd(), times) != 0) throw_errno("set the times of", file.place());
    file.finish();
    received.sum = digest.hex();
    // A name that comes twice: the last one counts.
    const auto [known, is_new] = file_of_.try_emplace(name);
    if (!is_new) files_.erase(known->second);
    known->second = files_.insert(files_.end(), std::move(received));
  }

  [[noreturn]] void refuse_size(const std::string& name, std::uint64_t size) const {
    refuse(fmt::format("Unsupported size {} of file '{}'", size, name));
  }

  // As archive-wal will look at it.
  std::string delivered_magic() const { return config_.compression == "custom" ? codec_.custom_magic : std::string(); }
  // What is packed cannot be judged from outside.
  Unrecognised unrecognised(std::string_view head) const {
    const bool packed = codec::looks_encrypted(head) || archive::algorithm_of(head, config_, codec_).has_value();
    return packed ? Unrecognised::accept : Unrecognised::refuse;
  }

  void read_sums(const tar::Member& member, DigestKind kind) {
    if (member.size > longest_sums) refuse_size(member.name, member.size);
    kind_ = kind;
    std::string text(member.size, '\0');
    for (std::size_t filled = 0; filled < text.size();) filled += read_member(std::span(text).subspan(filled));
    for (const std::string& line : split_lines(text)) parse_sum(line);
  }

  // "{hex} *{name}" or "{hex}  {name}".
  void parse_sum(const std::string& line) {
    std::size_t cut = std::string::npos;
    for (std::size_t i = 1; i + 1 < line.size() && cut == std::string::npos; ++i)
      if (line[i] == ' ' && (line[i + 1] == '*' || line[i + 1] == ' ')) cut = i;
    if (cut == std::string::npos) {
      if (++bad_lines_ > most_bad_lines)
        refuse(fmt::format("More than {} bad lines in the list of checksums", most_bad_lines));
      const std::string shown = line.size() > longest_shown ? line.substr(0, longest_shown) + "..." : line;
      notifier_.warning(fmt::format("Bad checksum line {} found{}", python_repr(shown), in_put_wal_));
      return;
    }
    std::string name = line.substr(cut + 2);
    if (name.starts_with("./")) name.erase(0, 2);
    const auto [known, is_new] = sum_of_.try_emplace(name);
    if (!is_new) sums_.erase(known->second);
    known->second = sums_.insert(sums_.end(), {name, line.substr(0, cut)});
  }

  void verify_sums() {
    for (const Sum& sum : sums_) {
      const auto found = file_of_.find(sum.name);
      if (found == file_of_.end()) refuse(fmt::format("Checksum without corresponding file '{}'", sum.name));
      const auto file = found->second;
      if (kind_ == DigestKind::md5) file->sum = file_digest(file->file.path(), kind_);
      if (file->sum != sum.sum)
        refuse(fmt::format("Bad file checksum '{}' (should be {}) for file '{}'", file->sum, sum.sum, file->name));
    }
  }

  void accept(Received& file) {
    if (!sum_of_.contains(file.name)) refuse(fmt::format("Missing checksum for file '{}'", file.name));
    log::info(logger, "Received file '{}' with checksum '{}'{}", file.name, file.sum, by_put_wal_);
    if (archive_holds_another(file)) return conflict(file, "is archived");
    const std::string target = incoming_.location(file.name);
    while (!file.file.publish(file.name)) {
      if (!fs::exists(target)) continue;  // archived in this moment
      if (compare_with_waiting(file, target)) return;
    }
  }

  // The identical file is taken once more: should its line of the index be missing, archive-wal adds it.
  bool archive_holds_another(const Received& file) const {
    const std::string archived = archive_.location(file.name);
    if (!fs::is_regular_file(archived)) return false;
    const std::string stored_head = codec::read_head(archived, head_size_);
    const std::string head = codec::read_head(file.file.path(), head_size_);
    if (codec::looks_encrypted(stored_head) || codec::looks_encrypted(head)) return false;  // archive-wal decides
    try {
      const codec::Recipe delivered = codec::stored_as(codec::detect(head, delivered_magic()), codec_);
      const codec::Recipe stored = codec::stored_as(archive::algorithm_of(stored_head, config_, codec_), codec_);
      if (codec::same_content(file.file.path(), delivered, archived, stored)) return false;
    } catch (const Error& error) {
      if (error.code() != Errc::corrupt) throw;
      log::error(logger, "Cannot compare {} with the archived file: {}", file.name, error.what());
    }
    // A damaged one has to give way: archive-wal sets it aside.
    return !archive::stored_problem(*parse_wal_name(file.name), archived, config_, codec_);
  }

  // False: what waited could never be archived, and has made room.
  bool compare_with_waiting(Received& file, const std::string& target) {
    const std::string waiting = file_digest(target, kind_);
    if (waiting == file.sum) {
      log::debug(logger,
                 "Duplicate Files with Identical Checksums. File {} already exists on server {}, and the checksums are "
                 "identical. Skipping the file.",
                 file.name, config_.name);
      fs::sync_file(target);  // whoever brought it may not have
      return true;
    }
    if (const auto problem = incoming_.unfit(file.name)) {
      const std::string kept = archive::move_to_errors(target, config_.errors_directory, file.name, "damaged");
      log::warning(logger, "{} waited to be archived, but {}: moved to {}", target, *problem, kept);
      return false;
    }
    conflict(file, "waits to be archived");
    return true;
  }

  // The others of the stream are taken all the same.
  void conflict(const Received& file, std::string_view state) {
    conflict_ = fmt::format("Unsupported content of file '{}' (another of this name {} already){}", file.name, state,
                            in_put_wal_);
  }

  const config::ServerConfig& config_;
  const archive::WalArchive& archive_;
  const archive::WalQueue incoming_;
  Notifier& notifier_;
  const std::string in_put_wal_, by_put_wal_;  // ends of messages
  tar::Reader tar_;
  const codec::Stage codec_;
  const std::size_t head_size_;
  DigestKind kind_ = DigestKind::sha256;
  std::list<Received> files_;  // in stream order
  std::map<std::string, std::list<Received>::iterator> file_of_;
  std::size_t bad_lines_ = 0;
  std::list<Sum> sums_;  // in the order of their last lines
  std::map<std::string, std::list<Sum>::iterator> sum_of_;
  std::string conflict_;  // the last one
};

}  // namespace

void put_wal(const archive::WalArchive& archive, Notifier& notifier, int input, const std::string& sender) {
  Reception(archive, notifier, input, sender).run();
}

std::uint64_t largest_delivery(WalKind kind) {
  constexpr std::uint64_t mib = 1024 * 1024;
  const bool text = kind == WalKind::history || kind == WalKind::backup_label;
  return text ? mib : 1024 * mib + 64 * mib;
}

}  // namespace barman::archiver
