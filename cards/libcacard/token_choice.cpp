#include "cards/libcacard/token_choice.hpp"

#include <algorithm>
#include <fnmatch.h>
#include <utility>

namespace vscard::cards::libcacard {
namespace {

bool matches(const std::string& pattern, const std::string& name) {
  return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

bool may_have_key(const Certificate& certificate) {
  return certificate.key_presence != KeyPresence::Missing;
}

/// Empty where it can be a card.
std::string trouble_with(const Token& token) {
  if (!token.is_present()) return "slot '" + token.slot() + "' has no token in it";
  const std::string name = "token '" + token.label() + "'";
  const auto certificates = token.certificates();
  if (certificates.empty()) {
    return name + (token.shows_key()
                       ? " has a key and no certificate; put in its certificate with the id of the "
                         "key: pkcs11-tool --write-object FILE.der --type cert --id ID"
                       : " has no certificate that can be seen without its PIN");
  }
  return std::ranges::any_of(certificates, may_have_key)
             ? ""
             : name + " has certificates and none of their keys";
}

std::string explain_no_module(const TokenCard& card) {
  return "the NSS database in " + card.database.string() +
         " names no PKCS#11 module; add one with: modutil -dbdir sql:" + card.database.string() +
         " -add NAME -libfile MODULE.so";
}

void add(std::string& list, const std::string& text) {
  if (!text.empty()) list += (list.empty() ? "" : "; ") + text;
}

Failure no_token(const TokenCard& card, const std::string& troubles, const std::string& names) {
  if (troubles.empty() && card.slot && !names.empty()) {
    return "no token and no slot is named '" + *card.slot + "'; there are " + names;
  }
  return "no PKCS#11 token to use as a card: " +
         (troubles.empty() ? explain_no_module(card) : troubles);
}

}  // namespace

Result<Token> choose_token(const TokenCard& card, const std::vector<Token>& taken) {
  std::string troubles;
  std::string names;
  for (Module& module : modules()) {
    if (module.slots.empty()) add(troubles, "module '" + module.name + "' has no slots");
    for (Token& token : module.slots) {
      const bool present = token.is_present();
      if (present) add(names, "token '" + token.label() + "' in slot '" + token.slot() + "'");
      if (card.slot && !matches(*card.slot, token.slot()) &&
          !(present && matches(*card.slot, token.label()))) {
        continue;
      }
      if (std::ranges::find(taken, token) != taken.end()) {
        add(troubles, "token '" + token.label() + "' is the card of another --card");
        continue;
      }
      token.show_certificates();
      const std::string trouble = trouble_with(token);
      if (trouble.empty()) return std::move(token);
      add(troubles, trouble);
    }
  }
  return std::unexpected(no_token(card, troubles, names));
}

}  // namespace vscard::cards::libcacard
