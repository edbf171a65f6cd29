#include "wal_of_restore.h"

#include <algorithm>
#include <optional>

#include "barman/archive/wal_archive.h"
#include "barman/core/error.h"
#include "barman/core/on_exit.h"
#include "barman/fs/file.h"
#include "barman/fs/scratch.h"
#include "unfit_wal.h"

namespace barman::restore {

WalOfRestore::WalOfRestore(const RestoreRequest& request, const catalog::BackupInfo& backup,
                           const RecoveryTarget& target, const RestoreRun& run)
    : request_(request),
      backup_(backup),
      target_(target),
      run_(run),
      selection_(selection_for(request, backup, target, run.server.archive())) {}

void WalOfRestore::require_readable() const { require_readable_wal(selection_, run_); }

void WalOfRestore::look(const Forecast& expected) {
  archive::WalArchive& archive = run_.server.archive();
  selection_ = selection_for(request_, backup_, target_, archive, read_to(expected));
  const UnfitWal unfit = unfit_wal(selection_, expected, archive);
  if (!unfit.needed.empty() && !request_.no_target_check)
    throw Error(Errc::refused, "Recovery needs WAL that cannot be copied: " + in_words(unfit.needed),
                advice_on_unfit(archive));
  Notifier& notifier = run_.server.notifier();
  if (!unfit.needed.empty()) notifier.warning(left_out_in_words(unfit.needed, true));
  if (!unfit.others.empty()) notifier.warning(left_out_in_words(unfit.others, false));
  for (const auto* files : {&unfit.needed, &unfit.others})
    for (const UnfitFile& file : *files) left_out_.push_back(file.name);
  std::ranges::sort(left_out_);
  is_needed_ = [&expected](const WalName& wal) { return may_read(wal, expected); };
}

// The streamed partial segment behind the last one that is copied, if it is there.
std::string WalOfRestore::following_partial(const WalList& names) const {
  if (!selection_.with_partial()) return {};
  std::optional<Segment> last;
  names.for_each([&](const std::string& name) {
    const auto segment = parse_segment(name);
    if (segment && segment->timeline == selection_.timeline()) last = std::max(last.value_or(*segment), *segment);
  });
  if (!last) return {};
  const Segment wanted = next(*last, static_cast<std::uint64_t>(backup_.xlog_segment_size));
  const std::string path =
      run_.server.archive().queue(archive::Origin::streaming).location(to_string(wanted) + ".partial");
  return fs::exists(path) ? path : std::string();
}

std::size_t WalOfRestore::bring(const std::string& destination) const {
  const fs::ScratchDirectory scratch;
  WalList names(scratch.path() + "/names");
  run_.server.archive().index().for_each([&](const catalog::WalEntryView& entry) {
    if (selection_.wants(entry.name) && !std::ranges::binary_search(left_out_, entry.name)) names.add(entry.name);
    return true;
  });
  names.finish();
  run_.server.notifier().info("Copying required WAL segments.");
  const WalToDeliver wal = {.names = names,
                            .extra_partial = following_partial(names),
                            .segment_size = static_cast<std::uint64_t>(backup_.xlog_segment_size),
                            .destination = destination,
                            .is_needed = is_needed_};
  if (!wal.extra_partial.empty()) run_.server.notifier().info("Copying .partial WAL files.");
  run_.progress.start("WAL", static_cast<std::int64_t>(names.size() * wal.segment_size));
  const OnExit clear([&] { run_.progress.finish(); });
  const std::vector<std::string> left_out = deliver_wal(request_, wal, run_);
  if (!target_.is_pitr()) {
    run_.server.notifier().info("Generating archive status files");
    mark_as_archived(wal, left_out, run_);
  }
  return names.size() - left_out.size();
}

}  // namespace barman::restore
