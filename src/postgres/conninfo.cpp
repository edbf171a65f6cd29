#include "barman/postgres/conninfo.h"

#include <fmt/core.h>

#include <cctype>
#include <cstddef>
#include <string>
#include <vector>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/redact.h"
#include "barman/core/text.h"

namespace barman::postgres {
namespace {

[[noreturn]] void refuse(std::string_view text) {
  throw Error(
      Errc::config,
      fmt::format("Cannot connect to postgres: \"{}\" is not a valid connection string", redact_passwords(text)),
      "write it as blank-separated key=value items, or as a postgresql:// URI");
}

bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

// libpq's own key=value grammar: blanks around '=' and quoted values with backslash escapes included.
class ItemReader {
 public:
  explicit ItemReader(std::string_view text) : text_(text) {}

  std::map<std::string, std::string> read() {
    std::map<std::string, std::string> items;
    for (skip_blanks(); !at_end(); skip_blanks()) {
      const std::string key = read_key();
      skip_blanks();
      if (at_end() || text_[at_] != '=') refuse(text_);
      ++at_;
      skip_blanks();
      items[key] = !at_end() && text_[at_] == '\'' ? read_quoted() : read_bare();
    }
    return items;
  }

 private:
  bool at_end() const { return at_ >= text_.size(); }
  void skip_blanks() {
    while (!at_end() && is_blank(text_[at_])) ++at_;
  }
  std::string read_key() {
    const std::size_t begin = at_;
    while (!at_end() && text_[at_] != '=' && !is_blank(text_[at_])) ++at_;
    if (at_ == begin) refuse(text_);
    return std::string(text_.substr(begin, at_ - begin));
  }
  std::string read_bare() {
    std::string value;
    while (!at_end() && !is_blank(text_[at_])) value += read_character();
    return value;
  }
  std::string read_quoted() {
    std::string value;
    ++at_;
    while (!at_end() && text_[at_] != '\'') value += read_character();
    if (at_end()) refuse(text_);
    ++at_;
    return value;
  }
  char read_character() {
    if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
    return text_[at_++];
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string percent_decode(std::string_view text, std::string_view whole) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto code = i + 2 < text.size() ? parse_hex(text.substr(i + 1, 2)) : std::nullopt;
    if (!code || *code == 0) refuse(whole);
    out += static_cast<char>(*code);
    i += 2;
  }
  return out;
}

void store(std::map<std::string, std::string>& items, const char* key, std::string value) {
  if (!value.empty()) items[key] = std::move(value);
}

// host[:port], with [IPv6] in brackets.
void read_host(std::string_view text, std::string& host, std::string& port, std::string_view whole) {
  std::size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) refuse(whole);
    host = std::string(text.substr(1, end - 1));
    if (end + 1 < text.size() && text[end + 1] != ':') refuse(whole);
    colon = end + 1 < text.size() ? end + 1 : std::string_view::npos;
  } else {
    host = percent_decode(text.substr(0, colon), whole);
  }
  port = colon == std::string_view::npos ? "" : percent_decode(text.substr(colon + 1), whole);
}

void read_hosts(std::map<std::string, std::string>& items, std::string_view text, std::string_view whole) {
  std::vector<std::string> hosts;
  std::vector<std::string> ports;
  bool any_port = false;
  for (const std::string& item : split(text, ',')) {
    read_host(item, hosts.emplace_back(), ports.emplace_back(), whole);
    any_port = any_port || !ports.back().empty();
  }
  store(items, "host", join(hosts, ","));
  if (any_port) items["port"] = join(ports, ",");
}

// postgresql://[user[:password]@][host[:port],...][/dbname][?key=value&...]
std::map<std::string, std::string> parse_uri(std::string_view whole) {
  std::map<std::string, std::string> items;
  std::string_view rest = whole.substr(whole.find("://") + 3);
  std::string_view parameters;
  if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
    parameters = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  std::string_view authority = rest.substr(0, rest.find('/'));
  if (authority.size() < rest.size()) store(items, "dbname", percent_decode(rest.substr(authority.size() + 1), whole));
  if (const std::size_t at = authority.find('@'); at != std::string_view::npos) {
    const std::string_view login = authority.substr(0, at);
    authority = authority.substr(at + 1);
    const std::size_t colon = login.find(':');
    store(items, "user", percent_decode(login.substr(0, colon), whole));
    if (colon != std::string_view::npos) store(items, "password", percent_decode(login.substr(colon + 1), whole));
  }
  if (!authority.empty()) read_hosts(items, authority, whole);
  if (parameters.empty()) return items;
  for (const std::string& parameter : split(parameters, '&')) {
    const std::size_t equals = parameter.find('=');
    if (equals == std::string::npos || equals == 0) refuse(whole);
    const std::string_view view = parameter;
    items[percent_decode(view.substr(0, equals), whole)] = percent_decode(view.substr(equals + 1), whole);
  }
  return items;
}

std::string quote_value(const std::string& value) {
  if (!value.empty() && value.find_first_of(" \t\n\r\f\v'\\") == std::string::npos) return value;
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

}  // namespace

std::map<std::string, std::string> parse_conninfo(std::string_view text) {
  if (text.starts_with("postgresql://") || text.starts_with("postgres://")) return parse_uri(text);
  return ItemReader(text).read();
}

std::string to_conninfo(const std::map<std::string, std::string>& items) {
  std::vector<std::string> words;
  for (const auto& [key, value] : items) words.push_back(key + "=" + quote_value(value));
  return join(words, " ");
}

std::string replication_conninfo(std::string_view text) {
  std::map<std::string, std::string> items = parse_conninfo(text);
  std::string& options = items["options"];
  options = options.empty() ? "-cdatestyle=iso" : options + " -cdatestyle=iso";
  items["dbname"] = "replication";
  items["replication"] = "true";
  return to_conninfo(items);
}

}  // namespace barman::postgres
