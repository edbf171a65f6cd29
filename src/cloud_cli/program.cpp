#include "barman/cloud_cli/program.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "barman/core/log.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/core/unique_fd.h"
#include "barman/core/version.h"
#include "barman/usage/markup.h"
#include "barman/usage/parser.h"
#include "command.h"

namespace barman::cloud::cli {
namespace {

constexpr std::string_view logger = "barman.cloud";
constexpr std::string_view exit_status_text =
    "0: done. 1: refused, or not possible although the store answered. 2: no connection, of --test, of "
    "barman-cloud-check-wal-archive and of barman-cloud-wal-restore. 3: wrong command line. 4: anything else. 63: "
    "barman-cloud-backup called as a hook script of a backup that has not ended well.";

constexpr std::string_view store_text = R"(
The first argument says which store, which bucket (container) and which path in it:

- S3 :: s3://BUCKET/PATH; with an ARN of an access point for the bucket, too. A service that is not that of AWS is named
by `--endpoint-url`

- Azure Blob Storage :: https://ACCOUNT.blob.core.windows.net/CONTAINER/PATH, with `--cloud-provider
azure-blob-storage`. Another host needs `AZURE_STORAGE_CONNECTION_STRING`, and has the account in front of the container

- Google Cloud Storage :: gs://BUCKET/PATH, with `--cloud-provider google-cloud-storage`

Below the path, each server has its backups in SERVER/base/ID, and its WAL in SERVER/wals. `--test` says whether the
store can be reached and the bucket exists, and does nothing else; the other arguments have to be there, too.

Results are on standard output; warnings and errors go to standard error as lines of a log, with `-v` more of them.
)";

constexpr std::string_view environment_text = R"(
Credentials are looked for where the programs of each provider have them; they are never arguments.

- `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` :: keys for S3; else those of the profile
(`--aws-profile`, `AWS_PROFILE`) in ~/.aws/credentials and ~/.aws/config, of a role, or of the machine

- `AWS_SHARED_CREDENTIALS_FILE`, `AWS_CONFIG_FILE` :: other places of these two files

- `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `AWS_DEFAULT_REGION`, `AWS_CA_BUNDLE` :: where S3 is, and whom to trust
there

- `AWS_MAX_ATTEMPTS` :: how often a request is tried (default: 5)

- `AZURE_STORAGE_CONNECTION_STRING`, `AZURE_STORAGE_SAS_TOKEN`, `AZURE_STORAGE_KEY` :: for Azure Blob Storage, the first
of them that is set, unless `--azure-credential` is given; else `AZURE_CLIENT_ID`, `AZURE_TENANT_ID` and
`AZURE_CLIENT_SECRET`, the identity of the machine, or what the Azure CLI has

- `GOOGLE_APPLICATION_CREDENTIALS` :: the file with the key of a service account of Google; else what gcloud has, or the
machine

- `REQUESTS_CA_BUNDLE` :: whom to trust, of every provider

- `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` :: proxies
)";

void complain(std::string_view text) {
  const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  static_cast<void>(written);  // nothing can be said of it
}

int usage_error(const std::string& name, const std::vector<usage::OptionSpec>& specs, const std::string& problem) {
  const bool people = usage::slips_are_read_by_people();
  std::string text = people ? "" : usage::usage_text(name, specs, usage::help_width());
  text += fmt::format("{}: error: {}\n", name, problem);
  if (people) text += fmt::format("See '{} --help'.\n", name);
  complain(text);
  return exit_usage;
}

std::optional<log::Level> level_of(const CommonOptions& common) {
  constexpr log::Level levels[] = {log::Level::debug, log::Level::info, log::Level::warning, log::Level::error,
                                   log::Level::critical};
  const int index = std::max(0, 2 - common.verbose + common.quiet);
  if (index >= static_cast<int>(std::size(levels))) return std::nullopt;
  return levels[index];
}

void open_log(const CommonOptions& common) {
  log::open({.file = {},
             .format = "%(asctime)s [%(process)s] %(levelname)s: %(message)s",
             .level = level_of(common).value_or(log::Level::critical)});
}

void test_connection(const Command& command, store::ObjectStore& store) {
  if (!bucket_is_there(store, command.common().provider()) && !command.makes_bucket())
    throw Failure(exit_refused, fmt::format("Bucket {} does not exist", store.bucket()));
}

void work(Command& command, const OpenStore& open) {
  const CommonOptions& common = command.common();
  command.check();
  const store::Settings settings = common.settings();
  const OpenedStore opened = open(common.url, common.provider(), settings);
  if (common.test) return test_connection(command, *opened.store);
  Session session{*opened.store, {opened.path, common.server}};
  command.run(session);
}

int report(int status, const std::string& text) {
  log::error(logger, "{}", text);
  return status;
}

// Does what the command line asked for; what goes wrong becomes an ERROR line and a status.
int conclude(const Program& program, Command& command, const OpenStore& open) {
  const auto unexpected = [&](const std::string& text) {
    return report(exit_failed, fmt::format("{} exception: {}", program.failing, text));
  };
  try {
    work(command, open);
    return 0;
  } catch (const Failure& failure) {
    return report(failure.status(), failure.what());
  } catch (const Interrupted&) {
    return report(128 + signals::pending(), fmt::format("{} was interrupted", program.failing));
  } catch (const store::StoreError& error) {
    const int status = command.status_when_unreachable();
    if (error.refusal() == store::Refusal::unreachable && status != exit_failed)
      return report(status, fmt::format("Can't connect to cloud provider: {}", with_hint(error)));
    return unexpected(with_hint(error));
  } catch (const Error& error) {
    return unexpected(with_hint(error));
  } catch (const std::exception& error) {
    return unexpected(error.what());
  }
}

int answer(const std::string& text) {
  try {
    print(text);
    return 0;
  } catch (const Error& error) {
    complain(fmt::format("ERROR: {}\n", with_hint(error)));
    return exit_failed;
  }
}

int unknown_program(std::string_view name) {
  std::string text = fmt::format("{}: this program does what the name says that it is called by:\n", name);
  for (const Program& program : programs()) text += fmt::format("    {}\n", program.name);
  complain(text);
  return exit_usage;
}

std::vector<usage::OptionSpec> specs_of(const Program& program) {
  const auto command = program.make();
  usage::Options options;
  command->declare(options);
  return options.specs();
}

std::vector<std::string> others(std::string_view name) {
  std::vector<std::string> pages;
  for (const Program& program : programs())
    if (program.name != name) pages.push_back(fmt::format("{}(1)", program.name));
  pages.emplace_back("barman(1)");
  return pages;
}

usage::ManualPage manual_page(const Program& program) {
  const std::vector<usage::OptionSpec> specs = specs_of(program);
  std::string text = usage::manual_heading(program.name, 1, program.summary);
  text += usage::manual_section("SYNOPSIS", usage::synopsis(std::string(program.name), specs));
  text += usage::manual_description(program.description, program.details);
  text += usage::manual_section("ARGUMENTS", usage::items(specs, true));
  text += usage::manual_section("OPTIONS", usage::items(specs, false));
  text += usage::manual_details(program.details);
  text += usage::manual_section("STORES", usage::markup_to_roff(store_text));
  text += usage::manual_section("EXAMPLES", usage::markup_to_roff(fmt::format("    {}\n", program.example)));
  text += usage::manual_section("EXIT STATUS", usage::roff_lines(exit_status_text) + "\n");
  text += usage::manual_section("ENVIRONMENT", usage::markup_to_roff(environment_text));
  return {fmt::format("{}.1", program.name), text + usage::see_also(others(program.name))};
}

}  // namespace

void print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EPIPE) return;
    if (written < 0) throw_errno("write to", "standard output");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

const Program* find_program(std::string_view name) {
  const auto found = std::ranges::find(programs(), name, &Program::name);
  return found == programs().end() ? nullptr : &*found;
}

int run_program(std::string_view name, const std::vector<std::string>& words, const OpenStore& open) {
  const Program* program = find_program(name);
  if (program == nullptr) return unknown_program(name);
  const std::string title(name);
  const auto command = program->make();
  usage::Options options;
  command->declare(options);
  try {
    const usage::ParseResult parsed = usage::parse_arguments(options.specs(), words);
    if (parsed.help)
      return answer(usage::help_text(title, std::string(program->description), options.specs(), usage::help_width()));
    if (parsed.ended) return answer(fmt::format("{} {}\n", title, compatible_version));
    if (!parsed.unrecognized.empty())
      return usage_error(title, options.specs(), "unrecognized arguments: " + join(parsed.unrecognized, " "));
  } catch (const Error& error) {
    return usage_error(title, options.specs(), error.what());
  }
  open_log(command->common());
  return conclude(*program, *command, open);
}

int program_main(int argc, char** argv, const OpenStore& open) {
  keep_standard_streams();
  signals::install();
  const std::string name(base_name(argc > 0 ? argv[0] : ""));
  const int status = run_program(name, {argv + std::min(argc, 1), argv + argc}, open);
  if (const int number = signals::pending(); number != 0 && status == 128 + number) {
    // PostgreSQL takes any other end of its archive_command or restore_command for an answer.
    ::signal(number, SIG_DFL);
    ::raise(number);
  }
  return status;
}

std::vector<usage::ManualPage> manual_pages() {
  std::vector<usage::ManualPage> pages;
  for (const Program& program : programs()) pages.push_back(manual_page(program));
  return pages;
}

std::vector<std::pair<std::string, std::vector<usage::OptionSpec>>> options_of_programs() {
  std::vector<std::pair<std::string, std::vector<usage::OptionSpec>>> all;
  for (const Program& program : programs()) all.emplace_back(program.name, specs_of(program));
  return all;
}

}  // namespace barman::cloud::cli
