#pragma once
#include <set>
#include <string>
#include <vector>

#include "barman/archiver/archive_wal.h"
#include "prepared_wal.h"

namespace barman::archiver {

// Makes prepared files part of the archive. The only writer of archived WAL files and their lines.
class WalCommitter {
 public:
  WalCommitter(const Archiving& with, const WalPreparer& preparer) : with_(with), preparer_(preparer) {}

  // New files, in order. Names are given, directories synced, lines written and synced, sources removed. Ends early,
  // with the number of those done, at a file that was changed since it was read.
  std::size_t commit(std::vector<PreparedWal>& batch);
  // A file that the archive has already: adds its line if it is missing, corrects it if another file was there when it
  // was written, removes the source.
  void settle(const PreparedWal& wal);
  // A file that the archive has with other content: moved to the errors directory.
  void reject(const PreparedWal& wal);
  // A file that takes the place of a damaged one: that one gets a name in the errors directory, this one its name in
  // the archive, the line is corrected, the source removed, each durable before the next. The archive has one of the
  // two at any moment. Returns the path in the errors directory.
  std::string replace(PreparedWal& wal);

 private:
  void place(PreparedWal& wal);
  void end_torn_line() const;
  void repair(catalog::XlogDb::Appender& index) const;
  void finish(const std::vector<PreparedWal>& batch, std::size_t count, catalog::XlogDb::Appender index);

  const Archiving& with_;
  const WalPreparer& preparer_;
};

}  // namespace barman::archiver
