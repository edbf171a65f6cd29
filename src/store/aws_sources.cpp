// The links of the chain that find keys on this machine, or beside it.
#include <arpa/inet.h>
#include <fmt/core.h>

#include "aws_credentials.h"
#include "barman/core/text.h"
#include "barman/exec/shell.h"
#include "barman/fs/file.h"
#include "json.h"
#include "refusal.h"

namespace barman::store {
namespace {

constexpr std::chrono::seconds process_limit{60};

[[noreturn]] void refuse(const std::string& what, const std::string& hint = {}) {
  throw Error(Errc::config, what, hint);
}

std::string answer_of(const http::Response& response, const std::string& source) {
  if (!response.ok()) refuse(fmt::format("cannot get keys from {}: it answers {}", source, response.status));
  return response.body;
}

// Only to what is on this machine, or beside it, is the token sent in the clear.
bool may_be_asked_in_the_clear(std::string_view url) {
  const std::string_view rest = url.substr(std::string_view("http://").size());
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  const std::size_t colon = authority.starts_with('[') ? authority.find(']') + 1 : authority.find(':');
  const std::string_view host = authority.substr(0, colon);
  in_addr address{};
  const bool loopback = ::inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 && host.starts_with("127.");
  return host == "localhost" || loopback || host == "[::1]" || host == "169.254.170.2" || host == "169.254.170.23" ||
         host == "[fd00:ec2::23]";
}

}  // namespace

AwsKeys parse_key_document(std::string_view json, const std::string& source, const char* token_name) {
  const auto document = parse_json_object(json);
  if (!document) refuse(fmt::format("cannot get keys from {}: what it gives is no JSON", source));
  AwsKeys keys{
      text_of(*document, "AccessKeyId"), text_of(*document, "SecretAccessKey"), text_of(*document, token_name), {}};
  if (keys.access_key.empty() || keys.secret_key.empty())
    refuse(fmt::format("cannot get keys from {}: it gives none{}", source,
                       document->contains("Message") ? ": " + for_message(text_of(*document, "Message")) : ""));
  if (const std::string expires = text_of(*document, "Expiration"); !expires.empty()) {
    keys.expires = parse_timestamp(expires);
    if (!keys.expires) refuse(fmt::format("cannot get keys from {}: '{}' is no time", source, for_message(expires)));
  }
  return keys;
}

std::optional<AwsKeys> keys_of_environment(const Environment& environment) {
  const auto access = environment("AWS_ACCESS_KEY_ID");
  if (!access) return std::nullopt;
  const auto secret = environment("AWS_SECRET_ACCESS_KEY");
  if (!secret) refuse("AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not", "set both or neither");
  return AwsKeys{*access, *secret, environment("AWS_SESSION_TOKEN").value_or(""), {}};
}

std::optional<AwsKeys> keys_of_profile(const AwsProfiles& profiles, const std::string& profile) {
  const std::string access = profiles.value(profile, "aws_access_key_id");
  if (access.empty()) return std::nullopt;
  const std::string secret = profiles.value(profile, "aws_secret_access_key");
  if (secret.empty())
    refuse(fmt::format("the profile {} has aws_access_key_id, but no aws_secret_access_key", profile));
  return AwsKeys{access, secret, profiles.value(profile, "aws_session_token"), {}};
}

std::optional<AwsKeys> keys_of_process(const AwsWorld& world, const AwsProfiles& profiles, const std::string& profile) {
  const std::string text = profiles.value(profile, "credential_process");
  if (text.empty()) return std::nullopt;
  const std::string source = fmt::format("the credential_process of the profile {}", profile);
  exec::Command command(exec::shell_words(text),
                        exec::Limits::within(http::time_left(world.retry.policy().deadline, process_limit)));
  command.log_output = false;
  const exec::Outcome outcome =
      exec::run_checked(*world.runner, command, fmt::format("cannot get keys from {}", source));
  return parse_key_document(outcome.out, source, "SessionToken");
}

std::optional<AwsKeys> keys_of_container(http::Transport& nearby, const Retry& retry, const Environment& environment) {
  std::string url;
  if (const auto relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"))
    url = "http://169.254.170.2" + *relative;
  else if (const auto full = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
    url = *full;
  else
    return std::nullopt;
  if (!url.starts_with("https://") && !(url.starts_with("http://") && may_be_asked_in_the_clear(url)))
    refuse("AWS_CONTAINER_CREDENTIALS_FULL_URI leads to another host in the clear", "use https");
  http::Request request{"GET", url, {{"Accept", "application/json"}}, {}};
  std::string token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  if (const auto file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) token = trim(fs::read_file(*file));
  if (!token.empty()) request.headers.push_back({"Authorization", token});
  const auto response = retry.run([&] { return nearby.send(request); }).response;
  return parse_key_document(answer_of(response, "the container's service"), "the container's service", "Token");
}

std::optional<AwsKeys> keys_of_machine(http::Transport& nearby, const Environment& environment) {
  if (to_lower(environment("AWS_EC2_METADATA_DISABLED").value_or("")) == "true") return std::nullopt;
  std::string base = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("http://169.254.169.254");
  while (base.ends_with('/')) base.pop_back();
  http::Response answer;
  try {
    answer = nearby.send({"PUT", base + "/latest/api/token", {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}}, {}});
  } catch (const http::TransferError&) {
    return std::nullopt;  // this is no machine of AWS
  }
  if (!answer.ok()) return std::nullopt;  // nor is this: it is another service, or one that is switched off
  const std::string service = "the metadata service of this machine";
  const std::vector<http::Header> token = {{"x-aws-ec2-metadata-token", answer.body}};
  const std::string roles = base + "/latest/meta-data/iam/security-credentials/";
  const http::Response names = nearby.send({"GET", roles, token, {}});
  if (names.status == 404) return std::nullopt;  // it has no role
  const std::string role(trim(answer_of(names, service)));
  if (role.empty() || role.find_first_of("\r\n /?#") != std::string::npos) refuse(service + " names no role");
  return parse_key_document(answer_of(nearby.send({"GET", roles + role, token, {}}), service), service, "Token");
}

}  // namespace barman::store
