#include "cards/replay/place.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>

namespace vscard::cards::replay {
namespace {

using protocol::Bytes;
namespace iso7816 = protocol::iso7816;

// ISO 7816-4 §5.1.1 and §11.
constexpr std::uint8_t kChain = 0x10;
constexpr std::uint8_t kVerify = 0x20;
constexpr std::uint8_t kManageSecurityEnvironment = 0x22;
constexpr std::uint8_t kSelect = 0xa4;
constexpr std::uint8_t kGetResponse = 0xc0;
constexpr std::uint8_t kByName = 0x04;  ///< P1 of SELECT: the application

constexpr std::uint8_t kMoreData = 0x61;  ///< SW1

void assign(std::vector<std::uint8_t>& to, Bytes bytes) { to.assign(bytes.begin(), bytes.end()); }

bool is_more_data(Bytes response) {
  return response.size() >= iso7816::kStatusWord &&
         response[response.size() - iso7816::kStatusWord] == kMoreData;
}

}  // namespace

Place Place::at(Bytes command) const {
  Place place = *this;
  if (command.size() < iso7816::kApduHeader) return place;
  if (!in_chain && command[1] != kGetResponse) place.unfinished.clear();
  if (command[1] != kSelect) return place;
  place.file.clear();
  place.environment.clear();
  if (command[2] == kByName) place.application.clear();
  return place;
}

void Place::pass(Bytes command, Bytes response) {
  if (command.size() < iso7816::kApduHeader) return;
  unfinished = at(command).unfinished;
  in_chain = (command[0] & kChain) != 0;
  if (in_chain || is_more_data(response)) {
    unfinished.insert(unfinished.end(), command.begin(), command.end());
  } else {
    unfinished.clear();
  }
  if (!is_success(response)) return;
  if (command[1] == kSelect && command[2] == kByName) {
    assign(application, command);
    file.clear();
    environment.clear();
  } else if (command[1] == kSelect) {
    assign(file, command);
  } else if (command[1] == kManageSecurityEnvironment) {
    assign(environment, command);
  } else if (command[1] == kVerify) {
    verified.insert(command[3]);
  }
}

bool is_behind(const Place& other, const Place& place) {
  Place same = place;
  same.verified = other.verified;
  return same == other && std::ranges::includes(place.verified, other.verified);
}

bool is_success(Bytes response) {
  return is_more_data(response) ||
         (response.size() >= iso7816::kStatusWord &&
          std::ranges::equal(response.last(iso7816::kStatusWord),
                             iso7816::status_bytes(iso7816::StatusWord::Success)));
}

}  // namespace vscard::cards::replay
