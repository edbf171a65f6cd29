#include "barman/app/processes.h"

#include <gtest/gtest.h>

namespace barman::app {
namespace {

using namespace std::string_view_literals;

TEST(Processes, OnlyBarmansGetASignal) {
  EXPECT_TRUE(is_barman("barman\0receive-wal\0main\0"sv));
  EXPECT_TRUE(is_barman("/usr/bin/barman\0-c\0/etc/barman.conf\0cron\0"sv));
  EXPECT_TRUE(is_barman("/usr/bin/python3\0/usr/bin/barman\0receive-wal\0main\0"sv));
  EXPECT_TRUE(is_barman("/usr/bin/python3\0-I\0-u\0/usr/bin/barman\0cron\0"sv));
  EXPECT_FALSE(is_barman(""));
  EXPECT_FALSE(is_barman("postgres: checkpointer \0"sv));
  EXPECT_FALSE(
      is_barman("sleep\0"
                "60\0"sv));
  EXPECT_FALSE(is_barman("tail\0-f\0/var/log/barman/barman.log\0"sv));
  EXPECT_FALSE(is_barman("ssh\0backup\0-o\0X=y\0barman\0"sv)) << "what is said to another host";
}

}  // namespace
}  // namespace barman::app
