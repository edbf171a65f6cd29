#include "download.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/numbers.h"
#include "refusal.h"

namespace barman::store {
namespace {

// An attempt that brought less has failed: a store that gives a byte at a time would be read for ever.
constexpr std::uint64_t worthwhile = 64 * 1024;

class Download {
 public:
  Download(const Retry& retry, const DownloadSource& source, const Range& range,
           const std::function<void(std::string_view)>& take)
      : retry_(retry), source_(source), range_(range), take_(take) {}

  Object run() {
    if (range_.size == 0) return source_.head();
    for (int failures = 0;;) {
      const std::uint64_t before = done_;
      std::optional<http::TransferError> cut;
      http::Response answer;
      begun_ = false;
      try {
        answer = source_.send(rest(), object_ ? object_->etag : "",
                              [this](const http::Response& head, std::string_view bytes) { add(head, bytes); });
        if (answer.ok() && !begun_) begin(answer);
        if (answer.ok() && done_ == expected_) return *object_;
        if (answer.status == 416 && !object_) return source_.head();
        if (object_ && answer.status == 412) throw damaged(source_.what, "the object was replaced while it was read");
        if (!answer.ok() && !source_.judge(answer)) throw source_.refusal(answer);
      } catch (const http::TransferError& error) {
        cut = error;
      }
      failures = done_ - before >= worthwhile ? 1 : failures + 1;
      if (retry_.pause(failures, answer.header("Retry-After"))) continue;
      if (cut) throw unanswered(source_.what, *cut);
      if (!answer.ok()) throw source_.refusal(answer);
      throw damaged(source_.what, fmt::format("the answer ends after {} of {} bytes", done_, expected_));
    }
  }

 private:
  Range rest() const {
    Range rest{range_.offset + done_, std::nullopt};
    if (range_.size) rest.size = *range_.size - done_;
    return rest;
  }

  // The first answer says what there is, each one where its bytes belong.
  void begin(const http::Response& head) {
    const Range wanted = rest();
    std::uint64_t first = 0;
    std::uint64_t whole = 0;
    if (head.status == 206) {
      const std::string text = head.header("Content-Range").value_or("");  // bytes 10-19/100
      const std::size_t dash = text.find('-');
      const std::size_t slash = text.find('/');
      const auto from = text.starts_with("bytes ") && dash != std::string::npos
                            ? parse_decimal(std::string_view(text).substr(6, dash - 6))
                            : std::nullopt;
      const auto size =
          slash != std::string::npos ? parse_decimal(std::string_view(text).substr(slash + 1)) : std::nullopt;
      if (!from || !size) throw damaged(source_.what, "the answer does not say which part of the object it is");
      first = static_cast<std::uint64_t>(*from);
      whole = static_cast<std::uint64_t>(*size);
    } else {
      const auto size = parse_decimal(head.header("Content-Length").value_or(""));
      if (!size) throw damaged(source_.what, "the answer does not say how large the object is");
      whole = static_cast<std::uint64_t>(*size);
    }
    if (first != wanted.offset) throw damaged(source_.what, "the store ignored which part of the object was asked for");
    Object object = source_.object(head);
    object.size = whole;
    if (object_ && (object_->etag != object.etag || object_->size != object.size))
      throw damaged(source_.what, "the object was replaced while it was read");
    object_ = std::move(object);
    expected_ = std::min(range_.size.value_or(whole), whole - std::min(range_.offset, whole));
    begun_ = true;
  }

  void add(const http::Response& head, std::string_view bytes) {
    if (!begun_) begin(head);
    if (bytes.size() > expected_ - done_) throw damaged(source_.what, "the answer is longer than the object");
    done_ += bytes.size();
    take_(bytes);
  }

  const Retry& retry_;
  const DownloadSource& source_;
  const Range range_;
  const std::function<void(std::string_view)>& take_;
  std::optional<Object> object_;
  std::uint64_t expected_ = 0;
  std::uint64_t done_ = 0;
  bool begun_ = false;  // the headers of this answer were looked at
};

}  // namespace

Object download(const Retry& retry, const DownloadSource& source, const Range& range,
                const std::function<void(std::string_view)>& take) {
  return Download(retry, source, range, take).run();
}

std::string range_header(const Range& range) {
  return range.size ? fmt::format("bytes={}-{}", range.offset, range.offset + *range.size - 1)
                    : fmt::format("bytes={}-", range.offset);
}

}  // namespace barman::store
