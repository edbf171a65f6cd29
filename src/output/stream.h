#pragma once
#include <string>
#include <string_view>

namespace barman::output {

// A buffered descriptor. When nothing more can be written the rest is dropped: output ends, the work does not.
class Stream {
 public:
  explicit Stream(int fd) : fd_(fd) {}
  void write(std::string_view bytes);
  void flush();
  // At the end of standard output: false when it did not take everything (its disk is full), which is reported on
  // standard error. A reader that has gone away wanted no more.
  bool finish();

 private:
  int fd_;
  bool closed_ = false;
  int error_ = 0;  // why, unless the reader has gone
  std::string buffer_;
};

}  // namespace barman::output
