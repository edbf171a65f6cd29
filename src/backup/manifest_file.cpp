#include "manifest_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "barman/core/digest.h"
#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/core/time.h"
#include "barman/fs/file.h"

namespace barman::backup {

namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::string json_string(std::string_view ascii) {
  std::string text = "\"";
  for (const char c : ascii) {
    if (c == '"' || c == '\\')
      text += {'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      text += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      text += c;
  }
  return text + '"';
}

// "2026-11-21 09:43:22", UTC.
std::string utc(std::int64_t seconds) { return to_python_naive(Timestamp{seconds * 1'000'000, 0}); }

using nlohmann::json;

[[noreturn]] void cannot_parse(const std::string& why) {
  throw Error(Errc::corrupt, "could not parse backup manifest: " + why);
}

std::int64_t size_of(int fd, const std::string& path) {
  struct ::stat info {};
  if (::fstat(fd, &info) != 0) throw_errno("examine", path);
  return info.st_size;
}

// The last line with its end. Ours and PostgreSQL's has some 90 bytes.
std::string last_line(int fd, const std::string& path) {
  constexpr std::int64_t enough = 4096;
  const std::int64_t size = size_of(fd, path);
  std::string tail(static_cast<std::size_t>(std::min(size, enough)), '\0');
  const auto length = static_cast<ssize_t>(tail.size());
  if (::pread(fd, tail.data(), tail.size(), size - length) != length) throw_errno("read", path);
  if (!tail.ends_with('\n')) cannot_parse("last line not newline-terminated");
  const std::size_t before = tail.size() < 2 ? std::string::npos : tail.rfind('\n', tail.size() - 2);
  if (before == std::string::npos) cannot_parse("expected at least 2 lines");
  return tail.substr(before + 1);
}

std::string declared_checksum(const std::string& line) {
  const json object = json::parse("{" + line, nullptr, false);
  if (!object.is_object() || !object.contains("Manifest-Checksum")) cannot_parse("manifest has no checksum");
  const json& value = object.at("Manifest-Checksum");
  std::string text = value.is_string() ? to_lower(value.get<std::string>()) : value.dump();
  if (text.size() != hex_size(ChecksumKind::sha256))
    cannot_parse(fmt::format("invalid manifest checksum: \"{}\"", text));
  return text;
}

// Follows the manifest's grammar event by event, so that its length does not matter.
class Reader : public json::json_sax_t {
 public:
  explicit Reader(const std::function<void(ManifestFile&&)>& visit) : visit_(visit) {}

  bool null() override { return scalar("null"); }
  bool boolean(bool value) override { return scalar(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return number(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return number(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return number(text); }
  bool string(string_t& text) override { return scalar(text); }
  bool binary(binary_t&) override { return true; }

  bool start_object(std::size_t) override {
    ++depth_;
    if (in_files()) file_ = {};
    return true;
  }
  bool end_object() override {
    if (in_files()) finish_file();
    --depth_;
    if (depth_ == 0 && !version_) cannot_parse("expected version indicator");
    return true;
  }
  bool start_array(std::size_t) override {
    if (depth_ == 0) cannot_parse("unexpected array start");
    ++depth_;
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(string_t& name) override {
    (depth_ == 1 ? top_key_ : key_) = name;
    if (depth_ == 1 && name != "PostgreSQL-Backup-Manifest-Version" && !version_)
      cannot_parse("expected version indicator");
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    cannot_parse(fmt::format("it is not valid JSON at byte {}", position));
  }

 private:
  // Object { Files [ file {
  static constexpr int file_depth = 3;
  struct File {
    std::optional<std::string> path, encoded_path, size, algorithm, checksum;
  };

  bool in_files() const { return depth_ == file_depth && top_key_ == "Files"; }

  bool number(const std::string& text) {
    if (depth_ == 1 && top_key_ == "PostgreSQL-Backup-Manifest-Version") {
      if (text != "1" && text != "2") cannot_parse("unexpected manifest version");
      version_ = true;
      return true;
    }
    return scalar(text);
  }

  bool scalar(const std::string& text) {
    if (depth_ == 0) cannot_parse("unexpected scalar");
    if (!in_files()) return true;
    if (key_ == "Path")
      file_.path = text;
    else if (key_ == "Encoded-Path")
      file_.encoded_path = text;
    else if (key_ == "Size")
      file_.size = text;
    else if (key_ == "Checksum-Algorithm")
      file_.algorithm = text;
    else if (key_ == "Checksum")
      file_.checksum = text;
    else if (key_ != "Last-Modified")
      cannot_parse("unexpected file field");
    return true;
  }

  void finish_file() const {
    if (!file_.path && !file_.encoded_path) cannot_parse("missing path name");
    if (file_.path && file_.encoded_path) cannot_parse("both path name and encoded path name");
    if (!file_.size) cannot_parse("missing size");
    if (file_.checksum && !file_.algorithm) cannot_parse("checksum without algorithm");
    ManifestFile file;
    const auto path = file_.path ? file_.path : from_hex(*file_.encoded_path);
    if (!path) cannot_parse("could not decode file name");
    file.path = *path;
    const auto size = parse_decimal(*file_.size);
    if (!size) cannot_parse("file size is not an integer");
    file.size = *size;
    const auto kind = file_.algorithm ? parse_checksum_kind(*file_.algorithm) : ChecksumKind::none;
    if (!kind) cannot_parse(fmt::format("unrecognized checksum algorithm: \"{}\"", *file_.algorithm));
    file.kind = *kind;
    file.checksum = to_lower(file_.checksum.value_or(""));
    if (!from_hex(file.checksum))
      cannot_parse(fmt::format("invalid checksum for file \"{}\": \"{}\"", file.path, *file_.checksum));
    visit_(std::move(file));
  }

  const std::function<void(ManifestFile&&)>& visit_;
  int depth_ = 0;
  bool version_ = false;
  std::string top_key_, key_;
  File file_;
};

}  // namespace

std::string to_json(const ManifestEntry& entry) {
  // Other names than ASCII have no single spelling: readers take the bytes.
  const std::string path = is_ascii(entry.path) ? fmt::format("\"Path\": {}", json_string(entry.path))
                                                : fmt::format("\"Encoded-Path\": \"{}\"", hex(entry.path));
  return fmt::format(
      "{{\"Checksum\": \"{}\", \"Checksum-Algorithm\": \"SHA256\", \"Last-Modified\": \"{}\", {}, \"Size\": {}}}",
      entry.checksum, utc(entry.mtime), path, entry.size);
}

void check_manifest_checksum(const std::string& path) {
  const UniqueFd fd = fs::open_file(path, O_RDONLY);
  const std::string line = last_line(fd.get(), path);
  const std::string declared = declared_checksum(line);
  Checksum checksum(ChecksumKind::sha256);
  std::vector<char> buffer(64 * 1024);
  for (std::int64_t left = size_of(fd.get(), path) - static_cast<std::int64_t>(line.size()); left > 0;) {
    const auto want = static_cast<std::size_t>(std::min<std::int64_t>(left, static_cast<std::int64_t>(buffer.size())));
    const std::size_t got = fs::read_some(fd.get(), std::span(buffer).first(want), path);
    if (got == 0) throw Error(Errc::io, fmt::format("{} became shorter while it was read", path));
    checksum.update({buffer.data(), got});
    left -= static_cast<std::int64_t>(got);
  }
  if (checksum.hex() != declared) throw Error(Errc::corrupt, "manifest checksum mismatch");
}

void read_manifest(const std::string& path, const std::function<void(ManifestFile&&)>& visit) {
  const auto close = [](std::FILE* file) { std::fclose(file); };
  UniqueFd fd = fs::open_file(path, O_RDONLY);
  const std::unique_ptr<std::FILE, decltype(close)> file(::fdopen(fd.get(), "r"), close);
  if (!file) throw_errno("open", path);
  fd.release();
  Reader reader(visit);
  json::sax_parse(file.get(), &reader);
  if (std::ferror(file.get()) != 0) throw_errno("read", path);
}

}  // namespace barman::backup
