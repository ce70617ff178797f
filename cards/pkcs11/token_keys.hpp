#pragma once

#include "cards/piv/algorithm.hpp"
#include "cards/piv/key_holder.hpp"
#include "cards/pkcs11/token.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace vscard::cards::pkcs11 {

/// Which key of the token a slot of the card is.
struct TokenKey {
  piv::Algorithm algorithm{};
  std::vector<std::uint8_t> id;  ///< CKA_ID
};

/// A token that holds the keys of a PIV card. All of it, but gone(), is used on one thread.
class TokenKeys final : public piv::KeyHolder {
 public:
  using StatusWord = protocol::iso7816::StatusWord;

  /// `warn` is called on that thread.
  TokenKeys(Token token, std::map<piv::Slot, TokenKey> keys,
            std::function<void(const std::string&)> warn);
  ~TokenKeys() override;
  TokenKeys(const TokenKeys&) = delete;
  TokenKeys& operator=(const TokenKeys&) = delete;

  StatusWord verify(Bytes pin) override;
  StatusWord tries() override;
  void log_out() override;
  std::expected<SecretBytes, StatusWord> use(piv::Slot slot, Use use, Bytes data) override;

  /// The slots are these keys from now on.
  void replace(std::map<piv::Slot, TokenKey> keys) { keys_ = std::move(keys); }
  Token& token() { return token_; }

  /// Looks whether the token is there; one that came back is opened again.
  bool present();
  /// Has the token failed in a way that it may not be there? Until present() is called.
  bool suspect() const { return suspect_; }

 private:
  std::expected<SecretBytes, CK_RV> operate(const TokenKey& key, CK_OBJECT_HANDLE handle, Use use,
                                            Bytes data);
  StatusWord failed(CK_RV status);

  Token token_;
  std::map<piv::Slot, TokenKey> keys_;
  std::function<void(const std::string&)> warn_;
  SecretBytes pin_;  ///< while it is verified: some keys ask for it each time
  std::atomic<bool> suspect_ = false;
};

}  // namespace vscard::cards::pkcs11
