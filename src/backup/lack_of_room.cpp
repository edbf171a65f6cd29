#include "lack_of_room.h"

#include <cerrno>
#include <clocale>
#include <cstring>
#include <string>

namespace barman::backup {
namespace {

bool names(std::string_view failure, locale_t language) {
  for (const int error : {ENOSPC, EDQUOT})
    if (failure.find(::strerror_l(error, language)) != std::string_view::npos) return true;
  return false;
}

}  // namespace

bool names_lack_of_room(std::string_view failure) {
  for (const char* name : {"C", ""}) {
    const locale_t language = ::newlocale(LC_ALL_MASK, name, nullptr);
    if (language == nullptr) continue;  // the user's is not installed: nothing speaks it
    const bool found = names(failure, language);
    ::freelocale(language);
    if (found) return true;
  }
  return false;
}

}  // namespace barman::backup
