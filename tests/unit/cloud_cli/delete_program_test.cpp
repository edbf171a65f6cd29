#include "barman/cloud/deletion_plan.h"
#include "stored_backups.h"

namespace barman::cloud::cli {
namespace {

constexpr const char* url = "s3://lab/pg";

const std::string b1 = "20261101T100000", b2 = "20261102T100000", b3 = "20261103T100000", b4 = "20261104T100000";

class BackupDelete : public StoredBackups {
 protected:
  // Backups begin at segments 3, 5, 7; WAL 1 to 8.
  BackupDelete() {
    store_backup(backup(b1, 3));
    store_backup(backup(b2, 5));
    store_backup(backup(b3, 7));
    for (int segment = 1; segment <= 8; ++segment) put(wal_key(wal(segment)), "w");
    put("pg/main/wals/00000002.history", "1\t0/1\tx\n");
  }
  int remove(std::vector<std::string> options) {
    options.insert(options.end(), {url, "main"});
    return run("backup-delete", options);
  }
  std::vector<std::string> segments() {
    std::vector<std::string> names;
    for (const std::string& key : keys("pg/main/wals/0"))
      if (!key.ends_with(".history")) names.push_back(key.substr(key.size() - 2));
    return names;
  }
  bool exists(const std::string& id) { return !keys(base(id)).empty(); }
  static std::vector<std::string> from(int first, int last = 8) {
    std::vector<std::string> names;
    for (int i = first; i <= last; ++i) names.push_back(fmt::format("{:02X}", i));
    return names;
  }
};

TEST_F(BackupDelete, TakesTheWalThatOnlyItNeeds) {
  EXPECT_EQ(remove({"-b", b1}), 0) << err;
  EXPECT_EQ(out + err, "");
  EXPECT_FALSE(exists(b1));
  EXPECT_EQ(segments(), from(5));
  EXPECT_EQ(remove({"-b", b3}), 0) << err;  // an earlier one needs all WAL
  EXPECT_EQ(segments(), from(5));
  EXPECT_EQ(remove({"-b", b2}), 0) << err;  // the last one leaves what it and later ones may need
  EXPECT_EQ(segments(), from(5));
  EXPECT_EQ(keys("pg/main/wals/00000002"), std::vector<std::string>{"pg/main/wals/00000002.history"});
  EXPECT_EQ(keys("pg/main/base/"), std::vector<std::string>());
}

// Backups of one server may overlap: the second one ends while the one that began before it is still running.
struct RunningCase {
  const char* label;
  catalog::BackupStatus status;
  int hours;  // since it began
  int stays;  // first segment
};
class Running : public BackupDelete, public testing::WithParamInterface<RunningCase> {};

TEST_P(Running, BackupsKeepTheirWal) {
  catalog::BackupInfo other = backup("20261101T110000", 3);
  other.set_status(GetParam().status);
  other.begin_time = now() - std::chrono::hours(GetParam().hours);
  other.end_wal.reset();
  store_entry(other);
  EXPECT_EQ(remove({"-b", b1}), 0) << err;
  EXPECT_EQ(segments(), from(GetParam().stays));
}

INSTANTIATE_TEST_SUITE_P(Rows, Running,
                         testing::Values(RunningCase{"begun_lately", catalog::BackupStatus::started, 6 * 24, 3},
                                         RunningCase{"killed_long_ago", catalog::BackupStatus::started, 8 * 24, 5},
                                         RunningCase{"failed", catalog::BackupStatus::failed, 1, 5}),
                         [](const auto& row) { return std::string(row.param.label); });

TEST_F(BackupDelete, TakesAllCopiesOfASegment) {
  put(wal_key(wal(1), ".gz"), "w");
  put(wal_key(wal(1), ".zst"), "w");
  put(wal_key(wal(2) + ".partial", ".lz4"), "w");
  put(wal_key(wal(2) + ".00000028.backup"), "w");
  EXPECT_EQ(remove({"-b", b1}), 0) << err;
  EXPECT_EQ(segments(), from(5));
}

TEST_F(BackupDelete, LeavesOtherServersAndWhatItDoesNotKnow) {
  put(base(b1) + "notes.txt", "x");
  put("pg/main/wals/0000000100000000/notes", "x");
  put("pg/mainly/wals/0000000100000000/" + wal(1), "x");
  EXPECT_EQ(remove({"-b", b1}), 0) << err;
  EXPECT_EQ(keys(base(b1)), std::vector<std::string>{base(b1) + "notes.txt"});
  EXPECT_EQ(content("pg/main/wals/0000000100000000/notes"), "x");
  EXPECT_EQ(content("pg/mainly/wals/0000000100000000/" + wal(1)), "x");
}

TEST_F(BackupDelete, DryRunPrintsInsteadOfDeleting) {
  catalog::BackupInfo info = backup(b1, 3);
  info.tablespaces = {{"b", 9999, "/b"}, {"a", 16386, "/a"}};
  store_entry(info);
  for (const char* name : {"data_0001.tar.gz", "16386.tar.gz", "9999.tar.gz", "9999_0001.tar.gz"})
    put(base(b1) + name, "x");
  const auto before = keys();
  EXPECT_EQ(remove({"--dry-run", "-b", b1}), 0) << err;
  EXPECT_EQ(out,
            "Skipping deletion of objects ['pg/main/base/20261101T100000/data.tar.gz', "
            "'pg/main/base/20261101T100000/data_0001.tar.gz', 'pg/main/base/20261101T100000/9999.tar.gz', "
            "'pg/main/base/20261101T100000/9999_0001.tar.gz', 'pg/main/base/20261101T100000/16386.tar.gz', "
            "'pg/main/base/20261101T100000/backup.info'] due to --dry-run option\n"
            "Skipping deletion of objects ['pg/main/wals/0000000100000000/000000010000000000000001', "
            "'pg/main/wals/0000000100000000/000000010000000000000002', "
            "'pg/main/wals/0000000100000000/000000010000000000000003', "
            "'pg/main/wals/0000000100000000/000000010000000000000004'] due to --dry-run option\n");
  EXPECT_EQ(err, "");
  EXPECT_EQ(keys(), before);
}

TEST_F(BackupDelete, WholeDirectoriesGoByPrefix) {
  for (const std::string& id : {b1, b2, b3}) store->remove({base(id) + "backup.info"});
  store_backup(backup(b1, 0x203));
  store_backup(backup(b2, 0x205));
  put(wal_key(wal(0x104)), "w");
  put(wal_key(wal(0x204)), "w");
  EXPECT_EQ(remove({"--dry-run", "-b", b1}), 0) << err;
  EXPECT_NE(out.find("Skipping deletion of all objects under prefix pg/main/wals/0000000100000000/ due to --dry-run "
                     "option\n"
                     "Skipping deletion of all objects under prefix pg/main/wals/0000000100000001/ due to --dry-run "
                     "option\n"
                     "Skipping deletion of objects ['pg/main/wals/0000000100000002/000000010000000200000004'] due to "
                     "--dry-run option\n"),
            std::string::npos)
      << out;
  EXPECT_EQ(remove({"-b", b1}), 0) << err;
  EXPECT_EQ(keys("pg/main/wals/"), std::vector<std::string>{"pg/main/wals/00000002.history"});
}

TEST_F(BackupDelete, ByRetentionPolicy) {
  EXPECT_EQ(remove({"-r", "redundancy 2"}), 0) << err;
  EXPECT_FALSE(exists(b1));
  EXPECT_TRUE(exists(b2));
  EXPECT_EQ(segments(), from(5));
  EXPECT_EQ(remove({"-r", "REDUNDANCY 1", "-m", "2"}), 0) << err;
  EXPECT_TRUE(exists(b2));
  EXPECT_EQ(remove({"-r", "REDUNDANCY 1"}), 0) << err;
  EXPECT_FALSE(exists(b2));
  EXPECT_EQ(segments(), from(7));
  EXPECT_EQ(remove({"-r", "RECOVERY WINDOW OF 1000 WEEKS"}), 0) << err;
  EXPECT_EQ(out + err, "");
  EXPECT_TRUE(exists(b3));
}

TEST_F(BackupDelete, SeveralAtOnceShareOnePassOverTheWal) {
  EXPECT_EQ(remove({"--dry-run", "-r", "REDUNDANCY 1"}), 0) << err;
  const std::size_t first = out.find(wal(4)), second = out.find(wal(5));
  EXPECT_LT(out.find(b1), first);
  EXPECT_LT(first, out.find(b2));
  EXPECT_LT(out.find(b2), second);
  EXPECT_EQ(out.find(wal(7)), std::string::npos);
}

// The clock of the host was set back: the newest backup has the lowest id.
TEST_F(BackupDelete, TheNewestIsWhoseWalIsNewest) {
  const std::string early = "20261031T100000";
  store_backup(backup(early, 9));
  put(wal_key(wal(9)), "w");
  EXPECT_EQ(remove({"-r", "REDUNDANCY 1"}), 0) << err;
  EXPECT_TRUE(exists(early));
  EXPECT_FALSE(exists(b3));
  EXPECT_EQ(segments(), from(9, 9));
}

TEST_F(BackupDelete, KeptBackupsStayWithTheirWal) {
  keep(b1, "standalone");
  EXPECT_EQ(remove({"-b", b1}), 1);
  EXPECT_EQ(log(),
            "ERROR: Skipping delete of backup 20261101T100000 for server main as it has a current keep request. If you "
            "really want to delete this backup please remove the keep and try again.\n");
  EXPECT_EQ(remove({"-b", b2}), 0) << err;  // asked for by hand, an earlier standalone one keeps all WAL
  EXPECT_EQ(segments(), from(1));
  EXPECT_EQ(remove({"-r", "REDUNDANCY 1"}), 0) << err;
  EXPECT_TRUE(exists(b1));
  store_backup(backup(b2, 5));
  EXPECT_EQ(remove({"-r", "REDUNDANCY 1"}), 0) << err;  // a policy keeps what the standalone one needs
  std::vector<std::string> want = from(7);
  want.insert(want.begin(), "03");
  EXPECT_EQ(segments(), want);
}

TEST_F(BackupDelete, MinimumRedundancyCountsWhatCanBeRestored) {
  catalog::BackupInfo failed = backup(b4, 8);
  failed.set_status(catalog::BackupStatus::failed);
  store_entry(failed);
  EXPECT_EQ(remove({"-b", b1, "-m", "3"}), 1);
  EXPECT_EQ(log(),
            "ERROR: Skipping delete of backup 20261101T100000 for server main due to minimum redundancy requirements "
            "(minimum redundancy = 3, current redundancy = 3)\n");
  EXPECT_EQ(remove({"-b", b4, "-m", "3"}), 0) << err;  // which takes nothing from it
  EXPECT_EQ(remove({"-b", b1, "-m", "2"}), 0) << err;
}

TEST_F(BackupDelete, AnIncrementKeepsWhatItIsBasedOn) {
  catalog::BackupInfo child = backup(b4, 8);
  child.parent_backup_id = b1;
  store_entry(child);
  EXPECT_EQ(remove({"-b", b1}), 1);
  EXPECT_NE(err.find("backup 20261104T100000 is an increment of it"), std::string::npos) << err;
  EXPECT_TRUE(exists(b1));
}

TEST_F(BackupDelete, AnUnknownIdIsAWarning) {
  EXPECT_EQ(remove({"-b", "20200101T000000"}), 0);
  EXPECT_EQ(log(), "WARNING: Backup 20200101T000000 does not exist\n");
  EXPECT_EQ(remove({"-b", "nosuch"}), 4);
  EXPECT_EQ(log(), "ERROR: Barman cloud backup delete exception: Unknown backup 'nosuch' for server 'main'\n");
}

TEST_F(BackupDelete, TakesWhatAHookScriptLeftBehind) {
  const std::string id = "20200101T000000";
  put(base(id) + "data.tar", "archive");
  EXPECT_EQ(remove({"-b", id, "--dry-run"}), 0);
  EXPECT_EQ(out, "Skipping deletion of objects ['" + base(id) + "data.tar'] due to --dry-run option\n");
  EXPECT_TRUE(exists(id));
  EXPECT_EQ(remove({"-b", id}), 0);
  EXPECT_EQ(log(), "WARNING: Backup " + id + " does not exist\n");
  EXPECT_FALSE(exists(id));
  EXPECT_EQ(segments(), from(1));
}

TEST_F(BackupDelete, NothingIsDeletedWhereAnEntryCannotBeRead) {
  put(base(b4) + "backup.info", "rubbish");
  const auto before = keys();
  EXPECT_EQ(remove({"-r", "REDUNDANCY 1"}), 1);
  EXPECT_NE(log().find("ERROR: Cannot read the following backups: ['20261104T100000']\n"
                       "Unsafe to proceed with deletion due to failure reading backup catalog\n"),
            std::string::npos)
      << err;
  EXPECT_EQ(keys(), before);
}

TEST_F(BackupDelete, SnapshotsAreRefusedBeforeAnythingIsTouched) {
  catalog::BackupInfo info = backup(b2, 5);
  info.snapshots_info = "{'provider': 'aws', 'provider_info': {}, 'snapshots': []}";
  store_entry(info);
  const auto before = keys();
  EXPECT_EQ(remove({"-r", "REDUNDANCY 1"}), 4);
  EXPECT_NE(err.find("disk snapshots"), std::string::npos) << err;
  EXPECT_EQ(keys(), before);
}

TEST_F(BackupDelete, ALeftoverLosesItsOpenUploads) {
  catalog::BackupInfo started = backup(b4, 8);
  started.set_status(catalog::BackupStatus::started);
  store_entry(started);
  auto left = store->begin_upload(base(b4) + "data.tar.gz");
  auto other = store->begin_upload(base(b3) + "data.tar.gz");
  left->put_part(1, store::Body::of("part"));
  ASSERT_EQ(store->open_uploads(base(b4)).size(), 1U);
  EXPECT_EQ(remove({"-b", b4}), 0);
  EXPECT_EQ(log(), "WARNING: Missing file pg/main/base/20261104T100000/data.* for server main\n");
  EXPECT_EQ(store->open_uploads(base(b4)).size(), 0U);
  EXPECT_EQ(store->open_uploads(base(b3)).size(), 1U);
  EXPECT_FALSE(exists(b4));
}

TEST_F(BackupDelete, CommandLines) {
  EXPECT_EQ(remove({}), 3);
  EXPECT_NE(err.find("one of the arguments -b/--backup-id -r/--retention-policy is required\n"), std::string::npos);
  EXPECT_EQ(remove({"-b", b1, "-r", "x"}), 3);
  EXPECT_EQ(remove({"-r", "FOO 1"}), 3);
  EXPECT_EQ(log(), "ERROR: Could not create retention policy FOO 1: Cannot parse option retention_policy: FOO 1\n");
}

// A store whose objects may be locked, or stay.
class Stubborn : public store::ObjectStore {
 public:
  Stubborn(std::unique_ptr<store::ObjectStore> inner, std::map<std::string, store::Lock> locks, std::string stays)
      : inner_(std::move(inner)), locks_(std::move(locks)), stays_(std::move(stays)) {}
  const store::Abilities& abilities() const override { return inner_->abilities(); }
  std::string name() const override { return inner_->name(); }
  std::string bucket() const override { return inner_->bucket(); }
  bool bucket_exists() override { return inner_->bucket_exists(); }
  void create_bucket() override { inner_->create_bucket(); }
  void put(const std::string& key, const store::Body& body, const store::PutOptions& options) override {
    inner_->put(key, body, options);
  }
  std::unique_ptr<store::Upload> begin_upload(const std::string& key, const store::PutOptions& options) override {
    return inner_->begin_upload(key, options);
  }
  std::optional<store::Object> head(const std::string& key) override { return inner_->head(key); }
  store::Object get(const std::string& key, const std::function<void(std::string_view)>& take,
                    const store::Range& range) override {
    return inner_->get(key, take, range);
  }
  store::Page list(const store::Listing& listing, const std::string& next) override {
    return inner_->list(listing, next);
  }
  std::vector<store::RemoveFailure> remove(const std::vector<std::string>& keys) override {
    std::vector<std::string> going;
    std::vector<store::RemoveFailure> failures;
    for (const std::string& key : keys) {
      if (key == stays_)
        failures.push_back({key, "AccessDenied", "no"});
      else
        going.push_back(key);
    }
    inner_->remove(going);
    return failures;
  }
  std::vector<store::OpenUpload> open_uploads(const std::string& prefix) override {
    return inner_->open_uploads(prefix);
  }
  void abort_upload(const store::OpenUpload& upload) override { inner_->abort_upload(upload); }
  store::Lock lock(const std::string& key) override { return locks_[key]; }

 private:
  std::unique_ptr<store::ObjectStore> inner_;
  std::map<std::string, store::Lock> locks_;
  std::string stays_;
};

class StubbornStores : public BackupDelete {
 protected:
  void use(std::map<std::string, store::Lock> locks, const std::string& stays = {}) {
    open = [this, locks, stays](const std::string&, store::Provider, const store::Settings&) {
      return OpenedStore{std::make_unique<Stubborn>(store::open_directory(bucket), locks, stays), "pg"};
    };
  }
};

TEST_F(StubbornStores, ALockedArchiveKeepsItsBackup) {
  put(base(b1) + "data_0001.tar.gz", "x");
  store::Lock held, until, expired;
  held.held = true;
  until.until = now() + std::chrono::hours(1);
  until.until_text = "2030-01-01 00:00:00+00:00";
  expired.until = now() - std::chrono::hours(1);
  use({{base(b1) + "data.tar.gz", held}, {base(b1) + "data_0001.tar.gz", until}, {base(b2) + "data.tar.gz", expired}});
  const auto before = keys();
  EXPECT_EQ(remove({"-b", b1, "--check-object-lock"}), 1);
  EXPECT_EQ(
      log(),
      "ERROR: Cannot delete locked object pg/main/base/20261101T100000/data.tar.gz: Object has a legal hold and "
      "can't be deleted until the legal hold is removed\n"
      "ERROR: Cannot delete locked object pg/main/base/20261101T100000/data_0001.tar.gz: Object is locked and can't "
      "be deleted until 2030-01-01 00:00:00+00:00\n"
      "ERROR: Could not delete backup 20261101T100000: Error from cloud provider while deleting objects - please "
      "check the command output.\n");
  EXPECT_EQ(keys(), before);
  EXPECT_EQ(remove({"-b", b2, "--check-object-lock"}), 0) << err;
  EXPECT_EQ(remove({"-b", b1}), 0) << err;  // not asked for
}

TEST_F(StubbornStores, OtherProvidersHaveNoLocks) {
  EXPECT_EQ(remove({"-b", b1, "--check-object-lock", "--cloud-provider", "azure-blob-storage"}), 0);
  EXPECT_EQ(
      log(),
      "WARNING: The --check-object-lock option is currently only supported for aws-s3. Object lock checks will not "
      "be performed for cloud provider: azure-blob-storage\n");
}

TEST_F(StubbornStores, TheEntryStaysUntilAllArchivesAreGone) {
  use({}, base(b1) + "data.tar.gz");
  EXPECT_EQ(remove({"-b", b1, "--batch-size", "1"}), 1);
  EXPECT_EQ(log(),
            "ERROR: Bulk deletion of object pg/main/base/20261101T100000/data.tar.gz failed with error code: "
            "\"AccessDenied\", message: \"no\"\n"
            "ERROR: Could not delete backup 20261101T100000: Error from cloud provider while deleting objects - please "
            "check the command output.\n");
  EXPECT_EQ(keys(base(b1)).size(), 2U);
  EXPECT_EQ(segments(), from(1));
}

// ---- The plan alone ------------------------------------------------------------------------------------------------

struct PlanCase {
  const char* label;
  std::vector<std::size_t> doomed;  // of backups that begin at 0x203, 0x305, 0x407
  std::map<std::size_t, catalog::KeepTarget> keeps;
  catalog::Requester requester;
  std::vector<std::vector<std::string>> single, prefixes;  // segments "log/seg" and logs, for each of them
};
class Plans : public StoredBackups, public testing::WithParamInterface<PlanCase> {};

TEST_P(Plans, SortTheListing) {
  const PlanCase& plan_case = GetParam();
  const std::string ids[] = {b1, b2, b3};
  std::vector<catalog::BackupInfo> backups = {backup(b1, 0x203), backup(b2, 0x305), backup(b3, 0x407)};
  DeletionRequest request;
  request.requester = plan_case.requester;
  for (const auto& info : backups) request.in_order.push_back(&info);
  for (const std::size_t index : plan_case.doomed) request.doomed.push_back(ids[index]);
  for (const auto& [index, target] : plan_case.keeps) request.keeps[ids[index]] = target;
  DeletionPlan plan(request, true);
  for (const int segment : {0x1FF, 0x202, 0x203, 0x204, 0x304, 0x305, 0x406, 0x407, 0x408})
    plan.add(wal_key(wal(segment)));
  plan.add("pg/main/wals/00000009.history");
  plan.finish();
  const auto short_name = [](const std::string& key) {
    const std::string name = key.substr(key.size() - 24);
    return name.substr(15, 1) + "/" + name.substr(22, 2);
  };
  for (std::size_t i = 0; i < request.doomed.size(); ++i) {
    std::vector<std::string> single, prefixes;
    for (const std::string& key : plan.wal()[i].single) single.push_back(short_name(key));
    for (const std::string& prefix : plan.wal()[i].prefixes) prefixes.push_back(prefix.substr(prefix.size() - 2, 1));
    EXPECT_EQ(single, plan_case.single[i]) << i;
    EXPECT_EQ(prefixes, plan_case.prefixes[i]) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Plans,
    testing::Values(
        PlanCase{"first", {0}, {}, catalog::Requester::command, {{"3/04"}}, {{"1", "2"}}},
        PlanCase{"second", {1}, {}, catalog::Requester::command, {{}}, {{}}},
        PlanCase{
            "two", {0, 1}, {}, catalog::Requester::retention_policy, {{"3/04"}, {"3/05", "4/06"}}, {{"1", "2"}, {}}},
        PlanCase{"all",
                 {0, 1, 2},
                 {},
                 catalog::Requester::retention_policy,
                 {{"3/04"}, {"3/05", "4/06"}, {}},
                 {{"1", "2"}, {}, {}}},
        PlanCase{"behind_a_standalone_one",
                 {1},
                 {{0, catalog::KeepTarget::standalone}},
                 catalog::Requester::retention_policy,
                 {{"2/02", "2/04", "4/06"}},
                 {{"1", "3"}}},
        PlanCase{"behind_a_standalone_one_by_hand",
                 {1},
                 {{0, catalog::KeepTarget::standalone}},
                 catalog::Requester::command,
                 {{}},
                 {{}}},
        PlanCase{"behind_a_full_one",
                 {1},
                 {{0, catalog::KeepTarget::full}},
                 catalog::Requester::retention_policy,
                 {{}},
                 {{}}}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::cloud::cli
