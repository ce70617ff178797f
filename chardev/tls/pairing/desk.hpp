#pragma once

#include "chardev/pairing.hpp"
#include "chardev/tls/pairing/folder.hpp"
#include "chardev/tls/psk.hpp"
#include "protocol/time.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

namespace vscard::chardev::tls::pairing {

/// How long a code is good.
inline constexpr std::chrono::minutes kCodeLife{5};
/// The name of the key that is made of a code, in a client's greeting.
inline constexpr const char* kPskName = "vscard pairing 1";

/// Where a listener pairs: its code, and the connections of those who were paired. Shared by the
/// listener, its handshakes and the streams that came of them, which end at different times.
class Desk final : public Pairing, public std::enable_shared_from_this<Desk> {
 public:
  using Now = std::function<protocol::Time()>;
  /// Which code it was; each has another number.
  enum class CodeId : std::uint32_t {};
  /// What a handshake is offered: the code, or chance, so that no peer learns whether there is one.
  struct Offer {
    Psks psks;
    CodeId code{};
  };

  /// `address` is the listener's, for those who pair.
  Desk(Folder folder, std::string address, Now now = protocol::Clock::now);

  void start(Notify notify) override;
  std::string open_code() override;
  Result<std::vector<PairedPeer>> peers() const override;
  Result<> unpair(const std::string& name) override;

  const Folder& folder() const { return folder_; }
  Offer offer() const;
  /// A peer has shown that it has the code. True once for each, while it is good.
  bool take_code(CodeId code);
  /// A peer that wants to pair was refused. While nobody is paired, it needs a new code if the old
  /// one is used up or too old. Is one open?
  bool note_refused();
  void tell(Notice::Severity severity, const std::string& text) const;
  /// The peer has connected. Until the result is dropped, unpair() calls `end`.
  [[nodiscard]] std::shared_ptr<void> enter(const std::string& name, std::function<void()> end);

 private:
  struct Code {
    protocol::SecretBytes text;
    protocol::Time ends;
  };
  struct Guest {
    std::string name;
    std::function<void()> end;
  };

  bool is_open() const { return code_ && now_() < code_->ends; }
  void show_if_alone();
  std::string make_code();

  Folder folder_;
  std::string address_;
  Now now_;
  Notify notify_;
  std::optional<Code> code_;
  CodeId last_code_{};
  std::list<Guest> guests_;
};

}  // namespace vscard::chardev::tls::pairing
