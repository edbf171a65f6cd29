#pragma once

namespace barman {

// A library that is loaded when it is first needed, and stays until the process ends: commands that do not need it
// start without it and the libraries behind it.
class SharedLibrary {
 public:
  explicit SharedLibrary(const char* name);  // Error(not_found) with the loader's reason

  template <typename Function>
  void bind(const char* symbol, Function*& function) const {
    function = reinterpret_cast<Function*>(find(symbol));
  }

 private:
  void* find(const char* symbol) const;  // Error(unsupported) when it is too old

  const char* name_;
  void* handle_;
};

}  // namespace barman
