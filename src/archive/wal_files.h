#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/xlogdb.h"
#include "barman/codec/codec.h"

namespace barman::archive {

class IndexRemoval;
class WalIntake;

// The files of an archive: all that differs between a directory and an object store, beside how new ones get there
// (wal_intake.h). The index, the order of effects and the messages are those of WalArchive and Publisher, the same for
// both.
class WalFiles {
 public:
  using Visit = std::function<void(const catalog::WalEntry&)>;
  using Unexpected = std::function<void(const std::string& place)>;

  virtual ~WalFiles() = default;

  // Where a file lies that is compressed with `compression` (a word of the index, or nothing).
  virtual std::string location(std::string_view name, std::string_view compression) const = 0;
  virtual bool holds(std::string_view name) const = 0;
  virtual std::optional<StoredWal> examine(std::string_view name) const = 0;
  // See WalArchive.
  virtual std::map<std::uint32_t, std::string> newest() const = 0;
  virtual std::optional<std::string> history(std::uint32_t timeline) const = 0;
  // Of segments in order: which of them are there. Looks at names alone, and not at all where each look is a request.
  virtual std::vector<char> are_there(std::span<const Segment> segments) const = 0;
  virtual void read(const std::string& name, const WalArchive::Take& take) const = 0;
  // Every file that belongs into an archive, in the order of Barman's rebuild (formats.md 5.3), described from the file
  // itself; `unexpected` gets the place of everything else.
  virtual void walk(const Visit& visit, const Unexpected& unexpected) const = 0;
  // The same of files from a name on, where others put some there that the index of this host does not list; of all
  // without a name. In a directory there are none.
  virtual void walk_from(std::string_view name, const Visit& visit) const = 0;
  // Removes the files of these lines, all copies of each, durably. What is there is removed before it throws, or is
  // known not to be: lines that stay for too long are dropped by the next removal.
  virtual void remove(const IndexRemoval& lines, const Removal& removal) const = 0;

  // `settings`: how this server compresses.
  virtual std::unique_ptr<WalIntake> intake(const codec::Stage& settings) const = 0;
};

}  // namespace barman::archive
