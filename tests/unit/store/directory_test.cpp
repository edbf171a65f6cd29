#include <gmock/gmock.h>

#include "../fs/memory_directory.h"
#include "barman/fs/file.h"
#include "suite.h"

namespace barman::store {
namespace {

std::string scratch() {
  static const fs::TemporaryDirectory directory("barman-store-", memory_directory());
  return directory.path();
}

INSTANTIATE_TEST_SUITE_P(Directory, StoreSuite,
                         testing::Values(Subject{
                             "directory",
                             [](const std::string& bucket) { return open_directory(scratch() + "/" + bucket); }}),
                         label_of);

}  // namespace
}  // namespace barman::store
