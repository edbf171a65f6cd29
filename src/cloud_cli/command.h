#pragma once
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "barman/cloud/layout.h"
#include "barman/store/object_store.h"
#include "barman/store/open.h"
#include "barman/usage/options.h"

namespace barman::cloud::cli {

// Exit statuses (docs/reference/cloud.md, section 4). Whatever is thrown and is no Failure ends with `failed`.
inline constexpr int exit_refused = 1;      // the store answered, but this cannot or must not be done
inline constexpr int exit_unreachable = 2;  // no connection
inline constexpr int exit_usage = 3;        // wrong command line
inline constexpr int exit_failed = 4;
inline constexpr int exit_not_done = 63;  // a hook script is called with a backup that has not ended well

// Ends a program: its text as an ERROR line, and a status.
class Failure : public std::runtime_error {
 public:
  Failure(int status, const std::string& text) : std::runtime_error(text), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

// What every program takes.
struct CommonOptions {
  std::string url, server;
  int verbose = 0, quiet = 0;
  bool test = false;
  std::optional<std::string> provider_word, addressing_style, azure_credential;
  std::optional<int> read_timeout;
  // What is bound to it directly, by declare_common() and by the programs: encryption and the like.
  store::Settings direct;

  store::Provider provider() const;
  store::Settings settings() const;  // Failure(usage) for what no store can be opened with
};

// In the order of the usage block. The program's own options follow, then declare_target(), then its other arguments.
void declare_common(usage::Options& options, CommonOptions& common);
enum class Use { read, write };
void declare_customer_key(usage::Options& options, CommonOptions& common, Use use);
// "source_url" or "destination_url", and server_name.
void declare_target(usage::Options& options, CommonOptions& common, Use use);
// Titles of the sections of --help; what is declared after options.section("") is listed among the general ones.
inline constexpr const char* s3_section = "Options for aws-s3";
inline constexpr const char* azure_section = "Options for azure-blob-storage";
inline constexpr const char* google_section = "Options for google-cloud-storage";

struct Session {
  store::ObjectStore& store;
  Layout layout;
};

// What one program takes and does. An object serves one run.
class Command {
 public:
  Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  virtual ~Command() = default;
  virtual void declare(usage::Options& options) = 0;
  // What has to be refused before a store is opened, with -t too.
  virtual void check() {}
  // The work; -t never gets here. Throws Failure for a status of its own.
  virtual void run(Session& session) = 0;
  // Then a missing bucket is none that -t reports.
  virtual bool makes_bucket() const { return false; }
  // What a lost connection ends with, once the work has begun.
  virtual int status_when_unreachable() const { return exit_failed; }
  const CommonOptions& common() const { return common_; }

 protected:
  CommonOptions common_;
};

// A row of the table of programs (programs.cpp).
struct Program {
  std::string_view name;
  std::string_view failing;      // "Barman cloud backup list": what an unexpected error is reported for
  std::string_view summary;      // half a line, for the head of its manual page
  std::string_view description;  // a paragraph, for --help too
  std::string_view example;      // a command line
  std::unique_ptr<Command> (*make)();
  std::string_view details = {};  // more of its manual page (barman/usage/markup.h): paragraphs, then sections
};
const std::vector<Program>& programs();
const Program* find_program(std::string_view name);

// Text that was asked for, on standard output. A reader that has gone wanted no more.
void print(std::string_view text);

// Whether the bucket exists. Failure(unreachable) where there is no answer, Error with what to do where it is one of
// missing rights.
bool bucket_is_there(store::ObjectStore& store, store::Provider provider);

}  // namespace barman::cloud::cli
