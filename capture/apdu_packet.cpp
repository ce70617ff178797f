#include "capture/apdu_packet.hpp"

namespace vscard::capture {
namespace {

// clang-format off: a line per tag

constexpr ApduHead head_with(std::uint8_t direction) {
  return {0x00, 0x0c, 0x00, 0x08, 'i', 's', 'o', '7', '8', '1', '6', 0x00,
          0x00, 0x23, 0x00, 0x04, 0x00, 0x00, 0x00, direction,
          0x00, 0x00, 0x00, 0x00};
}

// clang-format on

constexpr ApduHead kToCard = head_with(0);
constexpr ApduHead kFromCard = head_with(1);

}  // namespace

const ApduHead& apdu_head(Direction direction) {
  return direction == Direction::ToCard ? kToCard : kFromCard;
}

}  // namespace vscard::capture
