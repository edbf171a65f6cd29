#include "azure_answers.h"

#include <fmt/core.h>

#include <pugixml.hpp>

#include "barman/core/base64.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/http/url.h"
#include "http_date.h"

namespace barman::store {
namespace {

// 5000 names of 1024 bytes, each written as six at the worst, and some hundred bytes around each.
constexpr std::size_t largest_listing = 48 * 1024 * 1024;

[[noreturn]] void no_listing(std::string_view why) {
  throw Error(Errc::corrupt, fmt::format("the answer is no listing of Azure's: {}", why),
              "check that the URL leads to Azure Blob Storage, and that no proxy answers in its place");
}

std::string without_quotes(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

// Names that XML cannot carry are percent-encoded, and marked.
std::string name_of(const pugi::xml_node& node) {
  const pugi::xml_node name = node.child("Name");
  const std::string text = name.text().get();
  return name.attribute("Encoded").as_bool() ? http::percent_decode(text) : text;
}

Object listed_object(const pugi::xml_node& blob) {
  const pugi::xml_node properties = blob.child("Properties");
  const auto size = parse_decimal(properties.child("Content-Length").text().get());
  Object object{name_of(blob), 0, without_quotes(properties.child("Etag").text().get()),
                parse_http_date(properties.child("Last-Modified").text().get())};
  if (object.key.empty() || !size) no_listing("a blob without name or size");
  object.size = static_cast<std::uint64_t>(*size);
  return object;
}

// The path and query of a URL.
std::string_view target_of(std::string_view url) {
  const std::size_t host = url.find("://");
  const std::size_t path = url.find('/', host == std::string_view::npos ? 0 : host + 3);
  return path == std::string_view::npos ? "/" : url.substr(path);
}

http::Response parse_head(std::string_view text) {
  http::Response head;
  for (const std::string& line : split_lines(replace_all(text, "\r\n", "\n"))) {
    if (line.starts_with("HTTP/")) {
      const std::vector<std::string> words = split_whitespace(line);
      head.status = words.size() > 1 ? static_cast<int>(parse_decimal(words[1]).value_or(0)) : 0;
    } else if (const std::size_t colon = line.find(':'); colon != std::string::npos) {
      head.headers.push_back({line.substr(0, colon), std::string(trim(line.substr(colon + 1)))});
    }
  }
  return head;
}

}  // namespace

Reason azure_reason(const http::Response& answer) {
  Reason reason{answer.header("x-ms-error-code").value_or(""), {}};
  constexpr std::size_t largest_error = 64 * 1024;
  if (answer.body.empty() || answer.body.size() > largest_error) return reason;
  pugi::xml_document document;
  if (!document.load_buffer(answer.body.data(), answer.body.size())) return reason;
  const pugi::xml_node error = document.child("Error");
  if (reason.code.empty()) reason.code = error.child("Code").text().get();
  reason.message = error.child("Message").text().get();
  return reason;
}

Refusal azure_refusal(int status, const std::string& code, bool of_object) {
  if (code == "ContainerNotFound" || code == "ContainerBeingDeleted" || code == "ContainerDisabled")
    return code == "ContainerNotFound" ? Refusal::no_bucket : Refusal::busy;
  if (code == "BlobAlreadyExists" || code == "ContainerAlreadyExists" || status == 412)
    return code.starts_with("Lease") ? Refusal::locked : Refusal::exists;
  if (code == "BlobImmutableDueToPolicy" || code.starts_with("Lease")) return Refusal::locked;
  if (code == "Md5Mismatch" || code == "InvalidMd5") return Refusal::damaged;
  if (status == 404 && !of_object) return Refusal::no_bucket;
  return refusal_of_status(status);
}

Page parse_azure_listing(std::string_view xml) {
  if (xml.size() > largest_listing) no_listing(fmt::format("{} bytes", xml.size()));
  pugi::xml_document document;
  const auto options = pugi::parse_default | pugi::parse_ws_pcdata_single;
  const auto result = document.load_buffer(xml.data(), xml.size(), options, pugi::encoding_utf8);
  if (!result) no_listing(fmt::format("{} at byte {}", result.description(), result.offset));
  const pugi::xml_node root = document.child("EnumerationResults");
  if (!root || !root.child("Blobs")) no_listing("no <EnumerationResults> with <Blobs>");
  Page page;
  for (const pugi::xml_node node : root.child("Blobs")) {
    const std::string_view kind = node.name();
    if (kind == "Blob")
      page.objects.push_back(listed_object(node));
    else if (kind == "BlobPrefix")
      page.prefixes.push_back(name_of(node));
  }
  page.next = root.child("NextMarker").text().get();
  return page;
}

std::string azure_block_id(int number) { return base64_encode(fmt::format("{:05}", number)); }

std::string azure_block_list(const std::vector<int>& numbers) {
  std::string xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>";
  for (const int number : numbers) xml += "<Latest>" + azure_block_id(number) + "</Latest>";
  return xml + "</BlockList>";
}

std::string azure_batch(const std::vector<http::Request>& requests, std::string_view boundary) {
  std::string text;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    text += fmt::format("--{}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n", boundary);
    text += fmt::format("Content-ID: {}\r\n\r\n{} {} HTTP/1.1\r\n", i, requests[i].method, target_of(requests[i].url));
    for (const http::Header& header : requests[i].headers) text += header.name + ": " + header.value + "\r\n";
    text += "Content-Length: 0\r\n\r\n";
  }
  return text + fmt::format("--{}--\r\n", boundary);
}

std::vector<AzureBatchAnswer> parse_azure_batch(std::string_view content_type, std::string_view body) {
  std::vector<AzureBatchAnswer> answers;
  const std::size_t at = content_type.find("boundary=");
  if (at == std::string_view::npos) return answers;
  std::string_view boundary = content_type.substr(at + 9);
  boundary = trim(boundary.substr(0, boundary.find(';')));
  if (boundary.size() >= 2 && boundary.front() == '"') boundary = boundary.substr(1, boundary.size() - 2);
  if (boundary.empty()) return answers;
  const std::string line = fmt::format("--{}", boundary);
  for (std::size_t begin = body.find(line); begin != std::string_view::npos;) {
    begin += line.size();
    const std::size_t end = body.find(line, begin);
    if (end == std::string_view::npos) break;
    const std::string_view part = body.substr(begin, end - begin);
    begin = end;
    const std::size_t content = part.find("HTTP/1.");
    if (content == std::string_view::npos) continue;
    const http::Response outer = parse_head(part.substr(0, content));
    const std::size_t blank = std::min(part.find("\r\n\r\n", content), part.size());
    http::Response inner = parse_head(part.substr(content, blank - content));
    inner.body = trim(part.substr(blank));
    const auto index = parse_decimal(outer.header("Content-ID").value_or(""));
    if (index) answers.push_back({static_cast<std::size_t>(*index), inner.status, azure_reason(inner)});
  }
  return answers;
}

Object azure_object(const std::string& key, const http::Response& head) {
  return {key, static_cast<std::uint64_t>(parse_decimal(head.header("Content-Length").value_or("")).value_or(0)),
          without_quotes(head.header("ETag").value_or("")), parse_http_date(head.header("Last-Modified").value_or(""))};
}

}  // namespace barman::store
