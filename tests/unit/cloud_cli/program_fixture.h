#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "barman/cloud_cli/program.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::cloud::cli {

// Runs programs on a store in a directory: bucket "lab" of whatever URL is given, keys below "pg".
class ProgramTest : public testing::Test {
 protected:
  ProgramTest() { store->create_bucket(); }

  int run(const std::string& name, const std::vector<std::string>& words) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int status = run_program("barman-cloud-" + name, words, open);
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return status;
  }
  // The log line without time and process.
  std::string log() const {
    std::string text;
    for (const std::string& line : split_lines(err)) {
      const std::size_t start = line.find("] ");
      text += line.substr(start == std::string::npos ? 0 : start + 2) + "\n";
    }
    return text;
  }

  void put(const std::string& key, std::string_view content) { store->put(key, store::Body::of(content)); }
  std::vector<std::string> keys(const std::string& prefix = {}) {
    std::vector<std::string> all;
    store::for_each_object(*store, {.prefix = prefix, .delimiter = {}, .start_after = {}},
                           [&](const store::Object& object) { all.push_back(object.key); });
    return all;
  }
  std::string content(const std::string& key) { return store::read_object(*store, key); }

  fs::TemporaryDirectory directory{"cloud-program-"};
  std::string bucket = directory.path() + "/lab";
  std::unique_ptr<store::ObjectStore> store = store::open_directory(bucket);
  OpenStore open = [this](const std::string&, store::Provider, const store::Settings& settings) {
    opened_with = settings;
    ++opened;
    return OpenedStore{store::open_directory(bucket), "pg"};
  };
  store::Settings opened_with;
  int opened = 0;
  std::string out, err;
};

}  // namespace barman::cloud::cli
