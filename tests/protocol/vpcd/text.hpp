#pragma once

#include "protocol/vpcd/card.hpp"
#include "protocol/vpcd/reader.hpp"
#include "tests/fakes/hex.hpp"

#include <string>
#include <vector>

/// What both machines of vpcd's protocol do, as text.
namespace vscard::protocol::vpcd::test {

inline std::string text(const VpcdReader::Send& it) {
  return "send " + fakes::to_hex(it.bytes.view());
}
inline std::string text(const VpcdReader::Powered& it) {
  return "powered " + fakes::to_hex(it.atr.bytes());
}
inline std::string text(const VpcdReader::Response& it) {
  return "response " + fakes::to_hex(it.bytes.view());
}
inline std::string text(const VpcdReader::Ended& it) { return make_error_code(it.error).message(); }
inline std::string text(const VpcdCard::Send& it) {
  return "send " + fakes::to_hex(it.bytes.view());
}
inline std::string text(const VpcdCard::Seen& /*it*/) { return "seen"; }
inline std::string text(const VpcdCard::Transmit& it) {
  return "transmit " + fakes::to_hex(it.command.view());
}
inline std::string text(const VpcdCard::Reset& it) {
  return it.power == vsc::PowerAction::Down ? "down" : "warm reset";
}
inline std::string text(const VpcdCard::Ended& it) { return make_error_code(it.error).message(); }

template <class Actions>
std::vector<std::string> texts(const Actions& actions) {
  std::vector<std::string> all;
  for (const auto& action : actions) {
    all.push_back(std::visit([](const auto& it) { return text(it); }, action));
  }
  return all;
}

}  // namespace vscard::protocol::vpcd::test
