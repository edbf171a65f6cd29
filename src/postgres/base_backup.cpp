#include "barman/postgres/base_backup.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/core/unique_fd.h"

namespace barman::postgres {
namespace {

constexpr int first_with_manifest = 130000;
constexpr int first_with_options_in_parentheses = 150000;
constexpr std::size_t manifest_portion = 64 * 1024;

std::string literal(std::string_view text) { return fmt::format("'{}'", replace_all(text, "'", "''")); }

[[noreturn]] void unexpected(std::string_view what) {
  throw Error(Errc::postgres, fmt::format("the PostgreSQL server answers to BASE_BACKUP with {}", what));
}

}  // namespace

std::string base_backup_command(const BaseBackupRequest& request, int server_version) {
  const std::string label = literal(request.label);
  if (server_version < first_with_options_in_parentheses) {
    std::string command = fmt::format("BASE_BACKUP LABEL {}", label);
    if (request.immediate_checkpoint) command += " FAST";
    if (request.max_rate > 0) command += fmt::format(" MAX_RATE {}", request.max_rate);
    if (server_version >= first_with_manifest) command += " MANIFEST 'yes'";
    return command;
  }
  std::string options = fmt::format("LABEL {}", label);
  if (request.immediate_checkpoint) options += ", CHECKPOINT 'fast'";
  if (request.max_rate > 0) options += fmt::format(", MAX_RATE {}", request.max_rate);
  options += ", MANIFEST 'yes', TARGET 'client'";
  if (request.parent_manifest) options += ", INCREMENTAL";
  return fmt::format("BASE_BACKUP ({})", options);
}

BaseBackup::BaseBackup(std::unique_ptr<Connection> session, const BaseBackupRequest& request,
                       std::function<void()> while_waiting)
    : session_(std::move(session)), one_copy_(session_->server_version() >= first_with_options_in_parentheses) {
  session_->set_while_waiting(std::move(while_waiting));
  if (request.parent_manifest) send_manifest(*request.parent_manifest);
  session_->send(base_backup_command(request, session_->server_version()));
  if (session_->next_answer().kind != Answer::Kind::rows) unexpected("no start position");
  const Answer sent = session_->next_answer();
  if (sent.kind != Answer::Kind::rows) unexpected("no list of tablespaces");
  for (const auto& row : sent.result.rows) {
    if (row.empty() || !row.front()) continue;  // PGDATA
    const auto oid = parse_decimal(*row.front());
    if (!oid) unexpected(fmt::format("a tablespace '{}'", *row.front()));
    tablespaces_.push_back(*oid);
  }
}

void BaseBackup::send_manifest(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) throw_errno("open", path);
  session_->send("UPLOAD_MANIFEST");
  if (session_->next_answer().kind != Answer::Kind::copy_in) unexpected("no wish for the manifest");
  std::string buffer(manifest_portion, '\0');
  while (true) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("read", path);
    if (got == 0) break;
    session_->put_copy_data({buffer.data(), static_cast<std::size_t>(got)});
  }
  session_->end_copy();
  while (session_->next_answer().kind != Answer::Kind::none) {
  }
}

std::optional<BaseBackup::Part> BaseBackup::next() {
  while (receive()) {
  }
  in_part_ = false;
  if (begun_) {
    in_part_ = true;
    return std::exchange(begun_, std::nullopt);
  }
  if (one_copy_ && copies_ > 0) {
    finish();
    return std::nullopt;
  }
  return begin_copy();
}

// Up to PostgreSQL 14, each part is a copy of its own.
std::optional<BaseBackup::Part> BaseBackup::begin_copy() {
  const Answer answer = session_->next_answer();
  if (answer.kind == Answer::Kind::rows && copies_ > tablespaces_.size()) {  // where the backup ends
    while (session_->next_answer().kind != Answer::Kind::none) {
    }
    return std::nullopt;
  }
  if (answer.kind != Answer::Kind::copy_out) unexpected("neither an archive nor an end");
  in_copy_ = true;
  const std::size_t number = copies_++;
  if (one_copy_) return next();
  in_part_ = true;
  if (number < tablespaces_.size()) return Part{Part::Kind::tablespace, tablespaces_[number]};
  return Part{number == tablespaces_.size() ? Part::Kind::data : Part::Kind::manifest, 0};
}

void BaseBackup::finish() {
  if (session_->next_answer().kind != Answer::Kind::rows) unexpected("no end position");
  while (session_->next_answer().kind != Answer::Kind::none) {
  }
}

// More of the current part into left_. False: it has ended, by another one or with the copy.
bool BaseBackup::receive() {
  if (begun_ || !in_copy_) return false;
  while (true) {
    if (!session_->copy_data(message_)) {
      in_copy_ = false;
      return false;
    }
    if (!one_copy_) {
      left_ = message_;
      return true;
    }
    if (receive_message()) return true;
    if (begun_) return false;
  }
}

// A letter says what a message is. False: no content.
bool BaseBackup::receive_message() {
  if (message_.empty()) unexpected("an empty message");
  const std::string_view content = std::string_view(message_).substr(1);
  switch (message_.front()) {
    case 'd':
      if (!in_part_) unexpected("data of no archive");
      left_ = content;
      return true;
    case 'n':
      begin_archive(content.substr(0, content.find('\0')));
      return false;
    case 'm':
      begun_ = Part{Part::Kind::manifest, 0};
      return false;
    case 'p':
      return false;  // we count by ourselves
    default:
      unexpected(fmt::format("a message '{}'", message_.front()));
  }
}

void BaseBackup::begin_archive(std::string_view archive) {
  if (archive == "base.tar") {
    begun_ = Part{Part::Kind::data, 0};
    return;
  }
  const auto oid =
      archive.ends_with(".tar") ? parse_decimal(archive.substr(0, archive.size() - 4)) : std::optional<std::int64_t>();
  if (!oid || std::ranges::find(tablespaces_, *oid) == tablespaces_.end())
    unexpected(fmt::format("an archive '{}'", archive));
  begun_ = Part{Part::Kind::tablespace, *oid};
}

std::size_t BaseBackup::read(std::span<char> buffer) {
  while (left_.empty())
    if (!in_part_ || !receive()) return 0;
  const std::size_t now = std::min(buffer.size(), left_.size());
  left_.copy(buffer.data(), now);
  left_.remove_prefix(now);
  return now;
}

}  // namespace barman::postgres
