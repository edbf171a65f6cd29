#pragma once
#include <memory>

#include "aws_keys.h"
#include "aws_settings.h"
#include "barman/exec/command.h"
#include "barman/http/transport.h"
#include "retry.h"

namespace barman::store {

// Whom the links of the chain ask.
struct AwsWorld {
  Environment environment;
  std::shared_ptr<http::Transport> transport;  // for STS
  std::shared_ptr<http::Transport> nearby;     // for what is on this machine or beside it: gives up soon
  std::shared_ptr<exec::Runner> runner;
  Retry retry;
  std::function<Timestamp()> clock = now;
};

// The first of these that has keys: environment (unless a profile was set for this run), a role of the profile, web
// identity, the profile's keys or process, container, machine. Error(config) saying where was looked when none has;
// what is there and does not work is an Error, too, and nothing else is tried.
AwsKeys find_aws_keys(const AwsWorld& world, const AwsSettings& settings, const AwsProfiles& profiles);

// ---- The links; std::nullopt: there is nothing of that kind ---------------------------------------------------------

std::optional<AwsKeys> keys_of_environment(const Environment& environment);
std::optional<AwsKeys> keys_of_profile(const AwsProfiles& profiles, const std::string& profile);
std::optional<AwsKeys> keys_of_process(const AwsWorld& world, const AwsProfiles& profiles, const std::string& profile);
std::optional<AwsKeys> keys_of_container(http::Transport& nearby, const Retry& retry, const Environment& environment);
std::optional<AwsKeys> keys_of_machine(http::Transport& nearby, const Environment& environment);

// STS, asked for the keys of a role.
struct Sts {
  http::Transport& transport;
  const Retry& retry;
  std::string endpoint_url;  // empty: that of AWS
  std::string region;        // empty: the global one
  std::function<Timestamp()> clock;
};
struct Role {
  std::string arn, session_name, external_id;
  int seconds = 3600;
};
AwsKeys assume_role(const Sts& sts, const Role& role, const AwsKeys& source);
AwsKeys assume_role_by_token(const Sts& sts, const Role& role, const std::string& token_file);

// {"AccessKeyId": …}, as processes, containers and machines give it. `source` is for messages.
AwsKeys parse_key_document(std::string_view json, const std::string& source, const char* token_name);

}  // namespace barman::store
