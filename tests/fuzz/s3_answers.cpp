// What S3 answers and what is in the files of AWS: whatever it is, it is read or refused, and what is sent is XML.
#include <pugixml.hpp>

#include "aws_profile.h"
#include "fuzz.h"
#include "s3_xml.h"

namespace barman::fuzz {

void one_input(std::string_view bytes) {
  accepts([&] {
    const store::Page page = store::parse_s3_listing(bytes);
    for (const store::Object& object : page.objects) require(!object.key.empty(), "an object has a key");
  });
  accepts([&] { store::parse_s3_uploads(bytes); });
  accepts([&] { store::parse_s3_removal(bytes); });
  accepts([&] { require(!store::parse_s3_upload_id(bytes).empty(), "an upload has an id"); });
  accepts([&] { store::parse_sts_keys(bytes); });
  const store::S3Error error = store::parse_s3_error(bytes);
  require((error.code + error.message).find('\n') == std::string::npos, "an error is one line", error.message);
  store::parse_aws_file(bytes);

  const std::string key(bytes);
  if (!store::fits_xml(key)) return;
  pugi::xml_document document;
  const std::string written = store::s3_removal({key});
  require(document.load_buffer(written.data(), written.size(), pugi::parse_default | pugi::parse_ws_pcdata),
          "what is sent is XML", written);
  const std::string read = document.child("Delete").child("Object").child("Key").text().get();
  require(read == key, "a key round-trips", key);
}

}  // namespace barman::fuzz
