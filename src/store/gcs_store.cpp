#include "gcs_store.h"

#include <fmt/core.h>

#include <random>

#include "barman/core/crc32c.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/http/url.h"
#include "download.h"
#include "gcs_upload.h"
#include "http_date.h"
#include "json.h"
#include "removal.h"
#include "transports.h"

namespace barman::store {
namespace {

constexpr const char* fields = "name,size,generation,updated,crc32c";

// What the JSON API says of an object. The generation takes the place of an ETag: it names the content.
Object object_of(const Json& json, const std::string& what) {
  const auto size = number_of(json, "size");
  Object object{text_of(json, "name"), 0, text_of(json, "generation"), parse_timestamp(text_of(json, "updated"))};
  if (object.key.empty() || object.etag.empty() || !size || *size < 0)
    throw damaged(what, "an object without name, generation or size in the answer");
  object.size = static_cast<std::uint64_t>(*size);
  return object;
}

Json parsed(const http::Response& answer, const std::string& what) {
  auto json = parse_json_object(answer.body);
  if (!json) throw damaged(what, "the answer is no JSON of Google Cloud Storage");
  return std::move(*json);
}

// "crc32c=...,md5=...", in one header or in several.
std::string stored_crc32c(const http::Response& head) {
  for (const http::Header& header : head.headers)
    if (to_lower(header.name) == "x-goog-hash")
      for (const std::string& each : split(header.value, ','))
        if (trim(each).starts_with("crc32c=")) return std::string(trim(each).substr(7));
  return {};
}

class GcsStore : public ObjectStore {
 public:
  GcsStore(std::shared_ptr<const GcsClient> client, std::string kms_key)
      : client_(std::move(client)), kms_key_(std::move(kms_key)) {}
  const Abilities& abilities() const override { return abilities_; }
  std::string name() const override { return client_->name(); }
  std::string bucket() const override { return client_->bucket(); }

  bool bucket_exists() override {
    const std::string what = client_->what("examine");
    const http::Response answer = client_->send({"GET", client_->bucket_url() + "?fields=name", {}, {}}, what).response;
    if (answer.ok()) return true;
    const StoreError error = client_->refusal(answer, what, false);
    if (error.refusal() == Refusal::no_bucket) return false;
    throw error;
  }

  void create_bucket() override {
    if (client_->project().empty())
      throw Error(Errc::config, client_->what("create") + ": no project is known", "set GOOGLE_CLOUD_PROJECT");
    const std::string body = json_text({{"name", client_->bucket()}});
    const std::string url = client_->buckets_url() + "?project=" + http::percent_encode(client_->project());
    client_->require({"POST", url, {{"Content-Type", "application/json"}}, Body::of(body)}, client_->what("create"),
                     false);
  }

  void put(const std::string& key, const Body& body, const PutOptions& options) override {
    const std::string what = client_->what("put", key);
    const std::string crc = gcs_crc32c_text(body.crc32c());
    std::random_device random;
    Json metadata = {{"name", key}, {"crc32c", crc}};
    for (const auto& [name, value] : options.tags) metadata["metadata"][name] = value;
    const std::string boundary = fmt::format("{:08x}{:08x}{:08x}", random(), random(), random());
    const std::string before = fmt::format(
        "--{0}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{1}\r\n--{0}\r\n"
        "Content-Type: application/octet-stream\r\n\r\n",
        boundary, json_text(metadata));
    const std::string behind = fmt::format("\r\n--{}--\r\n", boundary);
    std::string url = client_->upload_url() + "?uploadType=multipart&fields=crc32c";
    if (options.if_absent) url += "&ifGenerationMatch=0";
    if (!kms_key_.empty()) url += "&kmsKeyName=" + http::percent_encode(kms_key_);
    const Retry::Outcome outcome = client_->send({"POST",
                                                  url,
                                                  {{"Content-Type", "multipart/related; boundary=" + boundary}},
                                                  Body::framed(before, body, behind)},
                                                 what);
    if (!outcome.response.ok()) {
      const StoreError error = client_->refusal(outcome.response, what, true);
      // An attempt whose answer was lost may have created it.
      if (error.refusal() == Refusal::exists && outcome.uncertain && crc32c_of(key) == crc) return;
      throw error;
    }
    const std::string stored = text_of(parsed(outcome.response, what), "crc32c");
    if (!stored.empty() && stored != crc) throw damaged(what, "what was stored has another CRC-32C than what was sent");
  }

  std::unique_ptr<Upload> begin_upload(const std::string& key, const PutOptions& options) override {
    return std::make_unique<GcsUpload>(client_, key, options, kms_key_);
  }

  std::optional<Object> head(const std::string& key) override {
    const std::string what = client_->what("examine", key);
    const auto json = metadata_of(key, what);
    if (!json) return std::nullopt;
    return object_of(*json, what);
  }

  Object get(const std::string& key, const std::function<void(std::string_view)>& take, const Range& range) override {
    const std::string what = client_->what("get", key);
    const bool whole = range.offset == 0 && !range.size;
    std::string stored;
    std::uint32_t crc = 0;
    const DownloadSource source{what,
                                [&](const Range& rest, const std::string& generation, const http::Take& into) {
                                  http::Request request{"GET", client_->object_url(key) + "?alt=media", {}, {}};
                                  if (rest.offset > 0 || rest.size)
                                    request.headers.push_back({"Range", range_header(rest)});
                                  if (!generation.empty())
                                    request.url += "&ifGenerationMatch=" + http::percent_encode(generation);
                                  return client_->attempt(request, into);
                                },
                                [&](const http::Response& head) {
                                  stored = stored_crc32c(head);
                                  return Object{key, 0, head.header("x-goog-generation").value_or(""),
                                                parse_http_date(head.header("Last-Modified").value_or(""))};
                                },
                                [&](const http::Response& answer) { return client_->refusal(answer, what, true); },
                                [&] {
                                  auto object = head(key);
                                  if (!object)
                                    throw StoreError(Refusal::not_found, 404, "notFound",
                                                     what + ": there is no such object");
                                  return *object;
                                },
                                gcs_may_pass};
    const Object object = download(client_->retry(), source, range, [&](std::string_view bytes) {
      if (whole) crc = crc32c(bytes, crc);
      take(bytes);
    });
    if (whole && !stored.empty() && gcs_crc32c_text(crc) != stored)
      throw damaged(what, "what arrived has another CRC-32C than what was stored");
    return object;
  }

  Page list(const Listing& listing, const std::string& next) override {
    const std::string what = client_->what("list");
    std::string url =
        fmt::format("{}/o?maxResults=1000&fields=nextPageToken,prefixes,items({})", client_->bucket_url(), fields);
    const auto add = [&](const char* name, const std::string& value) {
      if (!value.empty()) url += fmt::format("&{}={}", name, http::percent_encode(value));
    };
    add("prefix", listing.prefix);
    add("delimiter", listing.delimiter);
    add("startOffset", listing.start_after);
    add("pageToken", next);
    const Json json = parsed(client_->require({"GET", url, {}, {}}, what, false), what);
    Page page;
    page.next = text_of(json, "nextPageToken");
    if (!page.next.empty() && page.next == next) throw damaged(what, "the same page comes again");
    if (const auto items = json.find("items"); items != json.end() && items->is_array())
      for (const Json& item : *items) {
        if (!item.is_object()) throw damaged(what, "an object that is none in the answer");
        if (Object object = object_of(item, what); object.key > listing.start_after || listing.start_after.empty())
          page.objects.push_back(std::move(object));
      }
    if (const auto prefixes = json.find("prefixes"); prefixes != json.end() && prefixes->is_array())
      for (const Json& prefix : *prefixes)
        if (prefix.is_string()) page.prefixes.push_back(prefix.get<std::string>());
    return page;
  }

  std::vector<RemoveFailure> remove(const std::vector<std::string>& keys) override {
    return remove_one_by_one(keys, [this](const std::string& key) { return remove_one(key); });
  }

  std::vector<OpenUpload> open_uploads(const std::string& prefix) override {
    return list_gcs_uploads(*client_, prefix);
  }
  void abort_upload(const OpenUpload& upload) override { abort_gcs_upload(*client_, upload.key, upload.id); }
  Lock lock(const std::string&) override { return {}; }

 private:
  std::optional<Json> metadata_of(const std::string& key, const std::string& what) {
    const http::Response answer =
        client_->send({"GET", fmt::format("{}?fields={}", client_->object_url(key), fields), {}, {}}, what).response;
    if (answer.ok()) return parsed(answer, what);
    const StoreError error = client_->refusal(answer, what, true);
    if (error.refusal() == Refusal::not_found) return std::nullopt;
    throw error;
  }
  std::string crc32c_of(const std::string& key) {
    const auto json = metadata_of(key, client_->what("examine", key));
    return json ? text_of(*json, "crc32c") : "";
  }

  // What concerns the bucket, or the service, is thrown: it is the same for all keys.
  std::optional<RemoveFailure> remove_one(const std::string& key) {
    const std::string what = client_->what("remove", key);
    const http::Response answer = client_->send({"DELETE", client_->object_url(key), {}, {}}, what).response;
    if (answer.ok()) return std::nullopt;
    const StoreError error = client_->refusal(answer, what, true);
    if (error.refusal() == Refusal::not_found) return std::nullopt;
    if (error.refusal() == Refusal::no_bucket || error.refusal() == Refusal::busy) throw error;
    const Reason reason = gcs_reason(answer);
    return RemoveFailure{key, reason.code.empty() ? std::to_string(answer.status) : reason.code,
                         for_message(reason.message)};
  }

  std::shared_ptr<const GcsClient> client_;
  std::string kms_key_;
  Abilities abilities_{.delete_batch = 100,
                       .deletes_prefixes = false,
                       .put_checksums = {.crc32c = true},
                       .part_checksums = {.crc32c = true}};
};

// What lives as long as the store.
struct GcsParts {
  std::unique_ptr<http::Transport> transport, metadata;
  std::unique_ptr<GcsClient> client;
};

}  // namespace

std::unique_ptr<ObjectStore> make_gcs_store(std::shared_ptr<const GcsClient> client, std::string kms_key) {
  return std::make_unique<GcsStore>(std::move(client), std::move(kms_key));
}

Location parse_gcs_url(std::string_view url) {
  constexpr std::string_view console = "https://console.cloud.google.com/storage/browser/";
  constexpr std::string_view scheme = "gs://";
  if (!url.starts_with(console) && !url.starts_with(scheme))
    throw Error(
        Errc::usage,
        fmt::format("Google cloud storage URL {} is malformed. Expected format are '{}bucket-name/some/path' or "
                    "'gs://bucket-name/some/path'",
                    http::without_secrets(url), console));
  const std::string_view rest = url.substr(url.starts_with(scheme) ? scheme.size() : console.size());
  Location location;
  location.provider = Provider::google_cloud_storage;
  location.bucket = rest.substr(0, rest.find('/'));
  if (location.bucket.empty())
    throw Error(Errc::usage, fmt::format("Google cloud storage URL {} is malformed. Bucket name not found", url));
  location.path = rest.substr(location.bucket.size());
  while (location.path.starts_with('/')) location.path.erase(0, 1);
  while (location.path.ends_with('/')) location.path.pop_back();
  return location;
}

std::unique_ptr<ObjectStore> open_gcs(const Location& location, const Settings& settings) {
  const auto parts = std::make_shared<GcsParts>();
  parts->transport = transport_to_store(settings, ca_bundle_of(process_environment()));
  parts->metadata = transport_nearby({std::chrono::seconds(2), std::chrono::seconds(10), std::chrono::seconds(30)},
                                     settings.deadline);
  const Retry retry({.deadline = settings.deadline});
  parts->client = std::make_unique<GcsClient>(
      *parts->transport, retry, gcs_access({*parts->transport, *parts->metadata, process_environment(), retry}),
      location.bucket);
  return make_gcs_store(std::shared_ptr<const GcsClient>(parts, parts->client.get()), settings.kms_key_name);
}

}  // namespace barman::store
