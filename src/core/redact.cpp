#include "barman/core/redact.h"

#include <algorithm>

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

// A quote, and brackets or commas, that close a list around the connection string rather than belong to the value.
bool closes_a_list(std::string_view text, std::size_t at) {
  if (text[at] != '\'' && text[at] != '"') return false;
  const std::size_t after = skip(text, at + 1, ",])}");
  return after == text.size() || blanks.find(text[after]) != std::string_view::npos;
}

// Where the value that starts at `begin` ends: a quoted text, or everything up to white space.
std::size_t end_of_value(std::string_view text, std::size_t begin) {
  const std::size_t quote_at = skip(text, begin, "\\");
  if (quote_at < text.size() && (text[quote_at] == '\'' || text[quote_at] == '"') && !closes_a_list(text, quote_at))
    return end_of_quoted(text, begin, quote_at);
  std::size_t at = begin;
  while (at < text.size() && blanks.find(text[at]) == std::string_view::npos && !closes_a_list(text, at))
    at += text[at] == '\\' ? 2 : 1;
  return std::min(at, text.size());
}

bool same_letters(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() &&
         std::ranges::equal(text, lower, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

struct Span {
  std::size_t begin = std::string_view::npos;
  std::size_t end = 0;
  explicit operator bool() const { return begin != std::string_view::npos; }
};

// The secret in "password = value" starting at `at`; an empty value is one too.
Span keyword_secret(std::string_view text, std::size_t at) {
  if (!same_letters(text.substr(at, keyword.size()), keyword)) return {};
  const std::size_t equals = skip(text, at + keyword.size(), line_blanks);
  if (equals >= text.size() || text[equals] != '=') return {};
  const std::size_t begin = skip(text, equals + 1, line_blanks), end = end_of_value(text, begin);
  return begin == end ? Span{equals + 1, equals + 1} : Span{begin, end};
}

// The PW of postgresql://user:PW@ starting at `at`.
Span url_secret(std::string_view text, std::size_t at) {
  for (const std::string_view scheme : schemes) {
    if (!text.substr(at).starts_with(scheme)) continue;
    const std::size_t user = at + scheme.size();
    const std::size_t end = std::min(text.find_first_of(" \t\n\v\f\r/'\"", user), text.size());
    const std::string_view authority = text.substr(user, end - user);
    const std::size_t host = authority.rfind('@'), colon = authority.find(':');
    if (host != std::string_view::npos && colon < host) return {user + colon + 1, user + host};
  }
  return {};
}

}  // namespace

std::string redact_passwords(std::string_view text) {
  // Either form of a secret has one of the two: nearly every text ends here.
  if (text.find('=') == std::string_view::npos && text.find('@') == std::string_view::npos) return std::string(text);
  std::string result;
  std::size_t copied = 0;
  for (std::size_t at = 0; (at = text.find_first_of("pP", at)) != std::string_view::npos;) {
    Span secret = keyword_secret(text, at);
    if (!secret) secret = url_secret(text, at);
    if (!secret) {
      ++at;
      continue;
    }
    result += text.substr(copied, secret.begin - copied);
    result += replacement;
    copied = at = secret.end;
  }
  result += text.substr(copied);
  return result;
}

}  // namespace barman
