#pragma once
#include <gtest/gtest.h>

#include "barman/core/error.h"

namespace barman {

// The Error that a function throws; the test fails where it throws none.
template <typename Function>
Error failure_of(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {Errc::io, ""};
}

}  // namespace barman
