#pragma once

#include "protocol/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vscard::protocol::iso7816 {

/// An APDU that may be kept and shown: its secrets are zeros, at the end or before the status word.
struct BlankedApdu {
  std::vector<std::uint8_t> bytes;  ///< as many as the APDU has
  std::size_t blank_begin = 0;
  std::size_t blank_size = 0;  ///< zeros that stand for something else, from blank_begin on

  bool operator==(const BlankedApdu&) const = default;
};

/// Takes the secrets out of the conversation with one card, for recordings, captures and whoever
/// watches. describe_command() shows less: it says nothing of what a card answers.
///
///     00 20 00 80 08 31 32 33 34 35 36 ff ff      00 20 00 80, 9 bytes blank
///     00 87 07 9a 0a 7c 08 …                      as it is: what is to be signed
///
/// A command is shown whole only if its instruction is one of those that are known to carry no
/// secret (the list is in blanking.cpp); of others the header is, and of their responses the status
/// word. So VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER, PUT KEY, PUT DATA and whatever a
/// card has of its own are blank, with short and extended lengths and in each part of a chain;
/// secure messaging is, too. What a card has deciphered, or agreed upon, is blank in its response
/// and in the GET RESPONSEs after it.
class Blanking {
 public:
  BlankedApdu command(Bytes apdu);
  /// To the command before.
  BlankedApdu response(Bytes apdu);
  /// There were messages in between that this object has not seen.
  void forget() { *this = {}; }

 private:
  /// What a response has.
  enum class Answer : std::uint8_t { Secret, Open, RawRsa };
  /// … and its command.
  struct Rule {
    bool shown = false;
    Answer answer = Answer::Secret;
  };
  static Rule rule_of(Bytes apdu);
  Rule rule_for(Bytes apdu) const;

  Rule rule_;                          ///< of the command before
  std::vector<std::uint8_t> chained_;  ///< its header, if the next one goes on with it
};

}  // namespace vscard::protocol::iso7816
