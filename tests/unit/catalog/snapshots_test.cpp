#include "barman/catalog/snapshots.h"

#include <gtest/gtest.h>

namespace barman::catalog {
namespace {

std::string text_of(const SnapshotsInfo::Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) text += name + "=" + python_text(value) + ";";
  return text;
}

TEST(Snapshots, OfEachProviderHaveTheFieldsThatBarmanKnows) {
  struct Case {
    const char* literal;
    const char* provider;
    const char* info;
    const char* snapshot;
  };
  for (
      const Case& row : {
          Case{"{'provider': 'gcp', 'provider_info': {'project': 'p'}, 'snapshots': [{'mount': {'mount_options': 'rw', "
               "'mount_point': '/m'}, 'provider': {'snapshot_project': 'p', 'device_name': 'd', 'other': 1}}]}",
               "gcp", "project=p;", "device_name=d;snapshot_name=None;snapshot_project=p;"},
          Case{"{'provider': 'azure', 'provider_info': {'resource_group': 'g', 'subscription_id': 's'}, 'snapshots': "
               "[{'mount': {'mount_options': 'rw', 'mount_point': '/m'}, 'provider': {'lun': 10, 'location': 'l'}}]}",
               "azure", "subscription_id=s;resource_group=g;", "location=l;lun=10;snapshot_name=None;"},
          Case{"{'provider': 'aws', 'provider_info': {'region': 'r'}, 'snapshots': [{'mount': {'mount_options': 'rw', "
               "'mount_point': '/m'}, 'provider': {'snapshot_id': 'i', 'snapshot_name': 'n', 'device_name': 'd'}}]}",
               "aws", "account_id=None;region=r;",
               "device_name=d;snapshot_id=i;snapshot_lock_mode=None;snapshot_name=n;"},
          Case{
              "{'provider': 'later', 'provider_info': {'b': True, 'a': [1]}, 'snapshots': [{'mount': {'mount_options': "
              "'rw', 'mount_point': '/m'}, 'provider': {'z': 1.5, 'y': ''}}]}",
              "later", "b=True;a=[1];", "y=;z=1.5;"},
      }) {
    const auto info = read_snapshots(row.literal);
    ASSERT_TRUE(info) << row.literal;
    EXPECT_EQ(info->provider, row.provider);
    EXPECT_EQ(text_of(info->provider_info), row.info);
    ASSERT_EQ(info->snapshots.size(), 1U);
    EXPECT_EQ(text_of(info->snapshots[0].provider), row.snapshot);
    EXPECT_EQ(python_text(info->snapshots[0].mount_point), "/m");
    EXPECT_EQ(python_text(info->snapshots[0].mount_options), "rw");
  }
}

TEST(Snapshots, WhatIsSomethingElseIsNone) {
  for (const char* literal : {"", "None", "[1]", "{'provider': 1}", "{'snapshots': []}", "{'provider': 'gcp'"})
    EXPECT_FALSE(read_snapshots(literal)) << literal;
  const auto bare = read_snapshots("{'provider': 'gcp', 'snapshots': 5}");
  ASSERT_TRUE(bare);
  EXPECT_TRUE(bare->snapshots.empty());
  EXPECT_EQ(text_of(bare->provider_info), "project=None;");
}

}  // namespace
}  // namespace barman::catalog
