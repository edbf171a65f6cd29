#pragma once
#include "barman/core/unique_fd.h"

namespace barman::fs {

using barman::UniqueFd;

}  // namespace barman::fs
