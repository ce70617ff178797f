#pragma once

#include "cards/libcacard/certificate.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct PK11SlotInfoStr;  // NOLINT(readability-identifier-naming): NSS's PK11SlotInfo

namespace vscard::cards::libcacard {

/// A token in its slot, as NSS knows it: an NSS database that is open, or one of a PKCS#11 module.
/// Calls may come from any thread.
class Token {
 public:
  /// How the token counts wrong PINs, at this moment.
  enum class Tries : std::uint8_t {
    NotCounted,  ///< or not counted yet
    Fewer,       ///< there was a wrong one since the last right one
    Last,
    None,  ///< the PIN is locked
  };

  /// Takes over the reference.
  explicit Token(PK11SlotInfoStr* slot) : slot_(slot) {}

  /// Empty name: NSS's own database.
  static std::optional<Token> of_database(const std::string& name);
  /// Of a module, by the slot's name; NSS's own database where there is none.
  static std::optional<Token> in_slot(const std::string& name);

  std::string label() const;
  std::string slot() const;  ///< the slot's name
  /// "pkcs11:token=…", which libcacard's arguments can hold.
  std::string uri() const;
  bool is_present() const;
  bool needs_login() const;
  Tries tries() const;

  /// Lets NSS look for certificates here before the PIN is known.
  void show_certificates() const;
  /// In the token's own order. Their key's presence is that of a key with the same id.
  std::vector<Certificate> certificates() const;
  /// Does it show a key, private or public?
  bool shows_key() const;
  /// The name by which libcacard finds this one of its certificates; nothing where it finds another
  /// one or none.
  std::optional<std::string> name_of(const Certificate& certificate) const;

  friend bool operator==(const Token& a, const Token& b) { return a.slot_ == b.slot_; }

 private:
  struct Free {
    void operator()(PK11SlotInfoStr* slot) const;
  };
  std::unique_ptr<PK11SlotInfoStr, Free> slot_;
};

/// The certificate that libcacard finds by this name, without what its token knows of it.
std::optional<Certificate> found_by_libcacard(const std::string& name);

struct Module {
  std::string name;
  std::vector<Token> slots;  ///< those without a token, too
};
/// The PKCS#11 modules beside NSS's own.
std::vector<Module> modules();

}  // namespace vscard::cards::libcacard
