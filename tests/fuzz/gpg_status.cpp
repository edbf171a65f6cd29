// What gpg writes to its standard error: words for people between the lines of --status-fd. Whatever it says, a failure
// has gpg's words and one meaning, and only what gpg says of the content makes that damaged.
#include "gpg_status.h"

#include "fuzz.h"
#include "stage.h"

namespace barman::fuzz {
namespace {

using codec::GpgAnswer;

constexpr std::string_view words = "gpg: its words";

void require_failure(const codec::GpgFailure& failure, std::string_view action) {
  require(failure.what() == words, "a failure has gpg's words", failure.what());
  require(failure.action() == action, "a failure names what was done", failure.action());
  require(failure.code() == Errc::config || failure.code() == Errc::io, "a failure has one of two meanings");
  require(failure.code() == Errc::io || !failure.hint().empty(), "what the operator can change has a hint");
  require(failure.hint().find('\n') == std::string::npos, "a hint is one line", failure.hint());
}

void encrypt(const GpgAnswer& answer) {
  try {
    codec::fail_to_encrypt(answer, std::string(words), "it's a key");
  } catch (const codec::GpgFailure& failure) {
    require_failure(failure, "encrypt");
    require((failure.code() == Errc::config) == answer.has("INV_RECP"), "the key is blamed where gpg blames it");
  }
}

void decrypt(const GpgAnswer& answer) {
  const bool looked_inside = answer.has("DECRYPTION_KEY") || answer.has("NODATA");
  try {
    codec::fail_to_decrypt(answer, std::string(words));
  } catch (const codec::GpgFailure& failure) {
    require_failure(failure, "decrypt");
    require((failure.code() == Errc::config) == !looked_inside, "with the right key it is not the configuration");
  } catch (const codec::CodecFailure& failure) {
    require(looked_inside, "only content that gpg has seen is damaged");
    require(failure.what() == words, "damage has gpg's words", failure.what());
  }
}

}  // namespace

void one_input(std::string_view bytes) {
  const GpgAnswer answer = codec::understand_gpg(bytes);
  require(answer.words.size() <= bytes.size(), "no word is added", answer.words);
  const GpgAnswer again = codec::understand_gpg(answer.words);
  require(again.words == answer.words && again.status.empty(), "words have no line of the status", answer.words);
  for (const auto& [keyword, argument] : answer.status) {
    require((keyword + argument).find('\n') == std::string::npos, "a line of the status is one", argument);
    require(keyword.find(' ') == std::string::npos, "a keyword is one word", keyword);
    require(answer.has(keyword) && answer.argument(keyword) == argument, "what is there is found", keyword);
  }
  encrypt(answer);
  decrypt(answer);
}

}  // namespace barman::fuzz
