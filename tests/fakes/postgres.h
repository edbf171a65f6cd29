#pragma once
#include <fmt/core.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "barman/postgres/connection.h"

namespace barman::fakes {

// A PostgreSQL server in memory: a primary on which all is well. Tests change the members that they are about, and give
// other answers with answer(). Outlives what it is given to. A statement that it does not know is an Error.
class FakePostgres {
 public:
  using Cells = std::vector<std::optional<std::string>>;
  using Rows = std::vector<Cells>;
  using Answer = std::function<Rows(const std::vector<std::string>& parameters)>;

  int version = 160002;
  bool up = true, superuser = false, in_recovery = false;
  bool may_backup = true, may_monitor = true, may_checkpoint = true;
  std::string system_identifier = "7000000000000000001";
  int timeline = 1;
  std::string wal = "000000010000000000000003";  // being written
  std::string lsn = "0/3000060";
  std::string time = "2026-01-02 03:04:05.000006+00";
  std::map<std::string, std::string> settings = {
      {"archive_command", "barman-wal-archive backup main %p"},
      {"archive_mode", "on"},
      {"archive_timeout", "0"},
      {"config_file", "/pg/postgresql.conf"},
      {"data_checksums", "on"},
      {"data_directory", "/pg/data"},
      {"hba_file", "/pg/pg_hba.conf"},
      {"hot_standby", "on"},
      {"ident_file", "/pg/pg_ident.conf"},
      {"max_replication_slots", "10"},
      {"max_wal_senders", "10"},
      {"synchronous_standby_names", ""},
      {"wal_compression", "off"},
      {"wal_keep_size", "0"},
      {"wal_level", "replica"},
  };
  std::optional<std::string> last_archived_wal = "000000010000000000000002", last_failed_wal;
  std::map<std::string, bool> slots;  // physical ones: whether somebody streams from it

  // What statements of the replication protocol that begin with `first` are answered with, one after the other; of a
  // copy_out the messages that are copied.
  struct Reply {
    postgres::Answer answer;
    std::vector<std::string> messages{};
  };
  std::map<std::string, std::vector<Reply>> replies;
  std::string copied_in;  // what was put into copies

  int connections = 0;             // made so far
  std::vector<std::string> asked;  // every statement

  // What statements that hold `part` are answered with, before all others. Throwing is an answer, too.
  void answer(std::string part, Answer how) { answers_.insert(answers_.begin(), {std::move(part), std::move(how)}); }
  void answer(std::string part, Rows rows) {
    answer(std::move(part), [rows = std::move(rows)](const auto&) { return rows; });
  }

  // For postgres::Server and postgres::Streaming.
  postgres::Connect connect() {
    return [this](const std::string&, Deadline, std::chrono::seconds) -> std::unique_ptr<postgres::Connection> {
      if (!up) throw Error(Errc::postgres, "connection to server failed: Connection refused");
      {
        const std::lock_guard lock(mutex_);
        ++connections;
      }
      return std::make_unique<Session>(*this);
    };
  }

 private:
  class Session : public postgres::Connection {
   public:
    explicit Session(FakePostgres& server) : server_(server) {}
    postgres::Result query(std::string_view sql, const std::vector<std::string>& parameters) override {
      if (looks_closed()) throw Error(Errc::postgres, "server closed the connection unexpectedly");
      return server_.ask(std::string(sql), parameters);
    }
    void send(std::string_view sql) override {
      server_.asked.emplace_back(sql);
      waiting_.clear();
      for (const auto& [first, answers] : server_.replies)
        if (sql.starts_with(first)) waiting_.assign(answers.begin(), answers.end());
    }
    postgres::Answer next_answer() override {
      if (waiting_.empty()) return {};
      Reply reply = std::move(waiting_.front());
      waiting_.pop_front();
      messages_.assign(reply.messages.begin(), reply.messages.end());
      return reply.answer;
    }
    bool copy_data(std::string& message) override {
      if (looks_closed()) throw Error(Errc::postgres, "server closed the connection unexpectedly");
      if (messages_.empty()) return false;
      message = std::move(messages_.front());
      messages_.pop_front();
      if (message == "!") throw Error(Errc::postgres, "server closed the connection unexpectedly");
      return true;
    }
    void put_copy_data(std::string_view bytes) override { server_.copied_in += bytes; }
    void end_copy() override {}
    int server_version() const override { return server_.version; }
    bool alive() override { return !looks_closed(); }
    bool looks_closed() override {
      closed_ = closed_ || !server_.up;  // for good: a server that is up again wants a new session
      return closed_;
    }
    void set_deadline(Deadline) override {}
    void set_while_waiting(std::function<void()>) override {}

   private:
    FakePostgres& server_;
    bool closed_ = false;
    std::deque<Reply> waiting_;
    std::deque<std::string> messages_;
  };

  static std::string word(bool value) { return value ? "t" : "f"; }

  postgres::Result ask(const std::string& sql, const std::vector<std::string>& parameters) {
    const std::lock_guard lock(mutex_);
    asked.push_back(sql);
    for (const auto& [part, how] : answers_)
      if (sql.find(part) != std::string::npos) return {{}, how(parameters)};
    for (const auto& [part, how] : known_)
      if (sql.find(part) != std::string::npos) return {{}, how(parameters)};
    throw Error(Errc::postgres, "the fake has no answer to: " + sql);
  }

  Rows setting(const std::string& name) const {
    const auto found = settings.find(name);
    return {{found == settings.end() ? std::nullopt : std::optional(found->second)}};
  }
  Rows slot(const std::string& name) const {
    const auto found = slots.find(name);
    return found == slots.end() ? Rows{} : Rows{{name, word(found->second), "0/1000000"}};
  }
  Rows archiver_stats() const {
    return {{"2", last_archived_wal, last_archived_wal ? std::optional(time) : std::nullopt,
             last_failed_wal ? "1" : "0", last_failed_wal, last_failed_wal ? std::optional(time) : std::nullopt, time,
             settings.at("archive_mode"), "0.01"}};
  }
  Rows create_slot(const std::string& name) {
    if (!slots.emplace(name, false).second)
      throw postgres::QueryError(postgres::sqlstate::duplicate_object,
                                 fmt::format("replication slot \"{}\" already exists", name));
    return {};
  }
  Rows drop_slot(const std::string& name) {
    if (slots.erase(name) == 0)
      throw postgres::QueryError(postgres::sqlstate::undefined_object,
                                 fmt::format("replication slot \"{}\" does not exist", name));
    return {};
  }
  std::string quoted() const {
    const std::string& sql = asked.back();
    const std::size_t begin = sql.find('"') + 1;
    return sql.substr(begin, sql.find('"', begin) - begin);
  }

  // By a part that only that statement has; of two that fit, the first counts.
  const std::vector<std::pair<std::string, Answer>> known_ = {
      {"SELECT version()",
       [this](const auto&) -> Rows {
         return {{fmt::format("PostgreSQL {}.{} on x86_64", version / 10000, version % 10000)}};
       }},
      {"IDENTIFY_SYSTEM",
       [this](const auto&) -> Rows {
         return {{system_identifier, std::to_string(timeline), lsn, std::nullopt}};
       }},
      {"TIMELINE_HISTORY",
       [](const auto&) -> Rows {
         return {{"history", "1\t0/2000000\tno recovery target\n"}};
       }},
      {"CREATE_REPLICATION_SLOT", [this](const auto&) { return create_slot(quoted()); }},
      {"DROP_REPLICATION_SLOT", [this](const auto&) { return drop_slot(quoted()); }},
      {"has_function_privilege", [this](const auto&) -> Rows { return {{word(may_backup)}}; }},
      {"pg_read_all_settings", [this](const auto&) -> Rows { return {{word(may_monitor)}}; }},
      {"pg_checkpoint'", [this](const auto&) -> Rows { return {{word(may_checkpoint)}}; }},
      {"SELECT usesuper", [this](const auto&) -> Rows { return {{word(superuser)}}; }},
      {"SELECT current_user", [](const auto&) -> Rows { return {{"barman"}}; }},
      {"current_setting($1", [this](const auto& parameters) { return setting(parameters.front()); }},
      {"name = 'checkpoint_timeout'", [](const auto&) -> Rows { return {{"300"}}; }},
      {"wal_segment_size", [](const auto&) -> Rows { return {{"16777216"}}; }},
      {"sum(pg_tablespace_size", [](const auto&) -> Rows { return {{"30000000"}}; }},
      {"FROM pg_tablespace", [](const auto&) -> Rows { return {}; }},
      {"pg_hba_file_rules", [](const auto&) -> Rows { return {}; }},
      {"DISTINCT sourcefile", [](const auto&) -> Rows { return {}; }},
      {"name IN ('config_file'",
       [this](const auto&) -> Rows {
         return {{"config_file", settings.at("config_file")},
                 {"hba_file", settings.at("hba_file")},
                 {"ident_file", settings.at("ident_file")}};
       }},
      {"pg_control_system", [this](const auto&) -> Rows { return {{system_identifier}}; }},
      {"min_recovery_end_timeline", [this](const auto&) -> Rows { return {{std::to_string(timeline)}}; }},
      {"pg_backup_start(",
       [this](const auto&) -> Rows {
         return {{lsn, std::to_string(timeline), time}};
       }},
      {"pg_backup_stop(",
       [this](const auto&) -> Rows {
         return {{lsn, fmt::format("START WAL LOCATION: {} (file {})\nLABEL: x\n", lsn, wal), std::to_string(timeline),
                  time}};
       }},
      {"SELECT pg_is_in_recovery()", [this](const auto&) -> Rows { return {{word(in_recovery)}}; }},
      {"pg_last_wal_replay_lsn",
       [this](const auto&) -> Rows {
         return {{lsn, time}};
       }},
      {"pg_current_wal_lsn",
       [this](const auto&) -> Rows {
         return {{lsn, wal, "96", time}};
       }},
      {"pg_current_wal_insert_lsn",
       [this](const auto&) -> Rows {
         return {{wal, "96"}};
       }},
      {"current_setting('archive_mode') <> 'off' AND NOT pg_is_in_recovery()",
       [this](const auto&) -> Rows { return {{word(settings.at("archive_mode") != "off" && !in_recovery)}}; }},
      {"SELECT last_archived_wal, last_archived_time, stats_reset",
       [this](const auto&) -> Rows {
         return {{last_archived_wal, last_archived_wal ? std::optional(time) : std::nullopt, time}};
       }},
      {"has_function_privilege('pg_ls_archive_statusdir()'", [](const auto&) -> Rows { return {{"t"}}; }},
      {"string_agg(name, ',')", [](const auto&) -> Rows { return {{"000000010000000000000003.ready"}}; }},
      {"EXISTS (SELECT FROM pg_ls_archive_statusdir()", [](const auto&) -> Rows { return {{"f"}}; }},
      {"pg_stat_archiver", [this](const auto&) { return archiver_stats(); }},
      {"rolreplication", [](const auto&) -> Rows { return {{"t"}}; }},
      {"count(*) FROM pg_stat_replication",
       [](const auto&) -> Rows {
         return {{"0", "0"}};
       }},
      {"pg_stat_replication", [](const auto&) -> Rows { return {}; }},
      {"FROM pg_replication_slots", [this](const auto& parameters) { return slot(parameters.front()); }},
      {"SELECT 1", [](const auto&) -> Rows { return {{"1"}}; }},
      {"SELECT now()", [this](const auto&) -> Rows { return {{time}}; }},
      {"pg_switch_wal()", [](const auto&) -> Rows { return {{"0/4000000"}}; }},
      {"CHECKPOINT", [](const auto&) -> Rows { return {}; }},
      {"idle_session_timeout", [](const auto&) -> Rows { return {}; }},
      {"pg_create_restore_point", [](const auto&) -> Rows { return {{"0/3000100"}}; }},
  };
  std::vector<std::pair<std::string, Answer>> answers_;
  std::mutex mutex_;
};

}  // namespace barman::fakes
