#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/exec/local_runner.h"
#include "child_stage.h"

// The custom stage: shell text, stdin to stdout.
namespace barman::codec {
namespace {

const std::string& required_filter(const std::string& filter, std::string_view option) {
  if (filter.empty())
    throw Error(Errc::config, fmt::format("compression is 'custom', but {} is not set", option),
                fmt::format("set {} in the server's configuration", option));
  return filter;
}
const std::string& encoding_filter(const Stage& stage) {
  return required_filter(stage.custom_compression_filter, "custom_compression_filter");
}

// Throws CodecFailure with the child's own words unless it exits with 0.
void run(int input, int output, const std::string& filter) {
  exec::Command command({"sh", "-c", filter}, exec::Limits::none());
  command.input_fd = input;
  command.output_fd = output;
  const exec::Outcome outcome = exec::LocalRunner().run(command);
  if (!outcome.ok()) throw CodecFailure("filter '" + filter + "': " + exec::describe(command, outcome));
}

ChildWork running(const std::string& filter) {
  return [filter](int input, int output) { run(input, output, filter); };
}

}  // namespace

void run_filter(int input, int output, const Stage& stage) { run(input, output, encoding_filter(stage)); }

std::unique_ptr<Encoder> make_filter_encoder(const Stage& stage, SizeHint /*size*/) {
  return make_child_encoder(running(encoding_filter(stage)));
}
std::unique_ptr<Source> make_filter_decoder(std::unique_ptr<Source> input, const Stage& stage) {
  return make_child_decoder(std::move(input),
                            running(required_filter(stage.custom_decompression_filter, "custom_decompression_filter")));
}

}  // namespace barman::codec
