#include <algorithm>

#include "barman/core/parallel.h"
#include "suite.h"

namespace barman::store {
namespace {

std::size_t part_size(ObjectStore& store) { return std::max<std::size_t>(store.abilities().smallest_part, 1000); }

}  // namespace

TEST_P(StoreSuite, UploadsOnePart) {
  const auto upload = store().begin_upload(key("object"));
  upload->put_part(1, Body::of("one small part"));
  upload->finish();
  EXPECT_EQ(get("object"), "one small part");
  EXPECT_EQ(store().head(key("object"))->size, 14U);
}

TEST_P(StoreSuite, UploadsAnEmptyPart) {
  const auto upload = store().begin_upload(key("object"));
  upload->put_part(1, Body::of(""));
  upload->finish();
  ASSERT_TRUE(store().head(key("object")));
  EXPECT_EQ(get("object"), "");
}

TEST_P(StoreSuite, UploadsPartsInAnyOrderAtOnce) {
  const std::size_t size = part_size(store());
  const std::string content = content_of(11, 6 * size + 77);
  const auto upload = store().begin_upload(key("object"), {.tags = {{"key", "value"}}});
  run_parallel(7, 3, [&](std::size_t i) {
    const std::size_t part = 6 - i;
    upload->put_part(static_cast<int>(part) + 1, Body::of(std::string_view(content).substr(part * size, size)));
  });
  upload->finish();
  EXPECT_EQ(store().head(key("object"))->size, content.size());
  EXPECT_TRUE(get("object") == content);
  EXPECT_TRUE(get("object", {.offset = size - 10, .size = 20}) == content.substr(size - 10, 20));
}

TEST_P(StoreSuite, UploadsMoreThanTenPartsInOrder) {
  const std::size_t size = part_size(store());
  const std::string content = content_of(12, 12 * size + 1);
  const auto upload = store().begin_upload(key("object"));
  for (std::size_t part = 0; part * size < content.size(); ++part)
    upload->put_part(static_cast<int>(part) + 1, Body::of(std::string_view(content).substr(part * size, size)));
  upload->finish();
  EXPECT_TRUE(get("object") == content);
}

TEST_P(StoreSuite, TakesTheLastOfAPartThatIsPutTwice) {
  const auto upload = store().begin_upload(key("object"));
  upload->put_part(1, Body::of("wrong content"));
  upload->put_part(1, Body::of("right content"));
  upload->finish();
  EXPECT_EQ(get("object"), "right content");
}

TEST_P(StoreSuite, HidesAnUploadUntilItIsFinished) {
  put("old", "as it was");
  const auto fresh = store().begin_upload(key("fresh"));
  const auto old = store().begin_upload(key("old"));
  fresh->put_part(1, Body::of("new"));
  old->put_part(1, Body::of("replaced"));
  EXPECT_FALSE(store().head(key("fresh")));
  EXPECT_EQ(refusal_of([&] { get("fresh"); }), Refusal::not_found);
  EXPECT_EQ(names(), std::vector<std::string>{"old"});
  EXPECT_EQ(get("old"), "as it was");
  fresh->finish();
  old->finish();
  EXPECT_EQ(get("fresh"), "new");
  EXPECT_EQ(get("old"), "replaced");
}

TEST_P(StoreSuite, LeavesNothingOfAnAbortedUpload) {
  put("old", "as it was");
  for (const char* name : {"old", "fresh"}) {
    const auto upload = store().begin_upload(key(name));
    upload->put_part(1, Body::of("never to be seen"));
    upload->abort();
    EXPECT_TRUE(store().open_uploads(key(name)).empty());
  }
  {
    const auto forgotten = store().begin_upload(key("forgotten"));
    forgotten->put_part(1, Body::of("never to be seen"));
  }
  EXPECT_EQ(get("old"), "as it was");
  EXPECT_EQ(names(), std::vector<std::string>{"old"});
  EXPECT_TRUE(store().open_uploads(prefix()).empty());
}

TEST_P(StoreSuite, FindsAndAbortsUploadsOfOthers) {
  if (!store().abilities().lists_uploads) GTEST_SKIP() << "what is not finished goes by itself there";
  const auto one = store().begin_upload(key("a/one +%?"));
  one->put_part(1, Body::of("x"));
  const auto two = store().begin_upload(key("a/two"));
  const auto other = store().begin_upload(key("b/other"));
  std::vector<OpenUpload> found = store().open_uploads(key("a/"));
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].key, key("a/one +%?"));
  EXPECT_EQ(found[1].key, key("a/two"));
  EXPECT_FALSE(found[0].id.empty());
  EXPECT_NE(found[0].id, found[1].id);
  const auto another = GetParam().open(GetParam().bucket);
  for (const OpenUpload& upload : found) another->abort_upload(upload);
  EXPECT_TRUE(store().open_uploads(key("a/")).empty());
  EXPECT_EQ(refusal_of([&] {
              two->put_part(1, Body::of("x"));
              two->finish();
            }),
            Refusal::not_found);
  other->put_part(1, Body::of("finished"));
  other->finish();
  EXPECT_EQ(get("b/other"), "finished");
  EXPECT_NO_THROW(another->abort_upload(found[0])) << "aborted before";
}

TEST_P(StoreSuite, KeepsUploadsToOneKeyApart) {
  if (!store().abilities().lists_uploads) GTEST_SKIP() << "an object has one list of parts there";
  const auto first = store().begin_upload(key("object"));
  const auto second = store().begin_upload(key("object"));
  first->put_part(1, Body::of("first"));
  second->put_part(1, Body::of("second"));
  first->finish();
  EXPECT_EQ(get("object"), "first");
  second->finish();
  EXPECT_EQ(get("object"), "second");
}

}  // namespace barman::store
