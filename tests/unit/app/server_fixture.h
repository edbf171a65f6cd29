#pragma once
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>

#include "barman/catalog/xlogdb.h"
#include "barman/report/progress.h"
#include "barman/server/server_context.h"
#include "fakes/notifier.h"
#include "fakes/postgres.h"
#include "fakes/server_on_disk.h"
#include "unit/failure_of.h"
#include "unit/wal/segment_page.h"

namespace barman::app {

inline std::string wal(int number) { return fmt::format("0000000100000000{:08X}", number); }

// A server "main" on disk, whose PostgreSQL is one in memory.
class OneServer : public testing::Test, protected fakes::ServerOnDisk {
 protected:
  OneServer() {
    config.conninfo = "host=pg";
    config.archiver = true;
  }

  // 1 MiB, as PostgreSQL would write it.
  static std::string segment(int number) {
    constexpr std::uint32_t size = 1024 * 1024;
    std::string content = segment_page(static_cast<std::uint64_t>(number) * size, 77, size);
    content.resize(size, 'w');
    return content;
  }
  void archive(int first, int last) {
    std::string index;
    for (int number = first; number <= last; ++number) {
      write("main/wals/0000000100000000/" + wal(number), segment(number));
      index += catalog::serialize(catalog::WalEntry{wal(number), 1024 * 1024, 1'700'000'000, {}, {}});
    }
    write("main/wals/main-xlog.db", index);
  }
  // One that begins and ends in segment `number`, with one file.
  void add_backup(const std::string& id, int number, const std::string& more = {}, const std::string& status = "DONE") {
    write("main/identity.json", "{\"systemid\": \"77\", \"version\": \"16\"}");
    write(
        fmt::format("main/meta/{}-backup.info", id),
        fmt::format("backup_label=None\nbegin_wal={0}\nend_wal={0}\nbegin_xlog=0/{1:X}00028\nend_xlog=0/{1:X}00100\n"
                    "begin_time=2026-01-02 03:04:05+00:00\nend_time=2026-01-02 03:05:05+00:00\nmode=rsync-concurrent\n"
                    "server_name=main\nstatus={3}\nsystemid=77\ntimeline=1\nversion=160002\nxlog_segment_size=1048576\n"
                    "size=5\npgdata=/pg/data\n{2}",
                    wal(number), number, more, status));
    write(fmt::format("main/base/{}/data/PG_VERSION", id), "16\n");
    write(fmt::format("main/base/{}/data/backup_label", id),
          fmt::format("START WAL LOCATION: 0/{:X}00028 (file {})\nCHECKPOINT LOCATION: 0/{:X}00060\n", number,
                      wal(number), number));
  }

  config::GlobalConfig global_config() const {
    config::GlobalConfig made;
    made.file = path("barman.conf");
    made.barman_home = directory.path();
    made.barman_lock_directory = path("locks");
    return made;
  }

  config::GlobalConfig global = global_config();  // complete before there is a ServerContext, which reads it at once
  fakes::FakePostgres postgres;
  fakes::RecordingNotifier notifier;
  NoProgress progress;
  ServerContext server{global, config, notifier, postgres.connect()};
};

}  // namespace barman::app
