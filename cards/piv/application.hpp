#pragma once

#include "cards/piv/key_holder.hpp"
#include "cards/piv/openssl.hpp"
#include "cards/piv/sealing.hpp"
#include "cards/piv/state.hpp"
#include "protocol/iso7816/apdu.hpp"

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace vscard::cards::piv {

using protocol::iso7816::StatusWord;

/// A command after its chain was put together.
struct Command {
  std::uint8_t ins = 0;
  std::uint8_t p1 = 0;
  std::uint8_t p2 = 0;
  Bytes data;

  std::uint16_t p1_p2() const { return static_cast<std::uint16_t>((p1 << 8) | p2); }
};

struct Answer {
  StatusWord status = StatusWord::Success;
  SecretBytes data = {};
};

/// Puts what encode() gave where it outlives the power, in the place of what was there. False:
/// it did not, and what was there before is still there. Called in a command, before its answer.
using Store = std::move_only_function<bool(Bytes state)>;

/// The PIV card application of SP 800-73-4 part 2, with those of YubiKey's extensions that need no
/// touch. It is selected from power-on. A command changes nothing unless its change is stored, and
/// a try of a PIN is taken off and stored before the PIN is looked at.
class Application {
 public:
  /// With a holder the PIN and the keys of `state` are its: their contents are empty, and none is
  /// made or brought.
  Application(State state, Store store, std::unique_ptr<KeyHolder> holder = nullptr);

  Answer run(const Command& command);
  /// Does the command neither store anything nor use a key but a small one? Then it takes less than
  /// a tenth of a millisecond.
  static bool is_quick(const Command& command);
  /// The power went: what was verified is so no more.
  void reset();

  const State& state() const { return state_; }
  /// As if the card had had this one when its power came.
  void replace(State state);

 private:
  /// A management key that is about to be shown.
  struct Challenge {
    enum class Kind : std::uint8_t { Witness, External } kind;
    SecretBytes expected;
  };
  using Member = Reference State::*;

  Answer dispatch(const Command& command);
  bool commit(State next);

  // pin_commands.cpp
  Answer verify(const Command& command);
  Answer change_reference(const Command& command);
  Answer reset_retry(const Command& command);
  Answer set_retries(const Command& command);
  Answer verify_status() const;
  std::expected<SecretBytes, StatusWord> open_card_key(Member which, Bytes password);
  Answer verify_by_holder(Bytes password);
  Answer replace(Member proven, Member changed, Bytes old, Bytes password);
  void log_out();

  // object_commands.cpp
  static Answer select(const Command& command);
  Answer get_data(const Command& command) const;
  Answer put_data(const Command& command);

  // management.cpp
  Answer authenticate_manager(const Command& command);
  Answer witness();
  Answer external_challenge();
  Answer answer_witness(Bytes witness, Bytes challenge);
  Answer check_response(Bytes response);
  Answer set_management_key(const Command& command);

  // key_commands.cpp
  Answer general_authenticate(const Command& command);
  Answer use_key(const Command& command);
  std::expected<SecretBytes, StatusWord> operate(Slot slot, const SlotKey& key, KeyHolder::Use use,
                                                 Bytes data);
  Answer generate_pair(const Command& command);
  Answer import_key(const Command& command);
  Answer keep_key(Slot slot, const EVP_PKEY& key, PinPolicy policy, Origin origin);
  StatusWord may_use(const SlotKey& key) const;
  EVP_PKEY* loaded(Slot slot, const SlotKey& key);

  // yubikey_commands.cpp
  Answer serial() const;
  Answer metadata(const Command& command) const;
  Answer attest(const Command& command);
  Answer start_over(const Command& command);

  State state_;
  Store store_;
  std::unique_ptr<KeyHolder> holder_;
  bool managed_ = false;                 ///< the management key was shown
  std::optional<SecretBytes> card_key_;  ///< its private half, while the PIN is verified;
                                         ///< empty if a holder has the keys
  bool fresh_ = false;                   ///< no key was used since then
  std::optional<Challenge> challenge_;
  std::map<Slot, Pkey> loaded_;  ///< keys that were used
};

}  // namespace vscard::cards::piv
