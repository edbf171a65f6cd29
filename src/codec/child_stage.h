#pragma once
#include "barman/core/unique_fd.h"
#include "stage.h"

// A stage that is a child of this process, which reads one descriptor and writes another.
namespace barman::codec {

// Lets the child run to its end, and throws what it complains of. It may be called in a thread of its own.
using ChildWork = std::function<void(int input, int output)>;

std::unique_ptr<Encoder> make_child_encoder(ChildWork work);
// A child that stands first reads the file itself.
std::unique_ptr<Source> make_child_decoder(std::unique_ptr<Source> input, ChildWork work);

// Both ends are closed in children.
struct Pipe {
  Pipe();
  UniqueFd reading, writing;
};

}  // namespace barman::codec
