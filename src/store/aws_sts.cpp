#include <fmt/core.h>

#include "aws_credentials.h"
#include "aws_signature.h"
#include "barman/core/digest.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/http/url.h"
#include "refusal.h"
#include "s3_xml.h"

namespace barman::store {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string form_of(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields)
    if (!value.empty()) text += (text.empty() ? "" : "&") + name + "=" + http::percent_encode(value);
  return text;
}

std::string endpoint_of(const Sts& sts) {
  if (!sts.endpoint_url.empty()) return sts.endpoint_url.ends_with('/') ? sts.endpoint_url : sts.endpoint_url + "/";
  if (sts.region.empty()) return "https://sts.amazonaws.com/";
  return fmt::format("https://sts.{}.amazonaws.com{}/", sts.region, sts.region.starts_with("cn-") ? ".cn" : "");
}

Fields fields_of(const char* action, const Role& role) {
  return {{"Action", action},
          {"Version", "2011-06-15"},
          {"RoleArn", role.arn},
          {"RoleSessionName", role.session_name},
          {"ExternalId", role.external_id},
          {"DurationSeconds", fmt::format("{}", role.seconds)}};
}

AwsKeys ask(const Sts& sts, const Role& role, const Fields& fields, const AwsKeys* source) {
  const std::string body = form_of(fields);
  const std::string what = fmt::format("cannot assume the role {}", for_message(role.arn));
  http::Response response;
  try {
    response = sts.retry
                   .run([&] {
                     http::Request request{"POST", endpoint_of(sts), {}, Body::of(body)};
                     request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
                     const SigningScope scope{sts.region.empty() ? "us-east-1" : sts.region, "sts"};
                     if (source != nullptr) sign(request, digest_of(body), *source, scope, sts.clock());
                     return sts.transport.send(request);
                   })
                   .response;
  } catch (const http::TransferError& error) {
    throw unanswered(what, error);
  }
  if (!response.ok()) {
    const S3Error error = parse_s3_error(response.body);
    throw refused(refusal_of_status(response.status), response.status, {error.code, error.message}, what);
  }
  try {
    const StsKeys keys = parse_sts_keys(response.body);
    return {keys.access_key, keys.secret_key, keys.session_token, parse_timestamp(keys.expiration)};
  } catch (const Error& error) {
    throw damaged(what, error.what());
  }
}

}  // namespace

AwsKeys assume_role(const Sts& sts, const Role& role, const AwsKeys& source) {
  return ask(sts, role, fields_of("AssumeRole", role), &source);
}

AwsKeys assume_role_by_token(const Sts& sts, const Role& role, const std::string& token_file) {
  Fields fields = fields_of("AssumeRoleWithWebIdentity", role);
  fields.emplace_back("WebIdentityToken", trim(fs::read_file(token_file)));
  return ask(sts, role, fields, nullptr);
}

}  // namespace barman::store
