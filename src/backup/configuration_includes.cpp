#include "configuration_includes.h"

#include <fmt/core.h>

#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::backup {
namespace {

bool ends_token(char c) { return c == ' ' || c == '\t' || c == '\r' || c == ',' || c == '='; }

struct Token {
  std::string text;
  bool quoted = false;  // from its beginning
};

// Of one line, up to a comment. A quote that is doubled stands for itself.
std::vector<Token> tokens_of(std::string_view line) {
  std::vector<Token> tokens;
  std::size_t at = 0;
  while (at < line.size() && line[at] != '#') {
    if (ends_token(line[at])) {
      ++at;
      continue;
    }
    Token token;
    token.quoted = line[at] == '\'' || line[at] == '"';
    char quote = '\0';
    for (; at < line.size(); ++at) {
      const char c = line[at];
      if (quote == '\0' && (ends_token(c) || c == '#')) break;
      if (quote == '\0' && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == quote && at + 1 < line.size() && line[at + 1] == quote) {
        token.text += c;
        ++at;
      } else if (c == quote) {
        quote = '\0';
      } else {
        token.text += c;
      }
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

}  // namespace

ConfigurationIncludes includes_of(std::string_view text, std::string_view path, ConfigurationKind kind) {
  ConfigurationIncludes includes;
  const std::string directory = fs::parent_directory(std::string(path));
  const auto add = [&](std::vector<std::string>& to, const std::string& name) {
    if (!name.empty()) to.push_back(name.starts_with('/') ? name : fmt::format("{}/{}", directory, name));
  };
  for (const std::string& line : split_lines(text)) {
    const std::vector<Token> tokens = tokens_of(line);
    if (tokens.empty()) continue;
    const std::string word = tokens.front().quoted ? std::string() : to_lower(tokens.front().text);
    if (tokens.size() > 1 && (word == "include" || word == "include_if_exists"))
      add(includes.files, tokens[1].text);
    else if (tokens.size() > 1 && word == "include_dir")
      add(includes.directories, tokens[1].text);
    else if (kind == ConfigurationKind::authentication)
      for (const Token& token : tokens)
        if (!token.quoted && token.text.size() > 1 && token.text.front() == '@')
          add(includes.files, token.text.substr(1));
  }
  return includes;
}

}  // namespace barman::backup
