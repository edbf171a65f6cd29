#include "wal_copy.h"

#include <sys/stat.h>

#include "barman/archive/wal_archive.h"
#include "barman/archive/wal_file.h"
#include "barman/cloud/stored_wal.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/parallel.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"

namespace barman::cloud_copy {
namespace {

constexpr std::string_view logger = "barman.cloud";
constexpr std::size_t connections = 4;
constexpr std::size_t batch_size = 1000;
constexpr std::size_t between_notes = 64;  // files; what a crash makes the next run look at again

enum class Outcome { copied, encrypted, gone };

}  // namespace

WalCopy::WalCopy(ServerContext& server, const cloud::Place& place, Ledger& ledger, const catalog::WalPurgeRule& wanted)
    : server_(server),
      place_(place),
      ledger_(ledger),
      wanted_(wanted),
      settings_(archive::codec_settings(server.config())) {}

bool waits(const catalog::WalEntryView& entry, const catalog::WalPurgeRule& wanted, const WalNames& copied) {
  return is_any_wal_name(entry.name) && wanted.stays(entry.name) && !copied.holds(entry.name);
}

std::vector<std::string> WalCopy::next_batch() {
  std::vector<std::string> batch;
  server_.archive().index().for_each([&](const catalog::WalEntryView& entry) {
    if (waits(entry, wanted_, ledger_.wal_names()) && !skipped_.contains(std::string(entry.name)))
      batch.emplace_back(entry.name);
    return batch.size() < batch_size;
  });
  return batch;
}

void WalCopy::copy(const std::vector<std::string>& batch) {
  OrderedResults<Outcome> outcomes(batch.size(), connections, 2 * connections, [&](std::size_t i) {
    signals::throw_if_pending();
    const std::string path = server_.archive().location(batch[i]);
    if (!fs::exists(path)) return Outcome::gone;
    if (codec::looks_encrypted(codec::read_head(path))) return Outcome::encrypted;
    const codec::Recipe recipe =
        codec::stored_as(archive::stored_algorithm(path, server_.config(), settings_), settings_);
    const bool sent = cloud::upload_stored_wal(
        *place_.store, place_.layout,
        {.name = batch[i], .path = path, .compression = recipe.empty() ? std::nullopt : std::optional(recipe.front())});
    log::debug(logger, "WAL file {} {}", batch[i], sent ? "copied" : "was in the copy");
    return Outcome::copied;
  });
  std::vector<std::string> to_note;
  const auto note = [&] {
    ledger_.wals().add(to_note);
    copied_ += to_note.size();
    to_note.clear();
  };
  for (const std::string& name : batch) {
    std::optional<Outcome> outcome;
    try {
      outcome = outcomes.next();
    } catch (...) {
      note();
      throw;
    }
    if (*outcome == Outcome::copied) {
      to_note.push_back(name);
      if (to_note.size() >= between_notes) note();
      continue;
    }
    met_encrypted_ = met_encrypted_ || *outcome == Outcome::encrypted;
    skipped_.insert(name);
  }
  note();
}

std::optional<std::string> WalCopy::copy_until(const Segment& first, const Segment& last, std::uint64_t segment_size) {
  Segment missing;
  while (!ledger_.wal_names().holds_all(first, last, segment_size, &missing)) {
    const std::vector<std::string> batch = next_batch();
    if (batch.empty()) return to_string(missing);
    copy(batch);
  }
  return std::nullopt;
}

void WalCopy::copy_all() {
  for (std::vector<std::string> batch = next_batch(); !batch.empty(); batch = next_batch()) copy(batch);
}

}  // namespace barman::cloud_copy
