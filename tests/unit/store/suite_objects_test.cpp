#include <fcntl.h>

#include <algorithm>
#include <stdexcept>

#include "barman/core/parallel.h"
#include "barman/fs/file.h"
#include "suite.h"

namespace barman::store {
namespace {

using testing::Test;

// Every one of them is a valid name in all stores, but for the backslash.
std::vector<std::string> odd_names(const Subject& subject) {
  std::vector<std::string> names = {
      "a blank",
      "two  blanks ",
      "plus+sign",
      "percent%sign",
      "percent%41escaped",
      "hash#mark",
      "question?mark=1&b=2",
      "amper&sand",
      "tilde~",
      "semi;colon,comma=equal",
      "quotes'\"`",
      "brackets[](){}<>|^",
      "at@dollar$exclamation!star*",
      "double//slash",
      ".hidden/..dots/...",
      "non-ASCII-\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80",
      "combining-a\xCC\x88",
      "wals/0000000100000000/000000010000000000000003.00000028.backup",
      std::string(900, 'n') + "-1-kB",
  };
  if (subject.keeps_backslashes) names.emplace_back("back\\slash");
  return names;
}

}  // namespace

TEST_P(StoreSuite, KeepsWhatIsPut) {
  const std::string content = content_of(1, 300'001);
  put("object", content);
  const auto head = store().head(key("object"));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->key, key("object"));
  EXPECT_EQ(head->size, content.size());
  EXPECT_FALSE(head->etag.empty());
  ASSERT_TRUE(head->modified);
  EXPECT_LT(std::abs((*head->modified - now()).count()), 86'400'000'000);
  std::string got;
  const Object object = store().get(key("object"), [&](std::string_view bytes) { got += bytes; });
  EXPECT_EQ(object.size, head->size);
  EXPECT_EQ(object.etag, head->etag);
  EXPECT_EQ(object.key, head->key);
  EXPECT_TRUE(got == content);
  const Page page = store().list({.prefix = prefix()});
  ASSERT_EQ(page.objects.size(), 1U);
  EXPECT_EQ(page.objects[0].key, head->key);
  EXPECT_EQ(page.objects[0].size, head->size);
  EXPECT_EQ(page.objects[0].etag, head->etag);
  EXPECT_TRUE(page.objects[0].modified);
}

TEST_P(StoreSuite, KnowsNothingOfWhatIsNotThere) {
  EXPECT_FALSE(store().head(key("absent")));
  EXPECT_EQ(refusal_of([&] { get("absent"); }), Refusal::not_found);
  EXPECT_EQ(refusal_of([&] { get("absent", {.offset = 10, .size = 5}); }), Refusal::not_found);
  EXPECT_TRUE(names().empty());
}

TEST_P(StoreSuite, KeepsAnEmptyObject) {
  put("empty", "");
  const auto head = store().head(key("empty"));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->size, 0U);
  EXPECT_EQ(get("empty"), "");
  EXPECT_EQ(get("empty", {.offset = 0, .size = 10}), "");
}

TEST_P(StoreSuite, GivesRanges) {
  const std::string content = content_of(2, 100'000);
  put("object", content);
  const std::vector<Range> ranges = {{0, 1},        {0, 100},      {99'999, 1},   {50'000, 20'000}, {0, std::nullopt},
                                     {1, {}},       {99'990, {}},  {0, 100'000},  {0, 200'000},     {99'990, 100},
                                     {100'000, {}}, {100'000, 10}, {100'001, {}}, {500'000, 7},     {0, 0},
                                     {5'000, 0}};
  for (const Range& range : ranges) {
    const std::size_t from = std::min<std::uint64_t>(range.offset, content.size());
    const std::string want = content.substr(from, range.size.value_or(std::string::npos));
    std::string got;
    const Object object = store().get(
        key("object"), [&](std::string_view bytes) { got += bytes; }, range);
    EXPECT_TRUE(got == want) << range.offset << " " << range.size.value_or(0) << ": " << got.size() << " bytes";
    EXPECT_EQ(object.size, content.size()) << range.offset;
    EXPECT_EQ(object.etag, store().head(key("object"))->etag) << range.offset;
  }
}

TEST_P(StoreSuite, ReplacesAnObject) {
  put("object", content_of(3, 5000));
  const auto before = store().head(key("object"));
  put("object", content_of(4, 70));
  const auto after = store().head(key("object"));
  ASSERT_TRUE(before && after);
  EXPECT_NE(before->etag, after->etag);
  EXPECT_EQ(after->size, 70U);
  EXPECT_TRUE(get("object") == content_of(4, 70));
  EXPECT_EQ(names().size(), 1U);
}

TEST_P(StoreSuite, CreatesOnlyWhatIsAbsent) {
  put("object", "first", {.if_absent = true});
  EXPECT_EQ(refusal_of([&] { put("object", "second", {.if_absent = true}); }), Refusal::exists);
  EXPECT_EQ(get("object"), "first");
  store().remove({key("object")});
  put("object", "third", {.if_absent = true});
  EXPECT_EQ(get("object"), "third");
}

TEST_P(StoreSuite, LetsOneOfSeveralCreateAnObject) {
  std::atomic<int> created = 0, refused = 0;
  run_parallel(8, 8, [&](std::size_t i) {
    try {
      put("object", std::to_string(i), {.if_absent = true});
      ++created;
    } catch (const StoreError& error) {
      if (error.refusal() != Refusal::exists) throw;
      ++refused;
    }
  });
  EXPECT_EQ(created, 1);
  EXPECT_EQ(refused, 7);
}

TEST_P(StoreSuite, PutsAPartOfAFile) {
  const fs::TemporaryDirectory scratch("store-suite-");
  const std::string path = scratch.path() + "/file";
  const std::string content = content_of(5, 700'000);
  fs::replace_file(path, content);
  const UniqueFd fd = fs::open_file(path, O_RDONLY);
  store().put(key("part"), Body::of_file(fd.get(), 1000, 600'000, path));
  EXPECT_TRUE(get("part") == content.substr(1000, 600'000));
}

TEST_P(StoreSuite, TakesTags) {
  const Tags tags = {{"key", "value"}, {"odd key+:/=.-_", "a b+c:d/e=f.g-h_i"}, {"empty", ""}};
  put("object", "content", {.tags = tags});
  EXPECT_EQ(get("object"), "content");
  put("object", "other", {.tags = {}});
  EXPECT_EQ(get("object"), "other");
}

TEST_P(StoreSuite, TakesOddKeys) {
  for (const std::string& name : odd_names(GetParam())) {
    SCOPED_TRACE(name);
    EXPECT_NO_THROW({
      put(name, "content of " + name);
      const auto head = store().head(key(name));
      ASSERT_TRUE(head);
      EXPECT_EQ(head->key, key(name));
      EXPECT_EQ(get(name), "content of " + name);
      EXPECT_EQ(keys_of({.prefix = key(name)}), std::vector{key(name)});
    });
  }
  std::vector<std::string> expected = odd_names(GetParam());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(names(), expected);
  for (const std::string& name : odd_names(GetParam())) {
    SCOPED_TRACE(name);
    EXPECT_NO_THROW(EXPECT_TRUE(store().remove({key(name)}).empty()));
    EXPECT_FALSE(store().head(key(name)));
  }
  EXPECT_TRUE(names().empty());
}

TEST_P(StoreSuite, RemovesOddKeysInABatch) {
  std::vector<std::string> keys;
  for (const std::string& name : odd_names(GetParam())) {
    put(name, "x");
    keys.push_back(key(name));
  }
  for (const RemoveFailure& failure : store().remove(keys)) ADD_FAILURE() << failure.key << ": " << failure.message;
  EXPECT_TRUE(names().empty());
}

TEST_P(StoreSuite, RemovesWhatIsThereAndMindsNothingElse) {
  put("one", "1");
  put("two", "2");
  put("three", "3");
  EXPECT_TRUE(store().remove({key("one"), key("absent"), key("two")}).empty());
  EXPECT_EQ(names(), std::vector<std::string>{"three"});
  EXPECT_TRUE(store().remove({key("absent")}).empty());
  EXPECT_TRUE(store().remove({}).empty());
  EXPECT_EQ(names(), std::vector<std::string>{"three"});
}

TEST_P(StoreSuite, ListsByPrefixAndDelimiter) {
  for (const char* name : {"a", "a/1", "a/2/x", "a/2/y", "a/3", "a-1", "b/1", "c", "\xC3\xA4/1"}) put(name, "x");
  struct Case {
    const char *prefix, *delimiter;
    std::vector<std::string> names, prefixes;
  };
  const Case cases[] = {
      {"", "", {"a", "a-1", "a/1", "a/2/x", "a/2/y", "a/3", "b/1", "c", "\xC3\xA4/1"}, {}},
      {"", "/", {"a", "a-1", "c"}, {"a/", "b/", "\xC3\xA4/"}},
      {"a", "", {"a", "a-1", "a/1", "a/2/x", "a/2/y", "a/3"}, {}},
      {"a", "/", {"a", "a-1"}, {"a/"}},
      {"a/", "/", {"a/1", "a/3"}, {"a/2/"}},
      {"a/2", "/", {}, {"a/2/"}},
      {"a/2/", "/", {"a/2/x", "a/2/y"}, {}},
      {"c", "/", {"c"}, {}},
      {"d", "/", {}, {}},
      {"\xC3\xA4", "", {"\xC3\xA4/1"}, {}},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(std::string(each.prefix) + " by " + each.delimiter);
    std::vector<std::string> found, prefixes;
    std::string next;
    do {
      const Page page = store().list({.prefix = key(each.prefix), .delimiter = each.delimiter}, next);
      for (const Object& object : page.objects) found.push_back(object.key.substr(prefix().size()));
      for (const std::string& common : page.prefixes) prefixes.push_back(common.substr(prefix().size()));
      next = page.next;
    } while (!next.empty());
    EXPECT_EQ(found, each.names);
    EXPECT_EQ(prefixes, each.prefixes);
  }
}

TEST_P(StoreSuite, ListsWhatIsBehindAKey) {
  for (const char* name : {"a", "a/1", "b", "b ", "b+", "c/1", "c/2"}) put(name, "x");
  const auto behind = [&](const char* name) { return keys_of({.prefix = prefix(), .start_after = key(name)}).size(); };
  EXPECT_EQ(behind(""), 7U);
  EXPECT_EQ(behind("a"), 6U);
  EXPECT_EQ(behind("a/0"), 6U);
  EXPECT_EQ(behind("b"), 4U);
  EXPECT_EQ(behind("b "), 3U);
  EXPECT_EQ(behind("c/1"), 1U);
  EXPECT_EQ(behind("c/2"), 0U);
  EXPECT_EQ(behind("d"), 0U);
  EXPECT_EQ(keys_of({.prefix = key("c/"), .start_after = key("a")}).size(), 2U);
}

TEST_P(StoreSuite, ListsAndRemovesManyByPages) {
  std::vector<std::string> expected(GetParam().many);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::string digits = std::to_string(i);
    expected[i] = std::string(5 - digits.size(), '0') + digits;
  }
  run_parallel(expected.size(), 8, [&](std::size_t i) { put(expected[i], expected[i]); });
  std::vector<std::string> found;
  std::string next;
  int pages = 0;
  do {
    const Page page = store().list({.prefix = prefix()}, next);
    for (const Object& object : page.objects) found.push_back(object.key.substr(prefix().size()));
    next = page.next;
    ASSERT_LT(++pages, 100);
  } while (!next.empty());
  EXPECT_EQ(found, expected);
  const auto behind = keys_of({.prefix = prefix(), .start_after = key(expected[1500])});
  ASSERT_EQ(behind.size(), expected.size() - 1501);
  EXPECT_EQ(behind.front(), key(expected[1501]));
  // TearDown removes them in batches as large as the store takes.
}

TEST_P(StoreSuite, ServesSeveralThreads) {
  run_parallel(40, 8, [&](std::size_t i) {
    const std::string name = "object-" + std::to_string(i % 10);
    const std::string content = content_of(i % 10, 20'000 + 100 * (i % 10));
    put(name, content);
    if (get(name) != content) throw std::runtime_error("other content in " + name);
    if (!store().head(key(name))) throw std::runtime_error("no " + name);
    if (keys_of({.prefix = key(name)}).size() != 1) throw std::runtime_error("not one " + name);
  });
  EXPECT_EQ(names().size(), 10U);
}

TEST_P(StoreSuite, RethrowsWhatTheTakerThrows) {
  put("object", content_of(6, 2'000'000));
  int calls = 0;
  const auto take = [&](std::string_view) {
    ++calls;
    throw std::domain_error("enough");
  };
  EXPECT_THROW(store().get(key("object"), take), std::domain_error);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(get("object").size(), 2'000'000U);
}

TEST_P(StoreSuite, LimitsWhatIsReadIntoMemory) {
  put("object", content_of(7, 1000));
  EXPECT_EQ(read_object(store(), key("object")), content_of(7, 1000));
  EXPECT_EQ(refusal_of([&] { read_object(store(), key("object"), 999); }), Refusal::damaged);
}

TEST_P(StoreSuite, ReportsAMissingBucket) {
  const auto missing = GetParam().open(GetParam().missing_bucket);
  EXPECT_FALSE(missing->bucket_exists());
  EXPECT_EQ(refusal_of([&] { missing->put("key", Body::of("x")); }), Refusal::no_bucket);
  EXPECT_EQ(refusal_of([&] { missing->list({}); }), Refusal::no_bucket);
  EXPECT_EQ(refusal_of([&] { missing->get("key", [](std::string_view) {}); }), Refusal::no_bucket);
  EXPECT_EQ(refusal_of([&] {
              const auto upload = missing->begin_upload("key");
              upload->put_part(1, Body::of("x"));
              upload->finish();
            }),
            Refusal::no_bucket);
}

TEST_P(StoreSuite, HoldsNoLockOnAPlainObject) {
  put("object", "content");
  EXPECT_FALSE(store().lock(key("object")).in_force(now()));
}

}  // namespace barman::store
