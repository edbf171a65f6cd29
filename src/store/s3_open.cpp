#include "s3_open.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "aws_credentials.h"
#include "barman/exec/local_runner.h"
#include "barman/http/url.h"
#include "s3_store.h"
#include "transports.h"

namespace barman::store {
namespace {

constexpr std::size_t longest_name = 63, account_size = 12;

bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool of_partition(char c) { return is_small(c) || (c >= 'A' && c <= 'Z') || c == '-'; }
bool of_region(char c) { return is_small(c) || is_digit(c) || c == '-'; }
bool of_outpost(char c) { return of_partition(c) || is_digit(c); }
bool of_access_point(char c) { return of_outpost(c) || c == '.'; }

// Goes over a text piece by piece, until one is not what it has to be.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}
  bool over(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  bool over_separator() { return over("/") || over(":"); }
  // As many as there are of these characters.
  bool over(bool (*is_one)(char), std::size_t at_least, std::size_t at_most = std::string_view::npos) {
    const std::string_view rest = text_.substr(at_).substr(0, at_most);
    const auto size = static_cast<std::size_t>(std::ranges::find_if_not(rest, is_one) - rest.begin());
    at_ += size;
    return size >= at_least;
  }
  std::size_t size() const { return at_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

bool over_access_point(Walk& arn) {
  return (arn.over("s3-object-lambda:") || arn.over("s3:")) && arn.over(of_region, 0) && arn.over(":") &&
         arn.over(is_digit, account_size, account_size) && arn.over(":accesspoint") && arn.over_separator() &&
         arn.over(of_access_point, 1, longest_name);
}

bool over_outpost(Walk& arn) {
  return arn.over("s3-outposts:") && arn.over(of_region, 1) && arn.over(":") &&
         arn.over(is_digit, account_size, account_size) && arn.over(":outpost") && arn.over_separator() &&
         arn.over(of_outpost, 1, longest_name) && arn.over_separator() && arn.over("accesspoint") &&
         arn.over_separator() && arn.over(of_outpost, 1, longest_name);
}

// arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME, arn:aws:s3-outposts:REGION:ACCOUNT:outpost/ID/accesspoint/NAME.
std::optional<std::size_t> arn_size(std::string_view text) {
  Walk arn(text);
  if (!arn.over("arn:aws") || !arn.over(of_partition, 0) || !arn.over(":")) return std::nullopt;
  Walk outpost = arn;
  if (over_access_point(arn)) return arn.size();
  if (over_outpost(outpost)) return outpost.size();
  return std::nullopt;
}

// An ARN ends where its name does: what follows is a prefix of keys.
std::size_t bucket_size(std::string_view rest) {
  if (const auto size = arn_size(rest)) return *size;
  return std::min(rest.find('/'), rest.size());
}

}  // namespace

Location parse_s3_url(std::string_view url) {
  const std::string_view scheme = "s3://";
  const std::string_view rest = url.starts_with(scheme) ? url.substr(scheme.size()) : std::string_view();
  const std::size_t size = bucket_size(rest);
  if (size == 0)
    throw Error(Errc::usage, fmt::format("Invalid s3 URL address: {}", url), "give it as s3://BUCKET/PATH");
  std::string_view path = rest.substr(size);
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  Location location;
  location.provider = Provider::aws_s3;
  location.bucket = rest.substr(0, size);
  location.path = path;
  return location;
}

std::unique_ptr<ObjectStore> open_s3_store(const Location& location, const Settings& settings) {
  const Environment environment = process_environment();
  const AwsProfiles profiles = AwsProfiles::read(environment);
  const AwsSettings found = aws_settings(settings, environment, profiles);

  RetryPolicy policy = aws_retry_policy();
  policy.deadline = settings.deadline;
  const Retry retry(policy);
  const http::Limits soon{std::chrono::seconds(1), std::chrono::seconds(2), std::chrono::seconds(5)};
  const AwsWorld world{environment,
                       transport_to_store(settings, found.ca_bundle),
                       transport_nearby(soon, settings.deadline, found.ca_bundle),
                       std::make_shared<exec::LocalRunner>(),
                       retry,
                       now};
  const auto ring = std::make_shared<KeyRing>([=] { return find_aws_keys(world, found, profiles); });
  const S3Place place{location.bucket, found.region, found.endpoint_url, found.addressing_style};
  return open_s3(world.transport, ring, place, s3_encryption(settings), retry);
}

}  // namespace barman::store
