#include "s3_address.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/http/url.h"

namespace barman::store {
namespace {

struct Endpoint {
  std::string scheme;  // "https://"
  std::string host;    // with its port
  std::string root;    // path without a slash at its end
};

Endpoint parse_endpoint(std::string_view url) {
  for (const std::string_view scheme : {std::string_view("https://"), std::string_view("http://")}) {
    if (!url.starts_with(scheme)) continue;
    std::string_view rest = url.substr(scheme.size());
    while (rest.ends_with('/')) rest.remove_suffix(1);
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    if (slash > 0 && rest.find_first_of("?#@ ") == std::string_view::npos)
      return {std::string(scheme), std::string(rest.substr(0, slash)), std::string(rest.substr(slash))};
  }
  throw Error(Errc::usage, fmt::format("Invalid endpoint: {}", url), "give it as https://HOST[:PORT]");
}

std::string suffix_of(std::string_view region) {
  return region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

// Whether a bucket can be the first label of a host that a certificate "*.HOST" is good for.
bool fits_a_host(std::string_view bucket) { return bucket.size() >= 3 && is_label(bucket); }

bool is_ip(std::string_view host) {
  if (host.starts_with('[')) return true;
  const std::string name(host.substr(0, host.find(':')));
  in_addr address{};
  return ::inet_pton(AF_INET, name.c_str(), &address) == 1;
}

struct Arn {
  std::string service, region, account, outpost, name;
};

[[noreturn]] void refuse_arn(std::string_view text, std::string_view why) {
  throw Error(Errc::usage, fmt::format("cannot use the access point {}: {}", text, why));
}

// arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME, or …:outpost/ID/accesspoint/NAME; ':' may stand for '/'.
Arn parse_arn(std::string_view text) {
  const std::vector<std::string> words = split(replace_all(std::string(text), "/", ":"), ':');
  if (words.size() < 7) refuse_arn(text, "this is not the ARN of an access point");
  Arn arn{words[2], words[3], words[4], {}, words.back()};
  const bool outpost = words.size() == 9 && words[5] == "outpost" && words[7] == "accesspoint";
  if (outpost) arn.outpost = words[6];
  if (!outpost && !(words.size() == 7 && words[5] == "accesspoint"))
    refuse_arn(text, "this is not the ARN of an access point");
  if (arn.region.empty()) refuse_arn(text, "access points of several regions need signatures that are not supported");
  if (!is_label(arn.region) || !is_label(arn.account) || !is_label(arn.name) || (outpost && !is_label(arn.outpost)))
    refuse_arn(text, "a part of the ARN cannot be part of a host name");
  return arn;
}

S3Address address_of_arn(const S3Place& place) {
  const Arn arn = parse_arn(place.bucket);
  std::string host = arn.name + "-" + arn.account;
  if (!arn.outpost.empty()) host += "." + arn.outpost;
  const SigningScope scope{arn.region, arn.service};
  if (!place.endpoint_url.empty()) {
    const Endpoint endpoint = parse_endpoint(place.endpoint_url);
    return {endpoint.scheme + host + "." + endpoint.host + endpoint.root, scope};
  }
  const std::string service = arn.service == "s3" ? "s3-accesspoint" : arn.service;
  return {fmt::format("https://{}.{}.{}.{}", host, service, arn.region, suffix_of(arn.region)), scope};
}

bool wants_virtual(const S3Place& place, const Endpoint& endpoint) {
  if (place.style == "path" || is_ip(endpoint.host)) return false;
  if (place.style == "virtual") return true;
  if (!place.style.empty() && place.style != "auto")
    throw Error(Errc::usage, fmt::format("Invalid addressing style: {}", place.style), "use auto, virtual or path");
  return place.endpoint_url.empty() && fits_a_host(place.bucket);
}

}  // namespace

bool is_arn(std::string_view bucket) { return bucket.starts_with("arn:"); }

S3Address s3_address(const S3Place& place) {
  if (is_arn(place.bucket)) return address_of_arn(place);
  const std::string region = place.region.empty() ? "us-east-1" : place.region;
  if (!is_label(to_lower(region))) throw Error(Errc::usage, fmt::format("Invalid region: {}", region));
  Endpoint endpoint;
  if (!place.endpoint_url.empty())
    endpoint = parse_endpoint(place.endpoint_url);
  else
    endpoint = {"https://",
                place.region.empty() ? "s3.amazonaws.com" : fmt::format("s3.{}.{}", region, suffix_of(region)), ""};
  const std::string bucket = http::percent_encode(place.bucket);
  if (wants_virtual(place, endpoint))
    return {endpoint.scheme + bucket + "." + endpoint.host + endpoint.root, {region, "s3"}};
  return {endpoint.scheme + endpoint.host + endpoint.root + "/" + bucket, {region, "s3"}};
}

}  // namespace barman::store
