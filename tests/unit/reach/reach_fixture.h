#pragma once
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "barman/archive/wal_archive.h"
#include "barman/codec/codec.h"
#include "barman/reach/known_wal.h"
#include "fakes/notifier.h"
#include "fakes/postgres.h"
#include "fakes/server_on_disk.h"
#include "unit/wal/made_wal.h"

namespace barman::reach {

// A server "main" whose archive has WAL made by hand, in segments of 1 MiB from 0/100000 on.
class ReachFixture : public testing::Test, protected fakes::ServerOnDisk {
 protected:
  ReachFixture() { global.barman_lock_directory = path("locks"); }

  ServerContext context() { return {global, config, notifier, postgres_server.connect()}; }
  static std::string name(std::size_t number) { return to_string(Segment{1, 0, static_cast<std::uint32_t>(number)}); }
  std::string archived(const std::string& of) const { return path("main/wals/" + *archive_path(of)); }

  // Commits of the transactions 1, 2, ... at the times 1000, 2000, ...; each second one crosses into the next segment.
  void fill(std::size_t segments) {
    for (std::size_t i = 0; i < segments; ++i) {
      commit();
      wal.fill_segment(i % 2 == 0 ? 24 : 0);
      if (i % 2 == 0) commit();
    }
  }
  void commit() {
    ++commits;
    wal.commit(commits, commits * 1000);
  }
  // Gives the archive what there is of the stream, each segment by itself compressed as `words` say in turn.
  void archive_all(const std::vector<std::string>& words = {""}) {
    const auto segments = wal.segments();
    for (std::size_t i = 0; i < segments.size(); ++i)
      store(to_string(wal.segment(i)), segments[i], words[i % words.size()]);
    context().archive().rebuild_index();
  }
  void store(const std::string& of, const std::string& content, const std::string& word = "") const {
    write("plain", content);
    const std::string to = archived(of);
    fs::make_directories(fs::parent_directory(to));
    fs::remove_file(to);
    codec::encode_file(path("plain"), to, codec::stored_as(codec::parse_algorithm(word)));
  }

  config::GlobalConfig global;
  fakes::RecordingNotifier notifier;
  fakes::FakePostgres postgres_server;
  MadeWal wal{Lsn{0x100000}};
  std::uint32_t commits = 0;
};

}  // namespace barman::reach
