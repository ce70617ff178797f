#pragma once

#include "protocol/vsc/client.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vscard::protocol::vsc::test {

using fakes::from_hex;

using Lines = std::vector<std::string>;

inline constexpr ReaderId kReader{0};
inline constexpr std::chrono::milliseconds kShownEmpty{500};  ///< no card after a removal, at least
inline constexpr const char* kSoftAtr = "3b7a18000073667465206364313434";

inline iso7816::Atr soft_atr() { return iso7816::Atr::parse(from_hex(kSoftAtr)).value(); }
inline iso7816::Atr other_atr() { return iso7816::Atr::parse(from_hex("3b00")).value(); }
inline SecretBytes secret(const char* hex) { return SecretBytes::copy_of(from_hex(hex)); }

/// A machine with its clock, and with what it did as text.
class Conversation {
 public:
  explicit Conversation(PeerLimits host = {}) : client_(host) {}

  Lines start() { return text_of(client_.start(now_)); }
  Lines receive(vsc::Message message) { return text_of(client_.receive(std::move(message), now_)); }
  Lines add_reader(const char* name = "soft") {
    return text_of(client_.add_reader(kReader, name, now_));
  }
  Lines insert(const iso7816::Atr& atr = soft_atr()) {
    return text_of(client_.insert_card(kReader, atr, now_));
  }
  Lines reset(const iso7816::Atr& atr = soft_atr()) {
    return text_of(client_.reset_card(kReader, atr, now_));
  }
  Lines remove() { return text_of(client_.remove_card(kReader, now_)); }
  Lines respond(const char* hex) { return text_of(client_.respond(kReader, secret(hex), now_)); }
  Lines works() { return text_of(client_.works(kReader, now_)); }
  Lines no_answer() { return text_of(client_.no_answer(kReader, now_)); }
  void lost() { client_.lost(); }
  bool settled() const { return client_.settled(kReader); }
  Lines leave() { return text_of(client_.leave(now_)); }
  Lines wait(Duration duration) {
    now_ += duration;
    return text_of(client_.expire(now_));
  }
  std::optional<Duration> time_left() const {
    const auto deadline = client_.deadline();
    if (!deadline) return std::nullopt;
    return *deadline - now_;
  }

  /// The host has been asked to take the reader, and has not answered. The card waits.
  Conversation& adding() {
    add_reader();
    insert();
    start();
    receive(init());
    receive(error(0));  // ReaderRemove
    return *this;
  }
  /// Reader and card at the host, nothing pending.
  Conversation& attached() {
    adding();
    receive(error(0));  // ReaderAdd
    wait(kShownEmpty);
    receive(error(0));  // ATR
    return *this;
  }

 private:
  VscClient client_;
  Time now_{};
};

}  // namespace vscard::protocol::vsc::test
