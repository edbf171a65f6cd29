#include "barman/catalog/backup_chain.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "barman/catalog/annotations.h"
#include "fixture.h"

namespace barman::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string id_of(int day) { return fmt::format("202601{:02}T000000", day); }

// Backup 1 is full; 2 was taken on top of it, 3 and 4 on top of 2.
class Chains : public ServerDirectory {
 protected:
  Chains() {
    add(1, 0, id_of(2));
    add(2, 1, id_of(3) + "," + id_of(4));
    add(3, 2);
    add(4, 2);
  }
  void add(int day, int parent, const std::string& children = "None", const std::string& status = "DONE") {
    write(fmt::format("s/meta/{}-backup.info", id_of(day)),
          fmt::format("begin_wal=000000010000000000000003\nmode=postgres\nserver_name=s\nstatus={}\n"
                      "parent_backup_id={}\nchildren_backup_ids={}\n",
                      status, parent > 0 ? id_of(parent) : "None", children));
    write(fmt::format("s/base/{}/data/backup_manifest", id_of(day)), "{}");
  }
  std::string forget(int day) {
    fs::remove_file(path(fmt::format("s/meta/{}-backup.info", id_of(day))));
    return id_of(day);
  }
  std::vector<std::string> members(int day) const {
    const BackupCatalog catalog(config_);
    std::vector<std::string> ids;
    for (const BackupInfo* member : chain_of(catalog, *catalog.find(id_of(day))).members)
      ids.push_back(member->backup_id);
    return ids;
  }
  std::optional<std::string> missing(int day) const {
    const BackupCatalog catalog(config_);
    return chain_of(catalog, *catalog.find(id_of(day))).missing;
  }
  std::string problem(int day) const {
    const BackupCatalog catalog(config_);
    return problem_of(catalog, chain_of(catalog, *catalog.find(id_of(day)))).value_or("");
  }
  std::vector<std::string> children(int day) const {
    const BackupCatalog catalog(config_);
    return Descent(catalog.all()).children(*catalog.find(id_of(day)));
  }
};

TEST_F(Chains, BeginWithTheFullBackupAndEndWithTheBackup) {
  EXPECT_THAT(members(1), ElementsAre(id_of(1)));
  EXPECT_THAT(members(4), ElementsAre(id_of(1), id_of(2), id_of(4)));
  EXPECT_EQ(missing(4), std::nullopt);
  EXPECT_EQ(problem(4), "");
}

TEST_F(Chains, ThatAreTornNameTheMissingParent) {
  const std::string gone = forget(1);
  EXPECT_THAT(members(3), ElementsAre(id_of(2), id_of(3)));
  EXPECT_EQ(missing(3), gone);
  EXPECT_THAT(problem(3), HasSubstr(gone + ", the parent of " + id_of(2) + ", is not in the catalogue"));
}

TEST_F(Chains, DoNotReachBeyondAnEntryThatCannotBeRead) {
  write(fmt::format("s/meta/{}-backup.info", id_of(2)), "colour=red\n");
  EXPECT_THAT(members(3), ElementsAre(id_of(3)));
  EXPECT_THAT(problem(3), HasSubstr("cannot be read"));
}

TEST_F(Chains, ThatLeadInACircleEnd) {
  add(1, 4);
  EXPECT_THAT(members(3), ElementsAre(id_of(4), id_of(1), id_of(2), id_of(3)));
  EXPECT_EQ(missing(3), id_of(2));
  EXPECT_THAT(problem(3), HasSubstr("its own ancestor"));
}

TEST_F(Chains, NeedEveryMemberWhole) {
  add(2, 1, "None", "FAILED");
  EXPECT_THAT(problem(3), HasSubstr("backup " + id_of(2) + " has status FAILED"));
  add(2, 1, "None", "WAITING_FOR_WALS");
  EXPECT_EQ(problem(3), "");
  fs::remove_file(path("s/base/" + id_of(2) + "/data/backup_manifest"));
  EXPECT_THAT(problem(3), HasSubstr("backup " + id_of(2) + " has no manifest"));
  fs::remove_tree(path("s/base/" + id_of(1)));
  EXPECT_THAT(problem(3), HasSubstr("the files of backup " + id_of(1) + " are gone"));
}

TEST_F(Chains, HaveNoMemberThatIsHalfDeleted) {
  Annotations(config_).set_delete_this(id_of(2));
  EXPECT_THAT(problem(4), HasSubstr("backup " + id_of(2) + " is half-deleted"));
}

TEST_F(Chains, KnowChildrenByBothEnds) {
  EXPECT_THAT(children(2), ElementsAre(id_of(3), id_of(4)));
  add(2, 1, id_of(9) + "," + id_of(4));  // 9 is not here; 3 was killed before it was listed
  EXPECT_THAT(children(2), ElementsAre(id_of(9), id_of(4), id_of(3)));
  EXPECT_THAT(children(3), IsEmpty());
}

}  // namespace
}  // namespace barman::catalog
