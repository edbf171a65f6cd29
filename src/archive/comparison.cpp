#include "comparison.h"

#include "barman/archive/wal_file.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/wal/segment.h"
#include "content_mark.h"

namespace barman::archive {
namespace {

constexpr std::string_view logger = "barman.wal_archiver";

class Comparer {
 public:
  Comparer(const PreparedWal& wal, const std::string& stored, const config::ServerConfig& config,
           const codec::Stage& settings)
      : wal_(wal), stored_(stored), config_(config), settings_(settings) {}

  Comparison run() const {
    using Kind = PreparedWal::Kind;
    const WalName name = parse_wal_name(wal_.name).value();
    if (codec::looks_encrypted(codec::read_head(stored_)) ? is_encrypted_copy() : same_as_stored())
      return {Kind::archived, {}};
    if (auto problem = stored_problem(name, stored_, config_, settings_))
      return {Kind::replaces_damaged, std::move(*problem)};
    if (is_beginning_of(stored_, name, wal_.source, config_, settings_))
      return {Kind::replaces_damaged, "it ends before all lines were there"};
    return {Kind::other_content, {}};
  }

 private:
  bool same_as_stored() const {
    std::optional<codec::Algorithm> delivered;
    if (wal_.delivered.compression) delivered = codec::parse_algorithm(*wal_.delivered.compression);
    try {
      return codec::same_content(wal_.source, codec::stored_as(delivered, settings_), stored_,
                                 recipe_of_file(stored_, config_, settings_));
    } catch (const Error& error) {
      if (error.code() != Errc::corrupt) throw;
      // One of the two is damaged; which one, the operator must find out. Both are kept.
      log::error(logger, "Cannot compare {} with the archived file: {}", wal_.source, error.what());
      return false;
    }
  }

  // By decrypting it, or by what can be told without. The source came encrypted itself where the two are the same
  // bytes.
  bool is_encrypted_copy() const {
    if (codec::same_content(wal_.source, {}, stored_, {})) return true;
    std::string why_not = "encryption_passphrase_command is not set";
    if (config_.encryption_passphrase_command) {
      try {
        return same_as_stored();
      } catch (const Error& error) {
        if (error.code() != Errc::config && error.code() != Errc::timeout) throw;
        why_not = error.what();
      }
    }
    if (is_marked_with(stored_, wal_.source)) return true;
    log::warning(logger, "Cannot compare {} with the archived file, which is encrypted: {}", wal_.source, why_not);
    return false;
  }

  const PreparedWal& wal_;
  const std::string& stored_;
  const config::ServerConfig& config_;
  const codec::Stage& settings_;
};

}  // namespace

Comparison compare_with(const PreparedWal& wal, const std::string& stored, const config::ServerConfig& config,
                        const codec::Stage& settings) {
  return Comparer(wal, stored, config, settings).run();
}

}  // namespace barman::archive
