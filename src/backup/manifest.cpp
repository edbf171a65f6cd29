#include "barman/backup/manifest.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <vector>

#include "barman/core/error.h"
#include "barman/core/parallel.h"
#include "barman/fs/file.h"
#include "checksum.h"
#include "manifest_file.h"

namespace barman::backup {
namespace {

constexpr std::size_t batch_size = 512;  // files whose lines are held at a time
constexpr mode_t manifest_mode = 0666;

// A manifest being written: what goes into the file goes into its own checksum.
class ManifestWriter {
 public:
  explicit ManifestWriter(const std::string& path) : file_(path, manifest_mode) {
    add("{\"PostgreSQL-Backup-Manifest-Version\": 1,\n\"Files\": [\n");
  }

  void add_files(const std::vector<ManifestEntry>& entries) {
    std::string text;
    for (const ManifestEntry& entry : entries) {
      if (!first_) text += ",\n";
      first_ = false;
      text += to_json(entry);
    }
    add(text);
  }

  const std::string& temporary_path() const { return file_.temporary_path(); }

  void finish() {
    add("],\n");
    file_.write(fmt::format("\"Manifest-Checksum\": \"{}\"}}\n", digest_.hex()));
    file_.commit();
  }

 private:
  void add(std::string_view text) {
    digest_.update(text);
    file_.write(text);
  }

  fs::FileReplacement file_;
  Checksum digest_{ChecksumKind::sha256};
  bool first_ = true;
};

struct Job {
  std::string path;
  ManifestEntry entry;
};

void flush(std::vector<Job>& jobs, ManifestWriter& manifest) {
  on_all_cores(jobs.size(), [&](std::size_t i) {
    FileDigest found = digest_file(jobs[i].path, ChecksumKind::sha256);
    jobs[i].entry.size = found.size;
    jobs[i].entry.checksum = std::move(found.checksum);
  });
  std::vector<ManifestEntry> entries;
  for (Job& job : jobs) entries.push_back(std::move(job.entry));
  manifest.add_files(entries);
  jobs.clear();
}

}  // namespace

void write_manifest(const std::string& data_directory, bool replace) {
  const std::string path = data_directory + "/backup_manifest";
  if (!replace && fs::exists(path)) throw Error(Errc::refused, fmt::format("File {} already exists.", path));
  ManifestWriter manifest(path);
  std::vector<Job> jobs;
  fs::walk(data_directory, [&](const fs::Entry& entry) {
    if (!S_ISREG(entry.info.st_mode)) return;
    if (entry.path == path || entry.path == manifest.temporary_path()) return;
    jobs.push_back({entry.path, {entry.relative, entry.info.st_mtime, 0, {}}});
    if (jobs.size() == batch_size) flush(jobs, manifest);
  });
  flush(jobs, manifest);
  manifest.finish();
}

}  // namespace barman::backup
