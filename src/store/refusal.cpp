#include "refusal.h"

#include <fmt/core.h>

namespace barman::store {
namespace {

std::string hint_for(Refusal refusal) {
  switch (refusal) {
    case Refusal::unreachable:
      return "check the endpoint, the network and the proxy settings";
    case Refusal::denied:
      return "check the credentials, their rights, and the clock of this machine";
    case Refusal::no_bucket:
      return "create the bucket or container, or correct the URL";
    case Refusal::busy:
      return "the store is throttling or failing: run the command again later";
    case Refusal::damaged:
      return "run the command again; if it stays, check proxies and the store itself";
    default:
      return {};
  }
}

}  // namespace

std::string for_message(std::string_view text) {
  constexpr std::size_t most = 400;
  std::string line;
  for (const char c : text.substr(0, text.find_first_of("\r\n"))) {
    if (line.size() == most) return line + "...";
    line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  return line;
}

constexpr int insufficient_storage = 507;

// QuotaExceeded of Ceph (with 403, as if it were the credentials), XMinioAdminBucketQuotaExceeded, XMinioStorageFull.
bool has_no_room(int status, std::string_view code) {
  return status == insufficient_storage || code.ends_with("QuotaExceeded") || code.ends_with("StorageFull");
}

StoreError refused(Refusal refusal, int status, const Reason& reason, const std::string& what) {
  std::string text = fmt::format("{}: {}", what, status);
  if (!reason.code.empty()) text += " " + for_message(reason.code);
  if (!reason.message.empty()) text += ": " + for_message(reason.message);
  const char* full = "the store is full: make room there, or raise its quota";
  return {refusal, status, reason.code, text, has_no_room(status, reason.code) ? full : hint_for(refusal)};
}

StoreError unanswered(const std::string& what, const http::TransferError& error) {
  return {Refusal::unreachable,
          0,
          {},
          fmt::format("{}: {}", what, error.what()),
          error.hint().empty() ? hint_for(Refusal::unreachable) : error.hint()};
}

StoreError damaged(const std::string& what, std::string_view how) {
  return {Refusal::damaged, 0, {}, fmt::format("{}: {}", what, how), hint_for(Refusal::damaged)};
}

Refusal refusal_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return Refusal::denied;
    case 404:
    case 410:
      return Refusal::not_found;
    case 408:
    case 429:
      return Refusal::busy;
    default:
      return status >= 500 ? Refusal::busy : Refusal::invalid;
  }
}

}  // namespace barman::store
