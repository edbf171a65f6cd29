#include "barman/postgres/conninfo.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"

namespace barman::postgres {
namespace {

using Items = std::map<std::string, std::string>;

struct ParseCase {
  const char* label;
  std::string_view text;
  Items want;
};

class ParseConninfo : public testing::TestWithParam<ParseCase> {};
TEST_P(ParseConninfo, GivesTheItems) { EXPECT_EQ(parse_conninfo(GetParam().text), GetParam().want) << GetParam().text; }
INSTANTIATE_TEST_SUITE_P(
    Texts, ParseConninfo,
    testing::Values(
        ParseCase{"nothing", "", {}},
        ParseCase{"items",
                  "host=pg  user=barman\tdbname=postgres",
                  {{"host", "pg"}, {"user", "barman"}, {"dbname", "postgres"}}},
        ParseCase{"blanks_around_equals", "host = pg", {{"host", "pg"}}},
        ParseCase{"quoted", "password='a b\\'c\\\\' host=h", {{"password", "a b'c\\"}, {"host", "h"}}},
        ParseCase{"escaped_bare", "password=a\\ b", {{"password", "a b"}}},
        ParseCase{"empty_value", "password='' host=", {{"password", ""}, {"host", ""}}},
        ParseCase{"later_wins", "host=a host=b", {{"host", "b"}}},
        ParseCase{"value_with_equals", "options=-cfoo=bar", {{"options", "-cfoo=bar"}}},
        ParseCase{"uri",
                  "postgresql://bar%40man:s%3Ft@pg:5433/db?connect_timeout=3&sslmode=require",
                  {{"user", "bar@man"},
                   {"password", "s?t"},
                   {"host", "pg"},
                   {"port", "5433"},
                   {"dbname", "db"},
                   {"connect_timeout", "3"},
                   {"sslmode", "require"}}},
        ParseCase{"uri_short", "postgres://pg", {{"host", "pg"}}},
        ParseCase{
            "uri_no_host", "postgresql:///db?host=/run/postgresql", {{"dbname", "db"}, {"host", "/run/postgresql"}}},
        ParseCase{"uri_ipv6", "postgresql://[::1]:5432/", {{"host", "::1"}, {"port", "5432"}}},
        ParseCase{"uri_hosts", "postgresql://a:1,b/db", {{"host", "a,b"}, {"port", "1,"}, {"dbname", "db"}}}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(ParseConninfo, RefusesWhatIsNoConnectionString) {
  for (const char* text : {"pg", "host", "=x", "host=a b", "host='open", "postgresql://h/%zz", "postgresql://h/d?x",
                           "postgresql://[::1/d"}) {
    try {
      parse_conninfo(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::config);
      EXPECT_EQ(std::string(error.what()),
                "Cannot connect to postgres: \"" + std::string(text) + "\" is not a valid connection string");
    }
  }
}

TEST(ToConninfo, ReadsBackTheSame) {
  const Items items{{"host", "h"}, {"password", "a b'c\\d"}, {"user", ""}, {"options", "-c x=y"}};
  EXPECT_EQ(parse_conninfo(to_conninfo(items)), items);
  EXPECT_EQ(to_conninfo({{"user", "u"}, {"host", "h"}}), "host=h user=u");
}

TEST(ReplicationConninfo, AddsWhatReplicationNeedsSorted) {
  EXPECT_EQ(
      replication_conninfo("host=127.0.0.1 port=5450 user=streaming_barman"),
      "dbname=replication host=127.0.0.1 options=-cdatestyle=iso port=5450 replication=true user=streaming_barman");
  EXPECT_EQ(replication_conninfo("user=u dbname=x replication=off"),
            "dbname=replication options=-cdatestyle=iso replication=true user=u");
  EXPECT_EQ(replication_conninfo("options='-c statement_timeout=0'"),
            "dbname=replication options='-c statement_timeout=0 -cdatestyle=iso' replication=true");
}

}  // namespace
}  // namespace barman::postgres
