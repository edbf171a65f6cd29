#include "aws_profile.h"

#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::store {
namespace {

std::string file_of(const Environment& environment, const char* variable, const char* usual) {
  std::string path = environment(variable).value_or(usual);
  if (path.starts_with("~/")) path = environment("HOME").value_or("") + path.substr(1);
  return path;
}

std::map<std::string, AwsSection> read_file(const std::string& path) {
  if (path == "/dev/null") return {};  // how people say: no file
  return parse_aws_file(fs::read_file_if_exists(path).value_or(""));
}

}  // namespace

std::map<std::string, AwsSection> parse_aws_file(std::string_view text) {
  std::map<std::string, AwsSection> sections;
  AwsSection* section = nullptr;
  std::string parent;
  for (const std::string& line : split_lines(text)) {
    const std::string_view words = trim(line);
    if (words.empty() || words.front() == '#' || words.front() == ';') continue;
    if (words.front() == '[') {
      section = &sections[join(split_whitespace(words.substr(1, words.find(']') - 1)), " ")];
      parent.clear();
      continue;
    }
    const std::size_t equals = words.find('=');
    if (section == nullptr || equals == std::string_view::npos) continue;
    const bool nested = (line.front() == ' ' || line.front() == '\t') && !parent.empty();
    const std::string name = to_lower(trim(words.substr(0, equals)));
    const std::string value(trim(words.substr(equals + 1)));
    if (!nested) parent = value.empty() ? name : "";
    (*section)[nested ? parent + "." + name : name] = value;
  }
  return sections;
}

AwsProfiles AwsProfiles::read(const Environment& environment) {
  return {read_file(file_of(environment, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")),
          read_file(file_of(environment, "AWS_CONFIG_FILE", "~/.aws/config"))};
}

AwsProfiles::AwsProfiles(std::map<std::string, AwsSection> credentials, const std::map<std::string, AwsSection>& config)
    : credentials_(std::move(credentials)) {
  for (const auto& [name, section] : config) {
    if (name == "default")
      config_[name].insert(section.begin(), section.end());
    else if (name.starts_with("profile "))
      config_[name.substr(8)] = section;
    else if (name.starts_with("services "))
      services_[name.substr(9)] = section;
  }
}

bool AwsProfiles::has(const std::string& profile) const {
  return credentials_.contains(profile) || config_.contains(profile);
}

std::string AwsProfiles::value(const std::string& profile, const std::string& key) const {
  for (const auto* file : {&credentials_, &config_})
    if (const auto section = file->find(profile); section != file->end())
      if (const auto found = section->second.find(key); found != section->second.end()) return found->second;
  return {};
}

std::string AwsProfiles::service_endpoint(const std::string& profile, const std::string& service) const {
  const auto section = services_.find(value(profile, "services"));
  if (section == services_.end()) return {};
  const auto found = section->second.find(service + ".endpoint_url");
  return found == section->second.end() ? "" : found->second;
}

}  // namespace barman::store
