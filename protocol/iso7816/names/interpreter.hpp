#pragma once

#include "protocol/bytes.hpp"
#include "protocol/iso7816/apdu.hpp"
#include "protocol/iso7816/names/applications.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace vscard::protocol::iso7816::names {

/// What a command does, for people.
struct Meaning {
  std::string command;  ///< "GET DATA"
  std::string object;  ///< on what: "certificate 9a, authentication"; empty: on nothing, or unknown

  bool operator==(const Meaning&) const = default;
};

/// Follows the conversation with one card and puts it in words. What bytes mean depends on what was
/// selected before: 5fc105 is a certificate in a PIV application, and nothing in others. It takes
/// any bytes, also those of which Blanking has made zeros. After a reset, what was selected before
/// counts until something is selected.
///
///     00 a4 04 00 09 a0 00 00 03 08 …       SELECT    PIV
///     00 cb 3f ff 05 5c 03 5f c1 05         GET DATA  certificate 9a, authentication
///     00 c0 00 00                           GET RESPONSE  certificate 9a, authentication
class Interpreter {
 public:
  Meaning command(Bytes apdu);
  /// To the command before.
  void response(Bytes apdu);

 private:
  static constexpr std::size_t kChannels = 4;  ///< of ISO 7816-4's first class; others share them

  /// What is selected on a logical channel.
  struct Selected {
    Application application;
    std::string object;  ///< the application, or a file in it
  };
  Selected& channel(std::uint8_t cla) { return channels_[cla % kChannels]; }

  std::string object_of(Bytes apdu);
  std::string object_of(const CommandApdu& command);
  std::string data_object(const CommandApdu& command);
  std::string select(const CommandApdu& command);
  std::string authenticated_key(const CommandApdu& command);
  static std::string file_at(const CommandApdu& command, const Selected& selected);

  std::array<Selected, kChannels> channels_;
  std::string object_;            ///< of the command before
  std::uint8_t cla_ = 0;          ///< … its class
  std::optional<Selected> next_;  ///< selected, if it succeeds
};

}  // namespace vscard::protocol::iso7816::names
