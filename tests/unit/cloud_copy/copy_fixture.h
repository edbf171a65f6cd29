#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/cloud/place.h"
#include "barman/cloud_copy/copy.h"
#include "barman/server/server_context.h"
#include "fakes/notifier.h"
#include "fakes/server_on_disk.h"
#include "unit/cloud/failing_store.h"

namespace barman::cloud_copy {

// A store that belongs to the test, behind the pointer that a place owns.
class BorrowedStore : public store::ObjectStore {
 public:
  explicit BorrowedStore(store::ObjectStore& inner, std::atomic<std::size_t>& calls) : inner_(inner), calls_(calls) {}
  const store::Abilities& abilities() const override { return inner_.abilities(); }
  std::string name() const override { return inner_.name(); }
  std::string bucket() const override { return inner_.bucket(); }
  bool bucket_exists() override { return count().bucket_exists(); }
  void create_bucket() override { count().create_bucket(); }
  void put(const std::string& key, const store::Body& body, const store::PutOptions& options) override {
    count().put(key, body, options);
  }
  std::unique_ptr<store::Upload> begin_upload(const std::string& key, const store::PutOptions& options) override {
    return count().begin_upload(key, options);
  }
  std::optional<store::Object> head(const std::string& key) override { return count().head(key); }
  store::Object get(const std::string& key, const std::function<void(std::string_view)>& take,
                    const store::Range& range) override {
    return count().get(key, take, range);
  }
  store::Page list(const store::Listing& listing, const std::string& next) override {
    return count().list(listing, next);
  }
  std::vector<store::RemoveFailure> remove(const std::vector<std::string>& keys) override {
    return count().remove(keys);
  }
  std::vector<store::OpenUpload> open_uploads(const std::string& prefix) override {
    return count().open_uploads(prefix);
  }
  void abort_upload(const store::OpenUpload& upload) override { count().abort_upload(upload); }
  store::Lock lock(const std::string& key) override { return count().lock(key); }

 private:
  store::ObjectStore& count() {
    ++calls_;
    return inner_;
  }
  store::ObjectStore& inner_;
  std::atomic<std::size_t>& calls_;
};

inline std::string segment_name(int segment, int timeline = 1) {
  return to_string(Segment{static_cast<std::uint32_t>(timeline), 0, static_cast<std::uint32_t>(segment)});
}

// A backup that begins and ends with these segments; its id and times go with the day.
inline catalog::BackupInfo finished_backup(int day, int begin, int end) {
  catalog::BackupInfo info;
  info.backup_id = fmt::format("202601{:02}T000000", day);
  info.server_name = "main";
  info.set_status(catalog::BackupStatus::done);
  info.mode = "postgres";
  info.begin_wal = segment_name(begin);
  info.end_wal = segment_name(end);
  info.begin_xlog = fmt::format("0/{:X}000028", begin);
  info.end_xlog = fmt::format("0/{:X}000138", end);
  info.begin_time = parse_timestamp(fmt::format("2026-01-{:02} 00:00:00+00", day));
  info.end_time = parse_timestamp(fmt::format("2026-01-{:02} 00:10:00+00", day));
  info.timeline = 1;
  info.version = 150018;
  info.pgdata = "/pg";
  info.systemid = "7";
  info.size = 1000;
  return info;
}

// A server with a local catalogue, and a store for its copy.
class CopiedServer : public testing::Test {
 protected:
  CopiedServer() : store_(disk_.path("store")) {
    store_.limits.smallest_part = 4096;
    disk_.config.cloud_copy = "s3://lab/p";
    disk_.config.backup_compression = "none";
    global_.barman_lock_directory = disk_.path("locks");
    global_.barman_home = disk_.path("");
    start_anew();
  }

  // As another process would find it.
  void start_anew() {
    ServerContext::Given given;
    given.open_place = [this](const std::string&, const config::ServerConfig& config) {
      return cloud::Place{std::make_unique<BorrowedStore>(store_, calls_), {"p", config.name}};
    };
    server_.emplace(global_, disk_.config, notifier_, given);
  }

  void add_wal(int segment, std::string_view content = "x", int timeline = 1) {
    add_file(segment_name(segment, timeline), content);
  }
  void add_file(const std::string& name, std::string_view content) {
    disk_.write("main/wals/" + *archive_path(name), content);
    index_ += fmt::format("{}\t{}\t1767225600.0\tNone\tNone\n", name, content.size());
    disk_.write("main/wals/main-xlog.db", index_);
  }
  void drop_wal(int segment) {
    fs::remove_file(disk_.path("main/wals/" + *archive_path(segment_name(segment))));
    const std::size_t at = index_.find(segment_name(segment));
    index_.erase(at, index_.find('\n', at) + 1 - at);
    disk_.write("main/wals/main-xlog.db", index_);
  }

  void add_backup(const catalog::BackupInfo& info) {
    const std::string data = "main/base/" + info.backup_id + "/data/";
    disk_.write(data + "PG_VERSION", "15\n");
    disk_.write(data + "backup_label", "START WAL\n");
    disk_.write(data + "global/pg_control", "control of " + info.backup_id);
    for (int i = 0; i < 3; ++i) disk_.write(data + "base/1/" + std::to_string(i), std::string(9000, 'a'));
    server_->backups().save(info);
  }
  // With its WAL and one segment that follows.
  catalog::BackupInfo add_finished(int day, int begin, int end) {
    for (int segment = begin; segment <= end + 1; ++segment)
      if (index_.find(segment_name(segment)) == std::string::npos) add_wal(segment);
    const catalog::BackupInfo info = finished_backup(day, begin, end);
    add_backup(info);
    return info;
  }
  void drop_backup(const catalog::BackupInfo& info) {
    fs::remove_tree(disk_.path("main/base/" + info.backup_id));
    server_->backups().forget(info.backup_id);
  }

  void copy() {
    NoProgress progress;
    cloud_copy::copy(*server_, progress);
  }
  // Below the server's place.
  std::vector<std::string> keys(const std::string& below = "") {
    std::vector<std::string> found;
    const std::string prefix = "p/main/" + below;
    store::for_each_object(store_, {.prefix = prefix, .delimiter = {}, .start_after = {}},
                           [&](const store::Object& object) { found.push_back(object.key.substr(prefix.size())); });
    return found;
  }
  std::string object(const std::string& key) { return store::read_object(store_, "p/main/" + key); }

  fakes::ServerOnDisk disk_;
  std::string index_;
  config::GlobalConfig global_;
  fakes::RecordingNotifier notifier_;
  cloud::FailingStore store_;
  std::atomic<std::size_t> calls_ = 0;  // of the store
  std::optional<ServerContext> server_;
};

}  // namespace barman::cloud_copy
