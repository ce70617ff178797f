#include "cards/libcacard/identity.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>

namespace vscard::cards::libcacard {
namespace {

using protocol::Bytes;
using protocol::iso7816::CommandApdu;

constexpr std::uint8_t kInsGetResponse = 0xc0;
constexpr std::uint8_t kInsGetData = 0xca;
constexpr std::uint16_t kProductionData = 0x9f7f;

/// Some bytes of the serial, where they are in a buffer.
struct Part {
  std::size_t position;
  std::size_t first;
  std::size_t size;
};
constexpr std::array kInCapabilityContainer{Part{.position = 15, .first = 0, .size = 8}};
constexpr std::array kInProductionData{Part{.position = 15, .first = 0, .size = 4},
                                       Part{.position = 41, .first = 4, .size = 4}};

/// As libcacard counts channels: in other classes there is the first one.
std::size_t channel_of(std::uint8_t cla) {
  const unsigned kind = cla & 0xf0U;
  const bool has_channel = kind == 0x00 || kind == 0x80 || kind == 0x90 || kind == 0xa0;
  return has_channel ? cla & 0x03U : 0;
}

}  // namespace

Request request_of(Bytes command) {
  const auto apdu = CommandApdu::parse(command);
  if (!apdu) return {};
  const auto p1_p2 = static_cast<std::uint16_t>(apdu->p1 << 8 | apdu->p2);
  Request request{.channel = channel_of(apdu->cla)};
  if (apdu->ins == kInsSelect && apdu->p1 == kByName) {
    request.kind = Request::Kind::Select;
    request.capability_container = std::ranges::equal(apdu->data, kCapabilityContainer);
  } else if (apdu->ins == kInsReadBuffer && apdu->data.size() == 2 &&
             apdu->data[0] == kValueBuffer) {
    request.kind = Request::Kind::ReadValues;
    request.offset = p1_p2;
  } else if (apdu->ins == kInsGetData && p1_p2 == kProductionData) {
    request.kind = Request::Kind::GetProductionData;
  } else if (apdu->ins == kInsGetResponse) {
    request.kind = Request::Kind::GetResponse;
  }
  return request;
}

void Identity::put_into(protocol::SecretBytes& response, const Request& request) {
  const std::size_t size = response.size() - protocol::iso7816::kStatusWord;
  const std::uint8_t sw1 = response.view()[size];
  const bool more = sw1 == 0x61;
  if (request.kind == Request::Kind::Select && (more || sw1 == 0x90)) {
    selected_.at(request.channel) = request.capability_container;
  }
  Reading reading = reading_of(request);
  replace(response.data().first(size), reading);
  reading.position += size;
  // A command that leaves nothing to get need not have dropped what another one has left.
  if (more || request.kind == Request::Kind::GetResponse) rest_ = reading;
}

Identity::Reading Identity::reading_of(const Request& request) const {
  switch (request.kind) {
    case Request::Kind::GetResponse:
      return rest_;
    case Request::Kind::GetProductionData:
      return {.source = Source::ProductionData, .position = 0};
    case Request::Kind::ReadValues:
      if (!selected_.at(request.channel)) return {};
      return {.source = Source::CapabilityContainer, .position = request.offset};
    case Request::Kind::Select:
    case Request::Kind::Other:
      return {};
  }
  return {};
}

void Identity::replace(std::span<std::uint8_t> data, const Reading& reading) const {
  std::span<const Part> parts;
  if (reading.source == Source::CapabilityContainer) parts = kInCapabilityContainer;
  if (reading.source == Source::ProductionData) parts = kInProductionData;
  for (const Part& part : parts) {
    for (std::size_t i = 0; i < part.size; ++i) {
      const std::size_t at = part.position + i;
      if (at < reading.position || at - reading.position >= data.size()) continue;
      data[at - reading.position] = serial_.at(part.first + i);
    }
  }
}

}  // namespace vscard::cards::libcacard
