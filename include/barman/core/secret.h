#pragma once
#include <cstddef>
#include <span>
#include <string_view>

namespace barman {

// A short text that nobody else gets to see: on a page of its own that is neither swapped nor dumped with a core nor
// seen by children, and that is wiped at the end.
class Secret {
 public:
  Secret();
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  // To be read into, with no copy in between.
  std::span<char> room() { return {page_, size_}; }
  // What of the room is the secret. The rest is wiped.
  void keep(std::string_view part);
  std::string_view view() const { return kept_; }

 private:
  char* page_ = nullptr;
  std::size_t size_ = 0;
  std::string_view kept_;
};

}  // namespace barman
