#pragma once
#include <string>

// What an encrypted file of the archive holds can be compared only by who can decrypt it. A digest of the clear content
// stays with the file, as an extended attribute: so it goes when the file goes, and Barman need not know of it. Where
// the file system keeps none, there is none.
namespace barman::archive {

// `source` is what was encrypted into the open file `fd`, which is complete.
void mark_content(int fd, const std::string& path, const std::string& source);

// Whether `path` is a file that was made from the very bytes of `source`, and has the size that it had then.
bool is_marked_with(const std::string& path, const std::string& source);

}  // namespace barman::archive
