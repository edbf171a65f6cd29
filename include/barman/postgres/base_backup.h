#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "barman/postgres/connection.h"
#include "barman/wal/segment.h"

namespace barman::postgres {

struct BaseBackupRequest {
  std::string label;
  bool immediate_checkpoint = false;
  std::int64_t max_rate = 0;                     // kB/s, 0: no limit
  std::optional<std::string> parent_manifest{};  // a file: of the backup that an incremental one is taken on top of
};

// One base backup as PostgreSQL sends it on a replication connection, what pg_basebackup is a client of: a tar stream
// for each tablespace, that of PGDATA as the last, and the manifest. PostgreSQL waits for its archiver before the
// manifest. Whoever ends early ends the session with it. Errors as of Connection.
class BaseBackup {
 public:
  // Asks for it, and returns once PostgreSQL has made its checkpoint. `while_waiting`: see
  // Connection::set_while_waiting().
  BaseBackup(std::unique_ptr<Connection> session, const BaseBackupRequest& request,
             std::function<void()> while_waiting = {});

  // Of the tablespaces, in the order in which they are sent; PGDATA is not among them.
  const std::vector<std::int64_t>& tablespaces() const { return tablespaces_; }
  // Up to PostgreSQL 14 nothing marks the end of a tar stream.
  bool streams_have_an_end() const { return one_copy_; }

  struct Part {
    enum class Kind { tablespace, data, manifest } kind = Kind::data;
    std::int64_t oid = 0;  // of a tablespace
  };
  // The next part, past what is left of the current one. nullopt: that was all, and PostgreSQL has confirmed it.
  std::optional<Part> next();
  // Content of the current part; 0 at its end.
  std::size_t read(std::span<char> buffer);

 private:
  void send_manifest(const std::string& path);
  bool receive();
  bool receive_message();
  std::optional<Part> begin_copy();
  void begin_archive(std::string_view archive);
  void finish();

  std::unique_ptr<Connection> session_;
  const bool one_copy_;  // of all parts, since PostgreSQL 15
  std::vector<std::int64_t> tablespaces_;
  std::size_t copies_ = 0;  // begun, of one part each
  bool in_copy_ = false, in_part_ = false;
  std::optional<Part> begun_;  // by the message that ended the one before
  std::string message_;
  std::string_view left_;  // of message_
};

// The statement that begins it, in the grammar of that version.
std::string base_backup_command(const BaseBackupRequest& request, int server_version);

}  // namespace barman::postgres
