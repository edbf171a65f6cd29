#include "archive_plan.h"

#include <algorithm>

namespace barman::cloud {
namespace {

constexpr std::uint64_t fewest_buffers = 2;

std::uint64_t wished_part_size(const ArchiveWishes& wishes, const store::Abilities& abilities) {
  const std::uint64_t for_archive = 2 * (wishes.max_archive_size / static_cast<std::uint64_t>(abilities.most_parts));
  return std::max({for_archive, abilities.smallest_part, wishes.min_chunk_size.value_or(0)});
}

}  // namespace

ArchivePlan plan_archives(const ArchiveWishes& wishes, const store::Abilities& abilities) {
  ArchivePlan plan;
  plan.most_parts = abilities.most_parts;
  plan.checksums = abilities.part_checksums;
  plan.max_archive_size_capped = wishes.max_archive_size > largest_archive;
  plan.part_size = wished_part_size(wishes, abilities);
  const std::uint64_t for_all_jobs = memory_for_parts / (wishes.jobs + 1);
  if (!wishes.min_chunk_size && plan.part_size > for_all_jobs)
    plan.part_size = std::max(for_all_jobs, abilities.smallest_part);
  const std::uint64_t largest_part = memory_for_parts / fewest_buffers;
  plan.min_chunk_size_capped = wishes.min_chunk_size.value_or(0) > largest_part;
  plan.part_size = std::min(plan.part_size, largest_part);
  plan.buffers = static_cast<std::size_t>(
      std::clamp<std::uint64_t>(memory_for_parts / plan.part_size, fewest_buffers, 2 * wishes.jobs + 1));
  const std::uint64_t half = plan.part_size * static_cast<std::uint64_t>(abilities.most_parts / 2);
  plan.split_at = std::min({wishes.max_archive_size, largest_archive, half});
  return plan;
}

}  // namespace barman::cloud
