#pragma once
#include <string>

namespace barman::app {

// Makes this process run as `user` (barman_user): nothing to do when it does already; root changes uid, gid, groups and
// HOME; anybody else gets Error(config) with Barman's text.
void become_user(const std::string& user);

}  // namespace barman::app
