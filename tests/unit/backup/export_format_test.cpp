#include "export_format.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"

namespace barman::backup {
namespace {

struct NameCase {
  const char* label;
  std::string name, why;  // empty: accepted
};

class TarballNames : public testing::TestWithParam<NameCase> {};

TEST_P(TarballNames, AreTakenOrRefusedWithTheReason) {
  try {
    const TarballName name = parse_tarball_name(GetParam().name, "my-server");
    EXPECT_EQ(GetParam().why, "");
    EXPECT_EQ(name.id, "20260102T030405");
    EXPECT_EQ(name.stamp, "20261121T122937");
    EXPECT_EQ(name.checksum, "9d82b0be");
  } catch (const Error& error) {
    EXPECT_EQ(error.what(),
              "Tarball filename does not match the expected export format "
              "'backup-export-SERVER_NAME-BACKUP_ID-TIMESTAMP-CHECKSUM.tar': '" +
                  GetParam().name + "'. " + GetParam().why);
  }
}

const std::string good = "backup-export-my-server-20260102T030405-20261121T122937-9d82b0be";
const std::string three_parts =
    "Expected filename to contain the backup ID, timestamp, and checksum after the server name.";

INSTANTIATE_TEST_SUITE_P(
    Names, TarballNames,
    testing::Values(NameCase{"plain", good + ".tar", ""}, NameCase{"gzip", good + ".tar.gz", ""},
                    NameCase{"bzip2", good + ".tar.bz2", ""}, NameCase{"xz", good + ".tar.xz", ""},
                    NameCase{"extension", good + ".tgz",
                             "Expected a .tar, .tar.gz, .tar.bz2, or .tar.xz file extension."},
                    NameCase{"server", "backup-export-other-20260102T030405-20261121T122937-9d82b0be.tar",
                             "Expected filename to start with 'backup-export-my-server-'."},
                    NameCase{"nothing", "backup-export-my-server-.tar", three_parts},
                    NameCase{"short", "backup-export-my-server-20260102T030405-9d82b0be.tar", three_parts},
                    NameCase{"long", good + "-x.tar", three_parts},
                    NameCase{"id", "backup-export-my-server-x-20261121T122937-9d82b0be.tar",
                             "Expected BACKUP_ID to be in the format 'YYYYMMDDTHHMMSS', got 'x'."},
                    NameCase{"no_such_day", "backup-export-my-server-20260230T030405-20261121T122937-9d82b0be.tar",
                             "Expected BACKUP_ID to be in the format 'YYYYMMDDTHHMMSS', got '20260230T030405'."},
                    NameCase{"stamp", "backup-export-my-server-20260102T030405-20261121T242937-9d82b0be.tar",
                             "Expected TIMESTAMP to be in the format 'YYYYMMDDTHHMMSS', got '20261121T242937'."}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::backup
