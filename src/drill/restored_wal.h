#pragma once
#include <string>
#include <vector>

#include "barman/wal/note.h"
#include "drilled_wal.h"

namespace barman::drill {

// The WAL that a restore has brought, read here before PostgreSQL reads it.
class RestoredWal : public DrilledWal {
 public:
  // `directory` holds plain WAL files, and history files. `timeline`: to which recovery goes.
  RestoredWal(std::string directory, std::uint32_t timeline);

 private:
  const recovery::Archive& archive() const override { return archive_; }
  const recovery::TimelinePath& path() const override { return path_; }
  std::vector<WalRecord> read(const Segment& segment, WalReader::Yield yield) const override;
  std::string reason_of(const Segment& segment) const override;

  void read_all();
  std::string path_of(const Segment& segment) const;
  std::ptrdiff_t place_of(const Segment& segment) const;  // among the notes

  std::string directory_;
  recovery::TimelinePath path_;
  recovery::Archive archive_;
  std::vector<NotedSegment> noted_;  // as archive_.notes
};

}  // namespace barman::drill
