#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "barman/store/object_store.h"

namespace barman::cloud {

inline constexpr std::uint64_t mebibyte = 1024 * 1024;
inline constexpr std::uint64_t largest_archive = mebibyte * mebibyte;  // 1 TiB, whatever the store

// What all parts that are being filled or sent may take together. With what the program itself, its libraries and the
// compression take, a backup stays below 128 MiB.
inline constexpr std::uint64_t memory_for_parts = 64 * mebibyte;

struct ArchiveWishes {
  std::uint64_t max_archive_size = 100 * 1024 * mebibyte;  // 100GB, in the units of the option
  std::optional<std::uint64_t> min_chunk_size{};
  std::size_t jobs = 2;
};

struct ArchivePlan {
  std::uint64_t part_size = 0;      // of all parts of an archive but the last
  int most_parts = 0;               // of one archive
  std::uint64_t split_at = 0;       // a new archive starts with the first file after so many bytes
  std::size_t buffers = 0;          // each of the size of a part; at least two
  http::ChecksumKinds checksums{};  // the store wants them of each part
  bool max_archive_size_capped = false;
  bool min_chunk_size_capped = false;
};

// The part size is the reference's: the greatest of twice max_archive_size / parts of an object, the store's smallest
// part, and min_chunk_size. As parts are kept in memory and not on disk, it gives way where they would take more than
// memory_for_parts: first so that each job has one to send while another is filled, unless min_chunk_size was wished
// for, and in any case so that there are two. An archive is split where half of the parts that an object may have are
// used, should that be before max_archive_size: a file is never split, and has to fit into the other half.
ArchivePlan plan_archives(const ArchiveWishes& wishes, const store::Abilities& abilities);

}  // namespace barman::cloud
