// What Google and services for tokens answer: whatever it is, it is read or refused.
#include "fuzz.h"
#include "gcs_store.h"
#include "json.h"

namespace barman::fuzz {
namespace {

// A store to which every request is answered with the same.
class Answered {
 public:
  explicit Answered(std::string_view bytes) : bytes_(bytes) {
    store::GcsAccess access{"https://storage.googleapis.com", "project", nullptr};
    const store::Retry once({.attempts = 1}, {[](auto) {}, [] { return 0.0; }});
    store_ = store::make_gcs_store(
        std::make_shared<const store::GcsClient>(transport_, once, std::move(access), "bucket"), "");
  }
  store::ObjectStore& with(int status, const std::vector<http::Header>& headers = {}) {
    transport_.answer(status, bytes_, headers);
    return *store_;
  }

 private:
  class Transport : public http::Transport {
   public:
    void answer(int status, const std::string& body, const std::vector<http::Header>& headers) {
      answer_ = {status, headers, body};
    }
    http::Response send(const http::Request&, const http::Take& take) override {
      http::Response response = answer_;
      if (take && response.ok()) {
        take(response, response.body);
        response.body.clear();
      }
      return response;
    }

   private:
    http::Response answer_;
  };
  std::string bytes_;
  Transport transport_;
  std::unique_ptr<store::ObjectStore> store_;
};

}  // namespace

void one_input(std::string_view bytes) {
  const std::string text(bytes);
  Answered answered(bytes);
  accepts([&] {
    for (const store::Object& object : answered.with(200).list({.prefix = "a"}).objects)
      require(!object.key.empty() && !object.etag.empty(), "an object has a name and a generation");
  });
  accepts([&] { answered.with(200).head("key"); });
  accepts([&] { answered.with(200).put("key", http::Body::of("content")); });
  accepts([&] { answered.with(200).open_uploads("a"); });
  const std::vector<http::Header> headers = {{"Content-Length", std::to_string(bytes.size())},
                                             {"x-goog-generation", "1"},
                                             {"x-goog-hash", text.substr(0, 30)},
                                             {"Last-Modified", text.substr(0, 40)}};
  accepts([&] {
    std::string got;
    answered.with(200, headers).get("key", [&](std::string_view piece) { got += piece; });
    require(got == bytes, "what is got is what was there");
  });
  for (const int status : {403, 404, 412, 500})
    accepts([&] { require(!answered.with(status).head("key"), "a refusal is no object"); });
  accepts([&] { require(!store::parse_token(text, "a token").text.empty(), "a token has a text"); });
  if (const auto json = store::parse_json_object(bytes))
    accepts([&] { store::parse_json_object(store::json_text(*json)); });
}

}  // namespace barman::fuzz
