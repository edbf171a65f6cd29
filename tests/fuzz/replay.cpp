// Gives a target every file of its kept corpus, and then the same mutations of them whenever it runs.
// Usage: fuzz_<name> CORPUS [MUTATIONS]
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "barman/fs/file.h"
#include "fuzz.h"

namespace {

using barman::fuzz::one_input;
namespace fs = barman::fs;

constexpr int mutations_by_default = 3000;
constexpr std::size_t longest_input = 64 * 1024;
constexpr auto most_time = std::chrono::seconds(20);  // a slow machine ends here; the corpus itself is always read

std::vector<std::string> read_corpus(const std::string& directory) {
  std::vector<std::string> inputs;
  for (const std::string& name : fs::list_directory(directory)) inputs.push_back(fs::read_file(directory + '/' + name));
  return inputs;
}

std::string failed_path;
std::string_view current;

// Keeps the input that ended the program.
void keep_and_die(int signal) {
  const int fd = ::open(failed_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  [[maybe_unused]] const ssize_t written = ::write(fd, current.data(), current.size());
  constexpr std::string_view text = "the input is kept beside the program, as .failed\n";
  [[maybe_unused]] const ssize_t said = ::write(STDERR_FILENO, text.data(), text.size());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void try_input(const std::string& input) {
  current = input;
  one_input(input);
}

class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& corpus) : corpus_(corpus) {}

  std::string next() {
    std::string input = any_kept();
    for (std::size_t left = 1 + below(4); left > 0; --left) change(input);
    if (input.size() > longest_input) input.resize(longest_input);
    return input;
  }

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  const std::string& any_kept() { return corpus_[below(corpus_.size())]; }
  std::string piece(const std::string& text) {
    const std::size_t begin = below(text.size() + 1);
    return text.substr(begin, below(std::min<std::size_t>(text.size() - begin, 200) + 1));
  }

  void change(std::string& input) {
    static constexpr std::array<std::string_view, 20> awkward{"0",
                                                              "-1",
                                                              "9223372036854775807",
                                                              "99999999999999999999",
                                                              "1e999",
                                                              "nan",
                                                              "None",
                                                              "../",
                                                              "\n",
                                                              "\r",
                                                              "\t",
                                                              "\\",
                                                              "'",
                                                              "\"",
                                                              "[",
                                                              "{",
                                                              "%",
                                                              "=",
                                                              "\xff",
                                                              "\xe2\x80"};
    const std::size_t at = below(input.size() + 1);
    switch (below(7)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        break;
      case 1:
        if (at < input.size()) input[at] = static_cast<char>(below(256));
        break;
      case 2:
        input.insert(at, awkward[below(awkward.size())]);
        break;
      case 3:
        input.erase(at, below(32));
        break;
      case 4:
        input.insert(at, piece(input));
        break;
      case 5:
        input.insert(at, piece(any_kept()));
        break;
      default:
        input.resize(at);
        break;
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937 random_{20260101};
};

}  // namespace

int main(int count, char** words) {
  if (count < 2) {
    std::fprintf(stderr, "usage: %s CORPUS [MUTATIONS]\n", words[0]);
    return 2;
  }
  const std::vector<std::string> corpus = read_corpus(words[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s: nothing in %s\n", words[0], words[1]);
    return 2;
  }
  failed_path = std::string(words[0]) + ".failed";
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE}) std::signal(signal, keep_and_die);
  for (const std::string& input : corpus) try_input(input);
  const int wanted = count > 2 ? std::atoi(words[2]) : mutations_by_default;
  const auto begin = std::chrono::steady_clock::now();
  Mutator mutator(corpus);
  int made = 0;
  for (; made < wanted && std::chrono::steady_clock::now() - begin < most_time; ++made) {
    const std::string input = mutator.next();
    try_input(input);
  }
  std::printf("%zu kept inputs, %d mutations\n", corpus.size(), made);
  return 0;
}
