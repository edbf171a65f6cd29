#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/crc32c.h"
#include "barman/wal/segment.h"

namespace barman {

// A stream of WAL made by hand: records given as bytes, laid out over pages and segments as PostgreSQL does it.
class MadeWal {
 public:
  static constexpr std::uint32_t page = 8192;
  static constexpr std::int64_t epoch_2000 = 946'684'800'000'000;

  std::uint32_t segment_size = 1024 * 1024;
  std::uint32_t timeline = 1;
  std::uint16_t magic = 0xD110;
  std::uint64_t system_id = 77;
  std::uint16_t next_page_flags = 0;

  explicit MadeWal(Lsn begin) : begin_(begin.value), at_(begin.value) {}

  Lsn at() const { return {at_}; }
  Lsn previous() const { return {previous_}; }
  void set_previous(Lsn previous) { previous_ = previous.value; }

  // Appends a record, and gives the place where it begins.
  Lsn add(std::uint8_t manager, std::uint8_t info, std::uint32_t xid, std::string_view body) {
    begin_page_if_due(0);
    const std::uint64_t begin = at_;
    std::string record(24, '\0');
    put(record, 0, static_cast<std::uint32_t>(24 + body.size()));
    put(record, 4, xid);
    put(record, 8, previous_);
    record[16] = static_cast<char>(info);
    record[17] = static_cast<char>(manager);
    const std::uint32_t crc = crc32c(std::string_view(record).substr(0, 20), crc32c(body));
    put(record, 20, crc);
    record += body;
    write(record);
    previous_ = begin;
    return {begin};
  }
  // Behind what comes before the main data of a record.
  static std::string with_main_data(std::string_view data, std::string_view before = {}) {
    std::string body(before);
    if (data.size() < 256) {
      body += '\xFF';
      body += static_cast<char>(data.size());
    } else {
      body += '\xFE';
      append(body, static_cast<std::uint32_t>(data.size()));
    }
    return body += data;
  }
  Lsn commit(std::uint32_t xid, std::int64_t micros, std::uint8_t info = 0) {
    std::string data;
    append(data, micros - epoch_2000);
    return add(1, info, xid, with_main_data(data));
  }
  Lsn abort(std::uint32_t xid, std::int64_t micros) { return commit(xid, micros, 0x20); }
  Lsn restore_point(std::string_view name, std::int64_t micros) {
    std::string data;
    append(data, micros - epoch_2000);
    data += name;
    data.resize(72, '\0');
    return add(0, 0x70, 0, with_main_data(data));
  }
  // A record of anything, `size` bytes in all.
  Lsn filler(std::size_t size) { return add(10, 0, 9, std::string(size - 24, 'f')); }
  // Fills up so that `left` bytes (a multiple of eight, less than 6000) are left in the segment.
  void fill_segment(std::uint32_t left) {
    const std::uint64_t end = (at_ / segment_size + 1) * segment_size;
    while (at_ < end - page) filler(end - at_ > 8 * page ? (end - at_) / 2 : 1000);
    begin_page_if_due(0);
    filler(end - left - at_);
  }
  void switch_segment() {
    add(0, 0x40, 0, "");
    bytes_.resize(bytes_.size() + (segment_size - at_ % segment_size) % segment_size, '\0');
    at_ = begin_ + bytes_.size();
  }
  // Gives a record up that has begun on the last page: what follows begins on the next one, which says so.
  void give_up(std::uint8_t manager, std::size_t size) {
    const std::uint64_t whole = previous_;
    add(manager, 0, 9, std::string(size - 24, 'g'));
    previous_ = whole;
    at_ = at_ / page * page;
    bytes_.resize(at_ - begin_);
    next_page_flags = 0x0008;
  }

  // The segments so far; the last one is filled with zeros.
  std::vector<std::string> segments() const {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < bytes_.size(); i += segment_size) all.push_back(bytes_.substr(i, segment_size));
    if (!all.empty()) all.back().resize(segment_size, '\0');
    return all;
  }
  Segment segment(std::size_t number) const {
    return segment_at({begin_ + number * segment_size}, timeline, segment_size);
  }

  template <typename Number>
  static void put(std::string& bytes, std::size_t at, Number value) {
    bytes.replace(at, sizeof value, reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <typename Number>
  static void append(std::string& bytes, Number value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }

 private:
  void begin_page_if_due(std::size_t rest) {
    if (at_ % page != 0) return;
    const bool first = at_ % segment_size == 0;
    std::string header(first ? 40 : 24, '\0');
    put(header, 0, magic);
    put(header, 2, static_cast<std::uint16_t>((first ? 2 : 0) | (rest > 0 ? 1 : 0) | next_page_flags));
    put(header, 4, timeline);
    put(header, 8, at_);
    put(header, 16, static_cast<std::uint32_t>(rest));
    if (first) {
      put(header, 24, system_id);
      put(header, 32, segment_size);
      put(header, 36, page);
    }
    next_page_flags = 0;
    bytes_ += header;
    at_ += header.size();
  }

  void write(std::string_view record) {
    while (!record.empty()) {
      begin_page_if_due(record.size());
      const std::size_t count = std::min<std::size_t>(page - at_ % page, record.size());
      bytes_ += record.substr(0, count);
      at_ += count;
      record.remove_prefix(count);
    }
    while (at_ % 8 != 0) {
      bytes_ += '\0';
      ++at_;
    }
  }

  std::uint64_t begin_, at_, previous_ = 0;
  std::string bytes_;
};

}  // namespace barman
