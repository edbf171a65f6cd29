#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive_parts.h"
#include "barman/cloud/archive_journal.h"
#include "barman/codec/codec.h"
#include "barman/store/object_store.h"
#include "barman/tar/member.h"
#include "barman/tar/writer.h"

namespace barman::cloud {

// How every archive of a backup is made.
struct ArchiveFormat {
  codec::Recipe recipe;
  std::string extension;  // ".gz", or ""
};
// `compression`: what the archives are stored as; `workers`: threads for each, where the format can have them.
ArchiveFormat archive_format(std::optional<codec::Algorithm> compression, int workers);

// Where archives go, and by what. Nothing is owned.
struct ArchiveTarget {
  store::ObjectStore& store;
  PartUploads& parts;
  const ArchivePlan& plan;
  const ArchiveFormat& format;
  store::PutOptions options;
  std::string prefix;  // of the backup's keys
  ArchiveJournal* journal = nullptr;
};

// One tree of a backup as a tar stream: members are written in order, come out compressed as one stream for each
// archive, and are sent in parts by PartUploads. Where an archive has come to its size, the next file begins another.
// None of them can be seen in the store before complete(); an object that goes without it takes back what was sent.
// With a journal each archive appears as soon as it is full, and members that the journal's archives hold are left out.
class ArchiveUpload {
 public:
  ArchiveUpload(const ArchiveTarget& target, std::string name);
  ArchiveUpload(const ArchiveUpload&) = delete;
  ArchiveUpload& operator=(const ArchiveUpload&) = delete;
  ~ArchiveUpload();

  // Followed by exactly member.size bytes of data(). False: an archive of the journal holds it, so that its content
  // need not be read; what comes of it all the same is ignored.
  bool begin(const tar::Member& member);
  void data(std::string_view bytes);
  // Where the next bytes of data() may be put: in the part that is sent, which saves copying them, or in `own` where
  // what is sent is made from them. Not empty, and not longer than `own`.
  std::span<char> room(std::span<char> own);
  void end_member();

  void close();     // no more members
  void complete();  // after close(): the archives appear, once PartUploads::wait() returns
  // Takes back what has not appeared; to be called when PartUploads has stopped. Failures are only logged, by the
  // store. Returns the keys of what may have appeared since complete().
  std::vector<std::string> abandon();

  const std::string& name() const { return name_; }
  std::string current_file_name() const;        // "data_0001.tar.gz"; of the next one where there is none
  std::uint64_t size() const { return size_; }  // so far, as it is stored
  const TransferTimes& times() const { return *times_; }

 private:
  struct Open;
  struct Noted;
  void continue_behind(const std::vector<FinishedArchive>& finished);
  bool is_held(const tar::Member& member);
  std::string file_name(int number) const;
  void make_room_for(const tar::Member& member);
  bool has_room_for(const tar::Member& member) const;
  void open();
  PartBuffer& part();
  void take(std::string_view bytes);  // what comes out of the compression
  void send_part();
  void close_current(bool ends_tree);
  void finish_by_itself(bool ends_tree);

  ArchiveTarget target_;
  std::string name_;
  int number_ = 0;  // of the next archive
  std::uint64_t members_ = 0;
  std::string last_member_;
  bool holds_current_ = false;    // the current member is in one of the journal's archives
  FinishedArchive held_;          // the last of these
  std::shared_ptr<Noted> noted_;  // with those who send parts
  std::uint64_t size_ = 0;
  std::unique_ptr<Open> open_;
  std::vector<std::shared_ptr<ArchiveObject>> objects_;
  std::shared_ptr<TransferTimes> times_ = std::make_shared<TransferTimes>();  // with those who send parts
};

}  // namespace barman::cloud
