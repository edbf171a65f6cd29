#include "barman/archiver/archive_plan.h"

#include <algorithm>
#include <optional>

#include "barman/wal/segment.h"

namespace barman::archiver {
namespace {

bool is_partial(const Waiting& item) { return item.name.ends_with(".partial"); }

// Takes out what pg_receivewal still works on.
void leave_the_one_being_streamed(std::vector<Waiting>& archive) {
  const auto newest_partial = std::find_if(archive.rbegin(), archive.rend(), is_partial);
  if (newest_partial != archive.rend())
    archive.erase(std::next(newest_partial).base());
  else if (!archive.empty())
    archive.pop_back();
}

}  // namespace

ArchivePlan plan_archive(Origin origin, std::vector<Waiting> waiting, std::int64_t batch_size) {
  std::erase_if(waiting, [](const Waiting& item) { return item.name.starts_with('.'); });
  std::ranges::sort(waiting, {}, &Waiting::name);
  ArchivePlan plan;
  plan.found = waiting.size();
  std::vector<Waiting> wal;
  for (Waiting& item : waiting) {
    if (item.name.ends_with(".tmp")) continue;
    if (item.regular && is_any_wal_name(item.name))
      wal.push_back(std::move(item));
    else
      plan.unknown.push_back(std::move(item.name));
  }
  if (origin == Origin::streaming) leave_the_one_being_streamed(wal);
  for (Waiting& item : wal) {
    if (item.problem)
      plan.unfit.push_back(std::move(item));
    else
      plan.archive.push_back(std::move(item.name));
  }
  plan.found -= plan.unfit.size();
  if (batch_size > 0 && plan.archive.size() > static_cast<std::size_t>(batch_size))
    plan.archive.resize(static_cast<std::size_t>(batch_size));
  return plan;
}

}  // namespace barman::archiver
