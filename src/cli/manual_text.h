#pragma once
#include <span>
#include <string_view>

namespace barman::cli {

// What the manual page of a verb says beside its options, in the markup of barman/usage/markup.h: what stands before
// the first section is the description. The section EXAMPLES is shown by --help, too. A verb without a text has none of
// its own (a unit test allows no such verb).
struct ManualText {
  std::string_view verb;
  std::string_view text;
  std::string_view see_also;  // verbs and other pages, "list-backups show-backup barman-cloud-backup"
};

std::span<const ManualText> manual_texts_of_backups();
std::span<const ManualText> manual_texts_of_wal();
std::span<const ManualText> manual_texts_of_servers();
// nullptr: there is none.
const ManualText* find_manual_text(std::string_view verb);

std::string_view program_text();        // of barman(1), around the lists of options and commands
std::string_view configuration_text();  // of barman(5), around the options

}  // namespace barman::cli
