#include "aws_signature.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "barman/core/digest.h"
#include "barman/core/text.h"

namespace barman::store {
namespace {

struct UrlParts {
  std::string host, path, query;
};

// The host as it stands in the header: curl leaves out the port that is usual.
UrlParts split_url(std::string_view url) {
  const bool tls = url.starts_with("https://");
  std::string_view rest = url.substr(url.find("://") + 3);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view host = rest.substr(0, end);
  rest.remove_prefix(end);
  const std::string_view usual = tls ? ":443" : ":80";
  if (host.ends_with(usual)) host.remove_suffix(usual.size());
  const std::size_t question = std::min(rest.find('?'), rest.size());
  UrlParts parts{std::string(host), std::string(rest.substr(0, question)), {}};
  if (question < rest.size()) parts.query = rest.substr(question + 1);
  if (parts.path.empty()) parts.path = "/";
  return parts;
}

std::string canonical_query(std::string_view query) {
  if (query.empty()) return {};
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const std::string& each : split(query, '&')) {
    const std::size_t equals = std::min(each.find('='), each.size());
    parameters.emplace_back(each.substr(0, equals), equals < each.size() ? each.substr(equals + 1) : "");
  }
  std::sort(parameters.begin(), parameters.end());
  std::string text;
  for (const auto& [name, value] : parameters) text += (text.empty() ? "" : "&") + name + "=" + value;
  return text;
}

// Trimmed, and with single blanks.
std::string canonical_value(std::string_view value) { return join(split_whitespace(value), " "); }

bool is_signed(std::string_view name) {
  return name == "host" || name == "content-md5" || name == "content-type" || name == "range" ||
         name.starts_with("x-amz-");
}

}  // namespace

void sign(http::Request& request, std::string_view payload_hash, const AwsKeys& keys, const SigningScope& scope,
          const Timestamp& time) {
  const std::string date = to_utc_stamp(time);
  const std::string credential = fmt::format("{}/{}/{}/aws4_request", date.substr(0, 8), scope.region, scope.service);
  request.headers.push_back({"x-amz-date", date});
  request.headers.push_back({"x-amz-content-sha256", std::string(payload_hash)});
  if (!keys.session_token.empty()) request.headers.push_back({"x-amz-security-token", keys.session_token});

  const UrlParts url = split_url(request.url);
  std::map<std::string, std::string> headers = {{"host", url.host}};
  for (const auto& [name, value] : request.headers)
    if (const std::string lower = to_lower(name); is_signed(lower)) headers[lower] = canonical_value(value);
  std::string lines, names;
  for (const auto& [name, value] : headers) {
    lines += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, url.path,
                                            canonical_query(url.query), lines, names, payload_hash);
  const std::string to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", date, credential, digest_of(canonical));
  std::string key = "AWS4" + keys.secret_key;
  for (const std::string_view step : {std::string_view(date).substr(0, 8), std::string_view(scope.region),
                                      std::string_view(scope.service), std::string_view("aws4_request")})
    key = hmac_sha256(key, step);
  request.headers.push_back(
      {"Authorization", fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                                    keys.access_key, credential, names, to_hex(hmac_sha256(key, to_sign)))});
}

}  // namespace barman::store
