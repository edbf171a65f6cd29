#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "barman/fs/host.h"
#include "barman/restore/chain.h"
#include "barman/server/server_context.h"
#include "packed_backup.h"

namespace barman::restore {

// That what decrypting needs is there: gpg and a passphrase, by the command of the operator. Throws Error in the words
// of the first encrypted backup, the last of the chain first.
void require_decryption(const Chain& chain, ServerContext& server);

// Where an archive is unpacked while it is decoded.
struct ClearTarget {
  std::string directory;
  std::vector<std::string> exclude;
  fs::Host& host;
  std::int64_t bandwidth_limit = 0;  // kB/s, of the archive; 0: none
};

// The archive goes into a pipe on this host, what is encrypted through gpg, and tar unpacks at the other end on the
// host of the target: what is clear is in no file but those that the archive holds. Throws Error with the words of
// whichever failed first.
void unpack_through_pipe(const PackedBackup& packed, const std::string& archive, const ClearTarget& target,
                         ServerContext& server);

}  // namespace barman::restore
