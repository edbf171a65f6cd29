#include "barman/archive/wal_file.h"

#include <gtest/gtest.h>

namespace barman::archive {
namespace {

using codec::Algorithm;

std::string level_for(Algorithm algorithm, const std::string& level, std::size_t waiting) {
  return for_waiting({.algorithm = algorithm, .level = level}, waiting).level;
}

TEST(CodecSettings, Lz4TakesItsFastCompressorWithABacklog) {
  EXPECT_EQ(level_for(Algorithm::lz4, "medium", backlog), "medium");
  EXPECT_EQ(level_for(Algorithm::lz4, "medium", backlog + 1), "low");
  EXPECT_EQ(level_for(Algorithm::lz4, "", backlog + 1), "low") << "an empty option means medium";
}

TEST(CodecSettings, WhatTheConfigurationAsksForStays) {
  for (const char* level : {"high", "6", "0"}) EXPECT_EQ(level_for(Algorithm::lz4, level, 1000), level);
  for (const Algorithm algorithm : {Algorithm::gzip, Algorithm::zstd, Algorithm::xz})
    EXPECT_EQ(level_for(algorithm, "medium", 1000), "medium");
}

}  // namespace
}  // namespace barman::archive
