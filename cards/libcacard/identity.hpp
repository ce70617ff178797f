#pragma once

#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace vscard::cards::libcacard {

/// The applet of the capability container.
inline constexpr std::array<std::uint8_t, 7> kCapabilityContainer{0xa0, 0x00, 0x00, 0x01,
                                                                  0x16, 0xdb, 0x00};
inline constexpr std::uint8_t kInsReadBuffer = 0x52;  ///< GSC-IS 2.1 §5.3.4.1
inline constexpr std::uint8_t kInsSelect = 0xa4;      ///< ISO 7816-4 §7.1.1
inline constexpr std::uint8_t kByName = 0x04;         ///< P1 of SELECT
inline constexpr std::uint8_t kValueBuffer = 0x02;    ///< first byte of READ BUFFER's data

/// What tells a card from others of its kind.
using Serial = std::array<std::uint8_t, 8>;

/// What a command asks for, as far as its response may have the card's serial.
struct Request {
  enum class Kind : std::uint8_t { Other, Select, ReadValues, GetProductionData, GetResponse };
  Kind kind = Kind::Other;
  std::size_t channel = 0;            ///< Select, ReadValues: less than 4
  bool capability_container = false;  ///< Select: of this one
  std::size_t offset = 0;             ///< ReadValues: where the response begins in the buffer
  bool operator==(const Request&) const = default;
};
Request request_of(protocol::Bytes command);

/// libcacard gives all its cards one serial, and OpenSC keeps certificates on disk by it. This puts
/// the card's own one into the responses that have it, however the guest splits them:
///
///     buffer of values of the capability container (GSC-IS 2.1 §8.4), AID A0000001 16DB00
///     | size, LE (2) | RID (5) | manufacturer | type | chip (6) | serial (8) | version …
///
///     production data, GET DATA 9F7F (GlobalPlatform 2.1 appendix C)
///     | 9f 7f 2a | … (12) | chip's serial (4) | … (22) | personalizer's equipment (4)
///
/// The chip's serial and the equipment's are the two halves of the card's.
class Identity {
 public:
  explicit Identity(const Serial& serial) : serial_(serial) {}

  /// Call it with each command's response, in their order.
  void put_into(protocol::SecretBytes& response, const Request& request);

 private:
  enum class Source : std::uint8_t { Other, CapabilityContainer, ProductionData };
  /// Where in it the next byte of a response is.
  struct Reading {
    Source source = Source::Other;
    std::size_t position = 0;
  };

  Reading reading_of(const Request& request) const;
  void replace(std::span<std::uint8_t> data, const Reading& reading) const;

  Serial serial_;
  std::array<bool, 4> selected_{};  ///< the capability container, on each channel
  Reading rest_;                    ///< that GET RESPONSE goes on with
};

}  // namespace vscard::cards::libcacard
