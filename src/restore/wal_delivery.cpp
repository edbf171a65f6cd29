#include "wal_delivery.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include "barman/archiver/codec_settings.h"
#include "barman/core/error.h"
#include "barman/core/on_all_cores.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/fs/rsync.h"
#include "barman/wal/segment.h"

namespace barman::restore {

namespace {

constexpr mode_t private_directory = 0700;
constexpr mode_t public_file = 0644;         // as those that lie in the archive uncompressed
constexpr std::size_t batch_size = 64;       // segments staged at a time: bounds the scratch space
constexpr std::size_t names_at_once = 4096;  // of empty files

// One file to deliver.
struct Delivery {
  std::string source;
  std::string name;  // at the destination
};

std::string delivered_name(const std::string& name) {
  const auto wal = parse_wal_name(name);
  return wal && wal->kind == WalKind::partial ? to_string(wal->segment) : name;
}

void deliver_one(const Delivery& delivery, const std::string& directory, const config::ServerConfig& config,
                 const compress::Settings& settings) {
  const std::string target = fmt::format("{}/{}", directory, delivery.name);
  const std::string temporary = fmt::format("{}/.{}.tmp", directory, delivery.name);
  fs::remove_file(temporary);
  if (const auto algorithm = archiver::stored_algorithm(delivery.source, config, settings)) {
    compress::decompress_file(delivery.source, temporary, *algorithm, settings);
    if (::chmod(temporary.c_str(), public_file) != 0) throw_errno("change the mode of", temporary);
  } else {
    fs::copy_file(delivery.source, temporary);
  }
  fs::rename_file(temporary, target);
}

// Decompresses into the destination itself, or for a remote one into a scratch directory that rsync empties batch by
// batch.
class Deliverer {
 public:
  Deliverer(const RestoreRequest& request, std::string destination, const Collaborators& with)
      : request_(request),
        destination_(std::move(destination)),
        with_(with),
        settings_(archiver::codec_settings(with.config)) {}

  void add(Delivery delivery) {
    if (!fs::exists(delivery.source))
      throw Error(Errc::not_found, fmt::format("'{}' is listed in the WAL index but does not exist", delivery.source),
                  fmt::format("run 'barman rebuild-xlogdb {}', then check-backup, to see what is still complete",
                              with_.config.name));
    batch_.push_back(std::move(delivery));
    if (batch_.size() >= batch_size) flush();
  }

  void flush() {
    if (batch_.empty()) return;
    if (with_.target_host.is_remote())
      deliver_remotely();
    else
      deliver_into(destination_);
    batch_.clear();
  }

 private:
  void deliver_into(const std::string& directory) {
    on_all_cores(batch_.size(), [&](std::size_t i) { deliver_one(batch_[i], directory, with_.config, settings_); });
  }

  void deliver_remotely() {
    const fs::TemporaryDirectory scratch("barman_wal-");
    deliver_into(scratch.path());
    fs::RsyncOptions options;
    options.extra = {"--files-from=-", "--from0"};
    options.input.emplace();
    for (const Delivery& delivery : batch_) options.input->append(delivery.name) += '\0';
    options.network_compression = request_.network_compression;
    options.bandwidth_limit = static_cast<int>(request_.bandwidth_limit);
    fs::run_rsync(with_.local, fs::rsync_command(options, with_.target_host, scratch.path() + "/",
                                                 with_.target_host.rsync_path(destination_ + "/")));
  }

  const RestoreRequest& request_;
  std::string destination_;
  const Collaborators& with_;
  compress::Settings settings_;
  std::vector<Delivery> batch_;
};

}  // namespace

WalList::WalList(const std::string& path) : path_(path), fd_(fs::open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600)) {}

void WalList::add(std::string_view name) {
  buffer_.append(name) += '\n';
  last_ = name;
  ++count_;
  if (buffer_.size() > 64 * 1024) finish();
}

void WalList::finish() {
  fs::write_all(fd_.get(), buffer_, path_);
  buffer_.clear();
}

void WalList::for_each(const std::function<void(const std::string&)>& visit) const {
  const fs::UniqueFd in = fs::open_file(path_, O_RDONLY);
  std::string rest;
  std::vector<char> buffer(64 * 1024);
  while (const std::size_t got = fs::read_some(in.get(), buffer, path_)) {
    rest.append(buffer.data(), got);
    std::size_t start = 0;
    for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', start)) {
      visit(rest.substr(start, end - start));
      start = end + 1;
    }
    rest.erase(0, start);
  }
}

void deliver_wal(const RestoreRequest& request, const WalList& names, const std::string& extra_partial,
                 const std::string& destination, const Collaborators& with) {
  try {
    with.target_host.make_directories(destination, private_directory);
    Deliverer deliverer(request, destination, with);
    names.for_each([&](const std::string& name) {
      deliverer.add(
          {fmt::format("{}/{}", with.config.wals_directory, archive_path(name).value_or(name)), delivered_name(name)});
    });
    if (!extra_partial.empty()) deliverer.add({extra_partial, delivered_name(std::string(base_name(extra_partial)))});
    deliverer.flush();
  } catch (const Error& error) {
    if (error.code() == Errc::interrupted) throw;
    throw Error(error.code(), fmt::format("Failure copying WAL files: {}", error.what()), error.hint());
  }
}

void mark_as_archived(const WalList& names, const std::string& extra_partial, const std::string& wal_directory,
                      const Collaborators& with) {
  const std::string directory = wal_directory + "/archive_status";
  std::vector<std::string> batch;
  const auto create = [&] {
    with.target_host.create_empty_files(directory, batch);
    batch.clear();
  };
  const auto mark = [&](const std::string& name) {
    batch.push_back(name + ".done");
    if (batch.size() >= names_at_once) create();
  };
  names.for_each(mark);
  if (!extra_partial.empty()) mark(std::string(base_name(extra_partial)));
  create();
}

}  // namespace barman::restore
