#include "manual_text.h"

#include <algorithm>

namespace barman::cli {

const ManualText* find_manual_text(std::string_view verb) {
  for (const auto texts : {manual_texts_of_backups(), manual_texts_of_wal(), manual_texts_of_servers()}) {
    const auto found = std::ranges::find(texts, verb, &ManualText::verb);
    if (found != texts.end()) return &*found;
  }
  return nullptr;
}

}  // namespace barman::cli
