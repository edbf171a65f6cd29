// What Azure answers, and what connection strings say: whatever it is, it is read or refused.
#include "azure_answers.h"

#include "azure_credential.h"
#include "fuzz.h"
#include "http_date.h"

namespace barman::fuzz {
namespace {

// The boundary of a batch is in the first line of the input, as if it had been in a header.
void read_batch(std::string_view bytes) {
  const std::string_view first = bytes.substr(0, bytes.find('\n'));
  for (const std::string& type : {"multipart/mixed; boundary=" + std::string(first), std::string(first)})
    for (const store::AzureBatchAnswer& answer : store::parse_azure_batch(type, bytes))
      require(answer.status >= 0, "a status is a number", std::to_string(answer.status));
}

}  // namespace

void one_input(std::string_view bytes) {
  const std::string text(bytes);
  accepts([&] {
    for (const store::Object& object : store::parse_azure_listing(bytes).objects)
      require(!object.key.empty(), "a blob has a name");
  });
  for (const int status : {200, 403, 404, 409, 412, 500}) {
    const http::Response answer{status, {{"x-ms-error-code", text.substr(0, 20)}, {"ETag", text}}, text};
    const store::Reason reason = store::azure_reason(answer);
    store::azure_refusal(status, reason.code, true);
    const store::StoreError error = store::refused(store::Refusal::denied, status, reason, "cannot do it");
    require(std::string(error.what()).find('\n') == std::string::npos, "an error is one line", error.what());
    store::azure_object("key", answer);
  }
  read_batch(bytes);
  accepts([&] { store::parse_azure_connection_string(text); });
  if (const auto moment = store::parse_http_date(bytes)) {
    const std::time_t seconds = moment->seconds();
    if (seconds >= 0 && seconds < 4'000'000'000)
      require(store::parse_http_date(store::http_date(seconds)) == moment, "a date round-trips", bytes);
  }
}

}  // namespace barman::fuzz
