#include "s3_xml.h"

#include <fmt/core.h>

#include <algorithm>
#include <pugixml.hpp>

#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/http/url.h"
#include "refusal.h"

namespace barman::store {
namespace {

// A page of 1000 keys of 1024 bytes, each encoded as three, and what is around them.
constexpr std::size_t largest_xml = 8 * 1024 * 1024;

[[noreturn]] void refuse(std::string_view why) {
  throw Error(Errc::corrupt, fmt::format("the answer is not that of S3: {}", why),
              "check that the endpoint is that of a store which speaks S3, and no proxy answers in its place");
}

// The root element, which must be called as it should. pugixml expands no entities but those of XML itself.
pugi::xml_node parse(pugi::xml_document& document, std::string_view text, std::string_view root) {
  if (text.size() > largest_xml) refuse(fmt::format("{} bytes of XML", text.size()));
  const auto options = pugi::parse_default | pugi::parse_ws_pcdata_single;
  const pugi::xml_parse_result result = document.load_buffer(text.data(), text.size(), options, pugi::encoding_utf8);
  if (!result) refuse(fmt::format("{} at byte {}", result.description(), result.offset));
  const pugi::xml_node node = document.document_element();
  if (node.name() != root) refuse(fmt::format("<{}> instead of <{}>", for_message(node.name()), root));
  return node;
}

std::string text_of(const pugi::xml_node& node, const char* name) { return node.child(name).text().get(); }

// encoding-type=url is that of forms: a blank may be '+'.
std::string decoded(const std::string& text, bool encoded) {
  return encoded ? http::percent_decode(replace_all(text, "+", "%20")) : text;
}

std::optional<Timestamp> time_of(const std::string& text) {
  return text.empty() ? std::nullopt : parse_timestamp(text);
}

std::uint64_t size_of(const std::string& text) {
  const auto size = parse_decimal(text);
  if (!size) refuse(fmt::format("'{}' as a size", for_message(text)));
  return static_cast<std::uint64_t>(*size);
}

std::string xml_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&')
      escaped += "&amp;";
    else if (c == '<')
      escaped += "&lt;";
    else if (c == '>')
      escaped += "&gt;";
    else if (c == '"')
      escaped += "&quot;";
    else if (c == '\r' || c == '\n' || c == '\t')
      escaped += fmt::format("&#{};", static_cast<int>(c));
    else
      escaped += c;
  }
  return escaped;
}

}  // namespace

std::string without_quotes(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

S3Error parse_s3_error(std::string_view text) {
  pugi::xml_document document;
  if (text.size() > largest_xml || !document.load_buffer(text.data(), text.size())) return {};
  pugi::xml_node node = document.document_element();
  if (std::string_view(node.name()) == "ErrorResponse") node = node.child("Error");  // of STS
  if (std::string_view(node.name()) != "Error") return {};
  return {for_message(text_of(node, "Code")), for_message(text_of(node, "Message")),
          for_message(text_of(node, "Region"))};
}

Page parse_s3_listing(std::string_view text) {
  pugi::xml_document document;
  const pugi::xml_node root = parse(document, text, "ListBucketResult");
  const bool encoded = text_of(root, "EncodingType") == "url";
  Page page;
  for (const pugi::xml_node node : root.children("Contents")) {
    Object object;
    object.key = decoded(text_of(node, "Key"), encoded);
    object.size = size_of(text_of(node, "Size"));
    object.etag = without_quotes(text_of(node, "ETag"));
    object.modified = time_of(text_of(node, "LastModified"));
    if (object.key.empty()) refuse("an object without a key");
    page.objects.push_back(std::move(object));
  }
  for (const pugi::xml_node node : root.children("CommonPrefixes"))
    page.prefixes.push_back(decoded(text_of(node, "Prefix"), encoded));
  if (text_of(root, "IsTruncated") != "true") return page;
  page.next = text_of(root, "NextContinuationToken");
  if (page.next.empty()) refuse("a listing that goes on does not say where");
  return page;
}

S3Uploads parse_s3_uploads(std::string_view text) {
  pugi::xml_document document;
  const pugi::xml_node root = parse(document, text, "ListMultipartUploadsResult");
  const bool encoded = text_of(root, "EncodingType") == "url";
  S3Uploads found;
  for (const pugi::xml_node node : root.children("Upload"))
    found.uploads.push_back(
        {decoded(text_of(node, "Key"), encoded), text_of(node, "UploadId"), time_of(text_of(node, "Initiated"))});
  found.truncated = text_of(root, "IsTruncated") == "true";
  found.next_key = decoded(text_of(root, "NextKeyMarker"), encoded);
  found.next_id = text_of(root, "NextUploadIdMarker");
  if (found.truncated && found.next_key.empty()) refuse("a listing of uploads that goes on does not say where");
  return found;
}

std::string parse_s3_upload_id(std::string_view text) {
  pugi::xml_document document;
  std::string id = text_of(parse(document, text, "InitiateMultipartUploadResult"), "UploadId");
  if (id.empty()) refuse("an upload without an id");
  return id;
}

std::optional<std::string> parse_s3_completed(std::string_view text) try {
  pugi::xml_document document;
  return without_quotes(text_of(parse(document, text, "CompleteMultipartUploadResult"), "ETag"));
} catch (const Error&) {
  return std::nullopt;
}

std::vector<RemoveFailure> parse_s3_removal(std::string_view text) {
  pugi::xml_document document;
  std::vector<RemoveFailure> failures;
  for (const pugi::xml_node node : parse(document, text, "DeleteResult").children("Error"))
    failures.push_back(
        {text_of(node, "Key"), for_message(text_of(node, "Code")), for_message(text_of(node, "Message"))});
  return failures;
}

StsKeys parse_sts_keys(std::string_view text) {
  pugi::xml_document document;
  if (text.size() > largest_xml || !document.load_buffer(text.data(), text.size())) refuse("no XML");
  const pugi::xml_node keys = document.document_element().first_child().child("Credentials");
  StsKeys found{text_of(keys, "AccessKeyId"), text_of(keys, "SecretAccessKey"), text_of(keys, "SessionToken"),
                text_of(keys, "Expiration")};
  if (found.access_key.empty() || found.secret_key.empty()) refuse("no keys in it");
  return found;
}

bool fits_xml(std::string_view key) {
  return std::all_of(key.begin(), key.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n' || c == '\r';
  });
}

std::string s3_removal(const std::vector<std::string>& keys) {
  std::string text = R"(<?xml version="1.0" encoding="UTF-8"?>)"
                     R"(<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>)";
  for (const std::string& key : keys) text += fmt::format("<Object><Key>{}</Key></Object>", xml_escaped(key));
  return text + "</Delete>";
}

std::string s3_completion(const std::vector<std::string>& etags) {
  std::string text = R"(<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)";
  for (std::size_t i = 0; i < etags.size(); ++i)
    text += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>&quot;{}&quot;</ETag></Part>", i + 1,
                        xml_escaped(etags[i]));
  return text + "</CompleteMultipartUpload>";
}

std::string s3_creation(std::string_view region) {
  return fmt::format(R"(<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)"
                     "<LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>",
                     xml_escaped(region));
}

}  // namespace barman::store
