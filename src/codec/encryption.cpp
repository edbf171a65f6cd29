#include "barman/codec/codec.h"

// RFC 4880: packet headers (4.2), public-key encrypted session key (5.1), symmetric-key encrypted session key (5.3).
namespace barman::codec {
namespace {

constexpr std::string_view armor = "-----BEGIN PGP MESSAGE-----";
constexpr unsigned tag_public_key_session = 1;
constexpr unsigned tag_symmetric_session = 3;

unsigned byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

struct PacketHead {
  unsigned tag = 0;
  std::size_t size = 0;  // of the header
};

PacketHead packet_head(std::string_view head) {
  const unsigned first = byte_at(head, 0);
  if (!(first & 0x80)) return {};
  if (first & 0x40) {
    const unsigned length = byte_at(head, 1);
    return {first & 0x3f, length < 192 ? 2U : length < 224 ? 3U : length == 255 ? 6U : 2U};
  }
  constexpr std::size_t length_bytes[] = {1, 2, 4, 0};
  return {first >> 2 & 0xf, 1 + length_bytes[first & 3]};
}

}  // namespace

bool looks_encrypted(std::string_view head) {
  if (head.starts_with(armor)) return true;
  const PacketHead packet = packet_head(head);
  const unsigned version = byte_at(head, packet.size);
  if (packet.tag == tag_public_key_session) {
    constexpr std::size_t key_id_bytes = 8;
    const unsigned algorithm = byte_at(head, packet.size + 1 + key_id_bytes);
    return version == 3 && ((algorithm >= 1 && algorithm <= 2) || (algorithm >= 16 && algorithm <= 20));
  }
  if (packet.tag == tag_symmetric_session) {
    const unsigned cipher = byte_at(head, packet.size + 1);
    return version == 4 && cipher >= 1 && cipher <= 13;
  }
  return false;
}

}  // namespace barman::codec
