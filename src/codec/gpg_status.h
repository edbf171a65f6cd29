#pragma once
#include <map>
#include <string>
#include <string_view>

// What gpg says of its work, and what that means.
namespace barman::codec {

// Its words for people, and the lines of --status-fd (doc/DETAILS of GnuPG), which are the same in every language.
struct GpgAnswer {
  std::string words{};
  std::map<std::string, std::string, std::less<>> status{};  // the last line of each kind
  bool has(std::string_view keyword) const { return status.contains(keyword); }
  std::string_view argument(std::string_view keyword) const {
    const auto found = status.find(keyword);
    return found == status.end() ? std::string_view() : std::string_view(found->second);
  }
};

GpgAnswer understand_gpg(std::string_view text);

// Throws GpgFailure, or CodecFailure where the content is damaged. `words` become the message.
[[noreturn]] void fail_to_encrypt(const GpgAnswer& answer, const std::string& words, const std::string& recipient);
[[noreturn]] void fail_to_decrypt(const GpgAnswer& answer, const std::string& words);

}  // namespace barman::codec
