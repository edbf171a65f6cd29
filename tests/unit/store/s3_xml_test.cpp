#include "s3_xml.h"

#include <gtest/gtest.h>

namespace barman::store {
namespace {

TEST(S3Xml, ReadsAPage) {
  const Page page = parse_s3_listing(
      R"(<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
      <IsTruncated>true</IsTruncated><NextContinuationToken>t=/+</NextContinuationToken><EncodingType>url</EncodingType>
      <Contents><Key>a%20b%2B%C3%A9+c/%0A</Key><Size>42</Size><ETag>&quot;abc&quot;</ETag>
      <LastModified>2026-11-28T11:37:09.281Z</LastModified></Contents>
      <CommonPrefixes><Prefix>p%25/</Prefix></CommonPrefixes></ListBucketResult>)");
  ASSERT_EQ(page.objects.size(), 1u);
  EXPECT_EQ(page.objects[0].key, "a b+é c/\n");
  EXPECT_EQ(page.objects[0].size, 42u);
  EXPECT_EQ(page.objects[0].etag, "abc");
  EXPECT_EQ(page.objects[0].modified, parse_timestamp("2026-11-28 11:37:09.281+00:00"));
  EXPECT_EQ(page.prefixes, std::vector<std::string>{"p%/"});
  EXPECT_EQ(page.next, "t=/+");
  const Page plain =
      parse_s3_listing("<ListBucketResult><Contents><Key>a+%20&amp;</Key><Size>0</Size></Contents></ListBucketResult>");
  EXPECT_EQ(plain.objects.at(0).key, "a+%20&");
  EXPECT_EQ(plain.next, "");
}

TEST(S3Xml, RefusesWhatIsNoAnswer) {
  const std::string deep = [] {
    std::string text;
    for (int i = 0; i < 200'000; ++i) text += "<a>";
    return text;
  }();
  const std::string contents = "<ListBucketResult><Contents>";
  const std::string texts[] = {"",
                               "no xml",
                               "<html><body>Sign in</body></html>",
                               "<ListBucketResult>",
                               deep,
                               std::string(9 * 1024 * 1024, ' '),
                               contents + "<Key>a</Key><Size>-1</Size></Contents></ListBucketResult>",
                               contents + "<Key>a</Key><Size>99999999999999999999</Size></Contents></ListBucketResult>",
                               contents + "<Size>1</Size></Contents></ListBucketResult>",
                               "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
                               std::string("<!DOCTYPE x [<!ENTITY a \"aaaa\">]><x>&a;</x>")};
  for (const std::string& text : texts) {
    try {
      parse_s3_listing(text);
      ADD_FAILURE() << text.substr(0, 100);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::corrupt);
    }
    EXPECT_THROW(parse_s3_upload_id(text), Error);
    EXPECT_EQ(parse_s3_error(text).code, "");
  }
  EXPECT_THROW(parse_s3_removal("<x/>"), Error);
  EXPECT_THROW(
      parse_s3_uploads("<ListMultipartUploadsResult><IsTruncated>true</IsTruncated></ListMultipartUploadsResult>"),
      Error);
}

TEST(S3Xml, ReadsErrorsOfS3AndStsAsOneLine) {
  const S3Error error = parse_s3_error(
      "<Error><Code>NoSuchKey</Code><Message>two\nlines\x1b[31m</Message><Region>eu-west-1</Region></Error>");
  EXPECT_EQ(error.code, "NoSuchKey");
  EXPECT_EQ(error.message.find_first_of("\n\x1b"), std::string::npos);
  EXPECT_EQ(error.region, "eu-west-1");
  EXPECT_EQ(parse_s3_error("<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>").code,
            "AccessDenied");
  EXPECT_LT(parse_s3_error("<Error><Message>" + std::string(100'000, 'x') + "</Message></Error>").message.size(),
            1000u);
}

TEST(S3Xml, ReadsRemovalsAndUploads) {
  const auto failures = parse_s3_removal(
      "<DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>b c</Key><Code>AccessDenied</Code>"
      "<Message>no</Message></Error></DeleteResult>");
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].key, "b c");
  EXPECT_EQ(failures[0].code, "AccessDenied");
  const S3Uploads uploads = parse_s3_uploads(
      "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>u"
      "</NextUploadIdMarker><Upload><Key>a b</Key><UploadId>1</UploadId><Initiated>2026-11-28T11:37:09Z</Initiated></Upload>"
      "</ListMultipartUploadsResult>");
  EXPECT_TRUE(uploads.truncated);
  EXPECT_EQ(uploads.next_key, "k");
  ASSERT_EQ(uploads.uploads.size(), 1u);
  EXPECT_EQ(uploads.uploads[0].key, "a b");
  EXPECT_TRUE(uploads.uploads[0].begun);
}

TEST(S3Xml, EscapesKeys) {
  EXPECT_TRUE(s3_removal({"a&<b>\"\n'"}).ends_with("<Object><Key>a&amp;&lt;b&gt;&quot;&#10;'</Key></Object></Delete>"));
  EXPECT_FALSE(fits_xml("a\x01"));
  EXPECT_TRUE(fits_xml("a\t\n é"));
  EXPECT_NE(s3_completion({"x", "y"}).find("<Part><PartNumber>2</PartNumber><ETag>&quot;y&quot;</ETag></Part>"),
            std::string::npos);
}

}  // namespace
}  // namespace barman::store
