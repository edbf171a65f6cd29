#include "barman/catalog/calendar_keeps.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "fixture.h"

namespace barman::catalog {
namespace {

constexpr const char* id = "20260101T000000";

class Keeping : public ServerDirectory {
 protected:
  Annotations annotations_{config_};
  CalendarKeeps keeps_{config_, annotations_};
  const std::string file_ = std::string("s/meta/") + id + "-keep";
  const std::string note_ = std::string("s/.retention-calendar/") + id;
};

TEST_F(Keeping, IsSaidAsBarmanSaysIt) {
  keeps_.keep(id);
  EXPECT_EQ(read(file_), "standalone");
  EXPECT_TRUE(keeps_.is_ours(id));
  EXPECT_EQ(annotations_.keep(id), KeepTarget::standalone);
  keeps_.release(id);
  EXPECT_FALSE(exists(file_));
  EXPECT_FALSE(exists(note_));
}

TEST_F(Keeping, IsAPersonsWhoeverWroteItAgain) {
  keeps_.keep(id);
  annotations_.set_keep(id, KeepTarget::standalone);
  EXPECT_FALSE(keeps_.is_ours(id));
  keeps_.tidy();
  EXPECT_FALSE(exists(note_));
  EXPECT_TRUE(exists(file_));
}

TEST_F(Keeping, IsAPersonsInAnotherWay) {
  keeps_.keep(id);
  write(file_, "full");
  EXPECT_FALSE(keeps_.is_ours(id));
}

TEST_F(Keeping, IsNotOursWithoutANote) {
  annotations_.set_keep(id, KeepTarget::standalone);
  EXPECT_FALSE(keeps_.is_ours(id));
}

TEST_F(Keeping, NotesFirstAndTheNoteAloneMeansNothing) {
  bool noted_before_it_was_kept = false;
  annotations_.set_keep(id, KeepTarget::standalone,
                        [&](const std::string&) { noted_before_it_was_kept = !annotations_.keep(id); });
  EXPECT_TRUE(noted_before_it_was_kept);
  annotations_.release_keep(id);
  write(note_, "standalone 1.000000001");
  EXPECT_FALSE(keeps_.is_ours(id));
}

TEST_F(Keeping, OutlivesACopyThatKeepsTimes) {
  keeps_.keep(id);
  const auto before = fs::lstat_if_exists(path(file_));
  write(file_, "standalone");
  const struct timespec times[] = {before->st_mtim, before->st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, path(file_).c_str(), times, 0), 0);
  EXPECT_TRUE(keeps_.is_ours(id));
}

}  // namespace
}  // namespace barman::catalog
