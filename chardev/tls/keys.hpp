#pragma once

#include "chardev/key_list.hpp"
#include "protocol/failure.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::chardev::tls {

/// What the keys of an address say about TLS. Files are read for each connection, so that new ones
/// count from the next on.
struct Keys {
  std::string cert;                ///< PEM file: this side's certificate, with its chain
  std::string key;                 ///< PEM file: its private key; without it that is in `cert`
  std::string ca;                  ///< PEM file: who signs the other side's; for a client the
                                   ///< system's authorities without it
  std::string name;                ///< that a server has to have; without it the address's host
  std::vector<std::string> peers;  ///< names of clients that are let in; none: all
  std::string psk;                 ///< "NAME:HEXKEY" lines, in place of all certificates
  std::string pair = {};           ///< folder with this side's key and those that were paired, in
                                   ///< place of certificates and psk

  bool operator==(const Keys&) const = default;
};

inline constexpr std::array<std::string_view, 7> kKeyNames{"cert", "key", "ca",  "name",
                                                           "peer", "psk", "pair"};

// Errors are lines for the user. Keys of others in the list are left alone.
Result<Keys> parse_keys(const KeyList& list);

/// What only a listener lacks.
Result<> check_listener(const Keys& keys);
/// Are clients of a listener asked who they are?
inline bool names_clients(const Keys& keys) {
  return !keys.ca.empty() || !keys.psk.empty() || !keys.pair.empty();
}

}  // namespace vscard::chardev::tls
