// barman-cloud-check-wal-archive: whether a new cluster may archive its WAL here.
#include <fmt/core.h>

#include "barman/cloud/wal_key.h"
#include "barman/core/count_of.h"
#include "command.h"
#include "programs.h"

namespace barman::cloud::cli {
namespace {

class CheckWalArchive : public Command {
 public:
  void declare(usage::Options& options) override {
    declare_common(options, common_);
    options.number({"--timeline"}, timeline_, usage::Number::positive, "TIMELINE",
                   "refuse WAL of this timeline and later ones only (default: all)");
    declare_target(options, common_, Use::write);
  }

  bool makes_bucket() const override { return true; }

  void run(Session& session) override {
    if (!bucket_is_there(session.store, common_.provider())) session.store.create_bucket();
    const std::size_t found = count(session);
    if (found == 0) return;
    const std::string problem = timeline_ ? fmt::format("Found {} in WAL archive equal to or newer than timeline {}",
                                                        count_of(found, "file"), *timeline_)
                                          : "Expected empty archive";
    throw Failure(exit_refused,
                  fmt::format("WAL archive check failed for server {}: {}", session.layout.server, problem));
  }

 private:
  // Names of WAL files that are in the way, each once: one may be there with two extensions.
  std::size_t count(Session& session) const {
    std::size_t found = 0;
    std::string last;
    store::for_each_object(session.store, {.prefix = session.layout.wals(), .delimiter = {}, .start_after = {}},
                           [&](const store::Object& object) {
                             const auto key = parse_wal_key(object.key);
                             if (!key || key->name == last || key->parsed.segment.timeline < timeline_.value_or(0))
                               return;
                             last = key->name;
                             ++found;
                           });
    return found;
  }

  std::optional<std::int64_t> timeline_;
};

}  // namespace

std::unique_ptr<Command> check_wal_archive_command() { return std::make_unique<CheckWalArchive>(); }

}  // namespace barman::cloud::cli
