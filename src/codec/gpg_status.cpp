#include "gpg_status.h"

#include <fmt/core.h>

#include <cstdlib>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/exec/shell.h"
#include "stage.h"

namespace barman::codec {
namespace {

std::string key_ring() {
  const char* home = std::getenv("GNUPGHOME");
  return home != nullptr && *home != '\0' ? fmt::format("the key ring in '{}' (GNUPGHOME)", home)
                                          : std::string("the key ring of this user (~/.gnupg)");
}

std::string about_recipient(const GpgAnswer& answer, const std::string& recipient) {
  constexpr std::string_view not_trusted = "10", revoked = "4", expired = "5";
  const std::string_view reason = answer.argument("INV_RECP").substr(0, answer.argument("INV_RECP").find(' '));
  const std::string key = exec::shell_quote(recipient);
  if (reason == not_trusted)
    return fmt::format(
        "the key of encryption_key_id is not trusted: make sure that it is yours, then trust it in {} "
        "by: gpg --edit-key {} trust",
        key_ring(), key);
  if (reason == revoked || reason == expired)
    return fmt::format(
        "the key of encryption_key_id is revoked or expired: renew it, or set another one; "
        "see: gpg --list-keys {}",
        key);
  return fmt::format("import the public key of encryption_key_id into {} with 'gpg --import'; see: gpg --list-keys {}",
                     key_ring(), key);
}

}  // namespace

GpgAnswer understand_gpg(std::string_view text) {
  constexpr std::string_view mark = "[GNUPG:] ";
  GpgAnswer answer;
  for (const std::string& line : split(text, '\n')) {
    if (!line.starts_with(mark)) {
      if (trim(line).empty()) continue;
      if (!answer.words.empty()) answer.words += '\n';
      answer.words += line;
      continue;
    }
    const std::string_view status = std::string_view(line).substr(mark.size());
    const std::size_t end = std::min(status.find(' '), status.size());
    answer.status[std::string(status.substr(0, end))] = trim(status.substr(end));
  }
  return answer;
}

void fail_to_encrypt(const GpgAnswer& answer, const std::string& words, const std::string& recipient) {
  if (answer.has("INV_RECP")) throw GpgFailure(Errc::config, "encrypt", words, about_recipient(answer, recipient));
  throw GpgFailure(Errc::io, "encrypt", words, "");
}

void fail_to_decrypt(const GpgAnswer& answer, const std::string& words) {
  constexpr std::int64_t code_bits = 0xffff, bad_passphrase = 11, no_passphrase = 177;
  if (answer.has("DECRYPTION_KEY") || answer.has("NODATA")) {
    if (answer.has("BADMDC") || answer.has("NODATA") || !answer.has("DECRYPTION_OKAY")) throw CodecFailure(words);
    throw GpgFailure(Errc::io, "decrypt", words, "");
  }
  const std::string_view error = answer.argument("ERROR");
  if (error.starts_with("pkdecrypt_failed ")) {
    const std::int64_t code = parse_decimal(error.substr(error.find(' ') + 1)).value_or(0) & code_bits;
    if (code == bad_passphrase || code == no_passphrase)
      throw GpgFailure(Errc::config, "decrypt", words,
                       "make encryption_passphrase_command print the passphrase of the secret key");
  }
  if (answer.has("NO_SECKEY"))
    throw GpgFailure(
        Errc::config, "decrypt", words,
        fmt::format("import the secret key {} into {} with 'gpg --import'", answer.argument("NO_SECKEY"), key_ring()));
  throw GpgFailure(Errc::config, "decrypt", words, fmt::format("see what 'gpg --decrypt' says with {}", key_ring()));
}

}  // namespace barman::codec
