#pragma once
#include <string>
#include <string_view>

#include "barman/http/transport.h"
#include "barman/store/object_store.h"

namespace barman::store {

// What a store says of a request that it refuses.
struct Reason {
  std::string code;  // "NoSuchKey"
  std::string message;
};
// One line of at most some hundred characters, without what could do harm on a terminal.
std::string for_message(std::string_view text);
// "{what}: 403 AccessDenied: the store's own text", with a hint by kind. `what`: "cannot get 'KEY' from gs://BUCKET".
StoreError refused(Refusal refusal, int status, const Reason& reason, const std::string& what);
// No attempt was answered.
StoreError unanswered(const std::string& what, const http::TransferError& error);
// An answer that is not what it has to be.
StoreError damaged(const std::string& what, std::string_view how);
// What a status means where the store's code does not say more.
Refusal refusal_of_status(int status);

}  // namespace barman::store
