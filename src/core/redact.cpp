#include <algorithm>
#include <tuple>
#include <utility>

#include "barman/core/text.h"

namespace barman {

namespace {

constexpr std::string_view keyword = "password";
constexpr std::string_view replacement = "*REDACTED*";
constexpr std::string_view schemes[] = {"postgresql://", "postgres://"};
constexpr std::string_view line_blanks = " \t";
constexpr std::string_view blanks = " \t\n\v\f\r";

std::size_t skip(std::string_view text, std::size_t at, std::string_view what) {
  return std::min(text.find_first_not_of(what, at), text.size());
}

// End of a value that opens with a quote. Inside a quoted or escaped text the quote itself carries backslashes, so the
// closing one is the same quote after the same number of backslashes.
std::size_t end_of_quoted(std::string_view text, std::size_t begin, std::size_t quote_at) {
  const std::string_view opening = text.substr(begin, quote_at - begin + 1);
  for (std::size_t at = quote_at + 1; at < text.size();) {
    const std::size_t run = skip(text, at, "\\") - at;  // of backslashes
    if (at + run < text.size() && text[at + run] == opening.back() && run == opening.size() - 1) return at + run + 1;
    at += run + 1;
  }
  return std::min(text.find('\n', quote_at), text.size());
}

// Where the value that starts at `begin` ends: a quoted text, or everything up to white space.
std::size_t end_of_value(std::string_view text, std::size_t begin) {
  const std::size_t quote_at = skip(text, begin, "\\");
  if (quote_at < text.size() && (text[quote_at] == '\'' || text[quote_at] == '"'))
    return end_of_quoted(text, begin, quote_at);
  std::size_t at = begin;
  while (at < text.size() && blanks.find(text[at]) == std::string_view::npos) at += text[at] == '\\' ? 2 : 1;
  return std::min(at, text.size());
}

bool same_letters(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() &&
         std::ranges::equal(text, lower, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

// The span of the secret in "password = value" starting at `at`; an empty span when there is none.
std::pair<std::size_t, std::size_t> keyword_secret(std::string_view text, std::size_t at) {
  if (!same_letters(text.substr(at, keyword.size()), keyword)) return {0, 0};
  const std::size_t equals = skip(text, at + keyword.size(), line_blanks);
  if (equals >= text.size() || text[equals] != '=') return {0, 0};
  const std::size_t begin = skip(text, equals + 1, line_blanks);
  return {begin, end_of_value(text, begin)};
}

// The span of PW in postgresql://user:PW@ starting at `at`.
std::pair<std::size_t, std::size_t> url_secret(std::string_view text, std::size_t at) {
  for (const std::string_view scheme : schemes) {
    if (!text.substr(at).starts_with(scheme)) continue;
    const std::size_t user = at + scheme.size();
    const std::size_t end = std::min(text.find_first_of(" \t\n\v\f\r/'\"", user), text.size());
    const std::string_view authority = text.substr(user, end - user);
    const std::size_t host = authority.rfind('@'), colon = authority.find(':');
    if (host != std::string_view::npos && colon < host) return {user + colon + 1, user + host};
  }
  return {0, 0};
}

}  // namespace

std::string redact_passwords(std::string_view text) {
  std::string result;
  std::size_t copied = 0;
  for (std::size_t at = 0; (at = text.find_first_of("pP", at)) != std::string_view::npos;) {
    auto [begin, end] = keyword_secret(text, at);
    if (begin == end) std::tie(begin, end) = url_secret(text, at);
    if (begin == end) {
      ++at;
      continue;
    }
    result += text.substr(copied, begin - copied);
    result += replacement;
    copied = at = end;
  }
  result += text.substr(copied);
  return result;
}

}  // namespace barman
