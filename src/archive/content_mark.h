#pragma once
#include <memory>
#include <string>
#include <string_view>

struct XXH3_state_s;

// What an encrypted file of the archive holds can be compared only by who can decrypt it. A digest of the clear content
// stays with the file, as an extended attribute: so it goes when the file goes, and Barman need not know of it. Where
// the file system keeps none, there is none.
//
// The digest is XXH3 of 128 bits. Only chance has to be told apart by it: who can hand over a segment made to have the
// digest of another can hand over any segment.
namespace barman::archive {

class ContentDigest {
 public:
  ContentDigest();
  void add(std::string_view piece);
  std::string text() const;  // with the name of the algorithm

 private:
  struct Free {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
};

// `content` is of what was encrypted into the open file `fd`, which is complete.
void mark_content(int fd, const std::string& path, const ContentDigest& content);

// Whether `path` is a file that was made from the very bytes of `source`, and has the size that it had then. Marks of
// SHA-256, which came before, are understood as well.
bool is_marked_with(const std::string& path, const std::string& source);

}  // namespace barman::archive
