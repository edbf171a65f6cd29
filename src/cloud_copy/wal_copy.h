#pragma once
#include <set>
#include <string>
#include <vector>

#include "barman/catalog/wal_purge_rule.h"
#include "barman/catalog/xlogdb.h"
#include "barman/cloud/place.h"
#include "barman/codec/codec.h"
#include "barman/server/server_context.h"
#include "ledger.h"

namespace barman::cloud_copy {

// Copies WAL in the order of the index, several files at a time; each is in the ledger once it and all before it are in
// the store. Used by one thread at a time.
class WalCopy {
 public:
  WalCopy(ServerContext& server, const cloud::Place& place, Ledger& ledger, const catalog::WalPurgeRule& wanted);

  // Until the copy has all segments between the two, if the archive has them. nullopt: it has; else the first that is
  // missing.
  std::optional<std::string> copy_until(const Segment& first, const Segment& last, std::uint64_t segment_size);
  // Everything that the index lists by now.
  void copy_all();

  std::size_t copied() const { return copied_; }
  bool met_encrypted() const { return met_encrypted_; }

 private:
  std::vector<std::string> next_batch();
  void copy(const std::vector<std::string>& batch);
  ServerContext& server_;
  const cloud::Place& place_;
  Ledger& ledger_;
  const catalog::WalPurgeRule& wanted_;
  const codec::Stage settings_;
  std::set<std::string> skipped_;  // that cannot be copied, or are gone
  std::size_t copied_ = 0;
  bool met_encrypted_ = false;
};

// Whether a line of the index is of a file that the copy should have and has not.
bool waits(const catalog::WalEntryView& entry, const catalog::WalPurgeRule& wanted, const WalNames& copied);

}  // namespace barman::cloud_copy
