#include <fmt/core.h>

#include "barman/archive/errors_directory.h"
#include "barman/archive/wal_file.h"
#include "barman/cloud/object_removal.h"
#include "barman/cloud/wal_upload.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/fs/scratch.h"
#include "comparison.h"
#include "note_taker.h"
#include "store_files.h"
#include "wal_intake.h"

namespace barman::archive {
namespace {

using cloud::WalObject;
using Kind = PreparedWal::Kind;

// Each may hold a compressed segment in memory.
constexpr std::size_t uploads = 4;

std::optional<codec::Algorithm> delivered_algorithm(const PreparedWal& wal) {
  return wal.delivered.compression ? codec::parse_algorithm(*wal.delivered.compression) : std::nullopt;
}

class StoreIntake : public WalIntake {
 public:
  StoreIntake(const config::ServerConfig& config, const cloud::Place& place, const codec::Stage& settings)
      : config_(config), place_(place), settings_(settings) {}

  std::size_t most_at_once() const override { return uploads; }

  std::string target(const PreparedWal& wal) const override {
    const auto algorithm = wal.recipe.empty() ? delivered_algorithm(wal) : std::optional(wal.recipe.front().algorithm);
    const std::string extension(algorithm ? codec::extension(*algorithm) : std::string_view());
    return address(place_, place_.layout.wal(wal.name, extension));
  }

  // A store shows what is complete, or nothing.
  void remove_leftovers(const std::vector<std::string>&) const override {}

  void compare(PreparedWal& wal) const override {
    wal.kind = Kind::new_file;
    wal.stored_as.clear();
    wal.damaged_copies.clear();
    const fs::ScratchDirectory directory;
    for (const WalObject& copy : copies_of(wal.name)) {
      const std::string path = fmt::format("{}/{}", directory.path(), base_name(copy.object.key));
      if (!fetch(copy, path)) continue;
      const Comparison found = compare_copy(wal, copy, path);
      fs::remove_file(path);
      if (found.kind == Kind::other_content) {
        wal.kind = Kind::other_content;
        return;
      }
      if (found.kind == Kind::archived && wal.stored_as.empty()) {
        wal.stored_as = copy.object.key;
        wal.entry = entry_of(copy, wal.delivered.time);
      } else if (found.kind == Kind::replaces_damaged) {
        wal.damaged_copies.push_back(copy.object.key);
        wal.problem = found.problem;
      }
    }
    if (!wal.damaged_copies.empty())
      wal.kind = Kind::replaces_damaged;
    else if (!wal.stored_as.empty())
      wal.kind = Kind::archived;
  }

  // One that takes the place of another is put there by exchange(), when that one is kept elsewhere.
  void prepare(PreparedWal& wal) const override {
    if (wal.kind == Kind::replaces_damaged) return;
    try {
      put(wal, cloud::Present::keep);
    } catch (const store::StoreError& error) {
      if (error.refusal() != store::Refusal::exists) throw;
      // Somebody else was faster, or the answer to an attempt of ours was lost.
      compare(wal);
      if (wal.kind == Kind::new_file) throw;
    }
  }

  void place(PreparedWal&) const override {}
  void settle(std::span<const PreparedWal>) const override {}

  void withdraw(PreparedWal& wal) const override {
    if (wal.stored_as.empty()) return;
    cloud::remove_objects(*place_.store, {wal.stored_as}, 1);
    wal.stored_as.clear();
  }

  std::string keep_damaged(const PreparedWal& wal) const override {
    const fs::ScratchDirectory directory;
    std::string kept;
    for (const std::string& key : wal.damaged_copies) {
      const std::string path = fmt::format("{}/{}", directory.path(), base_name(key));
      download_to(place_, key, path);
      const auto before = kept_before(path, wal.name);
      kept = before ? *before : keep_in_errors(path, config_.errors_directory, wal.name, "damaged");
    }
    return kept;
  }

  void exchange(PreparedWal& wal) const override {
    if (wal.stored_as.empty()) put(wal, cloud::Present::replace);
    std::vector<std::string> damaged = wal.damaged_copies;
    std::erase(damaged, wal.stored_as);
    if (!damaged.empty()) cloud::remove_objects(*place_.store, damaged, damaged.size());
  }

  std::optional<catalog::WalEntry> stored_entry(const std::string& name) const override {
    const auto copies = copies_of(name);
    if (copies.empty()) return std::nullopt;
    return entry_of(copies.front(), copies.front().object.modified.value_or(now()).fractional_seconds());
  }

 private:
  // The same damaged copy, by a run that went no further.
  std::optional<std::string> kept_before(const std::string& path, const std::string& name) const {
    for (const std::string& each : fs::list_directory_if_exists(config_.errors_directory)) {
      if (!each.starts_with(name + ".") || !each.ends_with(".damaged")) continue;
      std::string candidate = fmt::format("{}/{}", config_.errors_directory, each);
      if (fs::is_regular_file(candidate) && codec::same_content(path, {}, candidate, {})) return candidate;
    }
    return std::nullopt;
  }

  std::vector<WalObject> copies_of(const std::string& name) const {
    std::vector<WalObject> copies = cloud::find_wal(*place_.store, place_.layout, name);
    std::erase_if(copies, [&](const WalObject& copy) { return copy.name != name; });
    return copies;
  }

  // False where it has gone since it was listed.
  bool fetch(const WalObject& copy, const std::string& path) const {
    try {
      download_to(place_, copy.object.key, path);
      return true;
    } catch (const store::StoreError& error) {
      if (error.refusal() != store::Refusal::not_found) throw;
      return false;
    }
  }

  // Readers decode a copy by its extension.
  Comparison compare_copy(const PreparedWal& wal, const WalObject& copy, const std::string& path) const {
    const auto algorithm = stored_algorithm(path, config_, settings_);
    const std::string_view fitting = algorithm ? codec::extension(*algorithm) : std::string_view();
    if (copy.extension != fitting) return {Kind::replaces_damaged, "it is not compressed as its extension says"};
    return compare_with(wal, path, config_, settings_);
  }

  catalog::WalEntry entry_of(const WalObject& copy, double time) const {
    return {copy.name, static_cast<std::int64_t>(copy.object.size), time, compression_of(copy.extension, config_), {}};
  }

  void put(PreparedWal& wal, cloud::Present present) const {
    cloud::WalUpload upload{.path = wal.source, .follow_link = false};
    const auto noter = wal.recipe.empty() ? nullptr : noter_of(wal.name);
    if (noter) upload.watch = [&](std::string_view piece) { noter->feed(piece); };
    if (wal.recipe.empty())
      upload.delivered = delivered_algorithm(wal);
    else
      upload.compression = wal.recipe.front();
    const WalObject stored = cloud::put_wal(*place_.store, place_.layout, upload, present);
    wal.stored_as = stored.object.key;
    wal.entry = entry_of(stored, wal.delivered.time);
    if (noter) wal.noted = noter->finish();
  }

  const config::ServerConfig& config_;
  const cloud::Place& place_;
  const codec::Stage settings_;
};

}  // namespace

std::unique_ptr<WalIntake> intake_of_store(const config::ServerConfig& config, const cloud::Place& place,
                                           const codec::Stage& settings) {
  if (const auto problem = config::wal_store_problem(config))
    throw Error(Errc::config, fmt::format("no WAL of server '{}' is archived: {}", config.name, *problem),
                fmt::format("change the configuration, and run barman check {}", config.name));
  return std::make_unique<StoreIntake>(config, place, settings);
}

}  // namespace barman::archive
