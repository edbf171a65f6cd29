#pragma once
#include <string>
#include <string_view>

namespace barman::output {

// A buffered descriptor. When the reader has gone away the rest is dropped: output ends, the work does not.
class Stream {
 public:
  explicit Stream(int fd) : fd_(fd) {}
  void write(std::string_view bytes);
  void flush();

 private:
  int fd_;
  bool closed_ = false;
  std::string buffer_;
};

}  // namespace barman::output
